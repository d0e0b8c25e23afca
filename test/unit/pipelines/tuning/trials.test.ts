import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { prepareTrial } from '../../../../functions/pipelines/tuning/prepare-trial.ts';
import { registerBest } from '../../../../functions/pipelines/tuning/register-best.ts';
import { versionsOfRun } from '../../../../functions/registry/index.ts';
import { latestOfRuns, loadRun, logBatch } from '../../../../functions/tracking/index.ts';
import { aContext } from '../../../support/context.ts';
import { announced } from '../../../support/outbox.ts';
import {
  type Platform,
  startPlatform,
  type Train,
  type TrainingRequest,
} from '../../../support/platform.ts';
import { type ExecutionView, pipelinesApi } from '../api.ts';

const context = aContext();
const AUC: Readonly<Record<string, number>> = { 1: 0.7, 2: 0.9, 3: 0.9, 4: 0.6 };

const log = (run_id: string, value: number) =>
  logBatch({ run_id, metrics: [{ key: 'roc_auc', value, timestamp: 1, step: 0 }] });

/** A trial is as good as its hyperparameter `a` says. */
const trains: Train = async ({ Environment, HyperParameters }) => {
  await log(Environment.MLFLOW_RUN_ID ?? '', AUC[HyperParameters.a ?? ''] ?? 0);
  return { TrainingJobStatus: 'Completed', BillableTimeInSeconds: 3 };
};
/** …but those that the test names fail. */
const failing =
  (...values: string[]): Train =>
  (request, signal) =>
    values.includes(request.HyperParameters.a ?? '')
      ? Promise.resolve({
          TrainingJobStatus: 'Failed',
          FailureReason: `no ${request.HyperParameters.a}`,
          BillableTimeInSeconds: 1,
        })
      : trains(request, signal);

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ train: trains });
});
afterAll(() => platform.stop());
afterEach(() => {
  platform.training.train = trains;
});

const { define, start, get, act, ended } = pipelinesApi(() => platform);
let names = 0;
async function started(tuning: object = {}): Promise<ExecutionView> {
  const name = `tuned${++names}`;
  await define(name, {
    training: { hyperparameters: { trees: 5, a: 7 } },
    tuning: { strategy: 'grid', metric: 'roc_auc', space: { a: [1, 2, 3, 4] }, ...tuning },
    registration: { tags: { owner: 'ana' }, description: 'nightly' },
  });
  return start(name);
}

describe('a tuned pipeline', () => {
  it('trains every combination under one parent, and registers the best only', async () => {
    const requests: TrainingRequest[] = [];
    platform.training.train = (request, signal) => {
      requests.push(request);
      return trains(request, signal);
    };
    const execution = await ended((await started()).id);
    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      outputs: {
        model_version: '1',
        best_trial: { trial: 1, metric: 'roc_auc', value: 0.9 },
      },
    });
    requests.sort((a, b) => (a.TrainingJobName < b.TrainingJobName ? -1 : 1));
    expect(requests.map(({ HyperParameters }) => HyperParameters)).toMatchObject([
      { a: '1', trees: '5', label: 'late' },
      { a: '2' },
      { a: '3' },
      { a: '4' },
    ]);
    for (const { HyperParameters } of requests) {
      expect(HyperParameters).not.toHaveProperty('model_name');
    }
    expect(new Set(requests.map((request) => request.TrainingJobName)).size).toBe(4);

    const { steps, outputs } = execution;
    expect(steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      ...[0, 1, 2, 3].map((trial) => `trial-${trial} SUCCEEDED`),
      'register SUCCEEDED',
    ]);
    expect(steps[1]).toMatchObject({
      inputs: { hyperparameters: { a: 2 } },
      outputs: { metrics: { roc_auc: 0.9 }, job: `slipway-${execution.id}-1` },
      billable_seconds: 3,
    });
    for (const step of steps.slice(0, 4)) {
      const child = await loadRun(step.outputs.run_id ?? '');
      expect(child.tags['mlflow.parentRunId']).toBe(outputs.run_id);
      expect(child.status).toBe('FINISHED');
      const versions = await versionsOfRun(child.run_id);
      expect(versions).toHaveLength(child.run_id === outputs.best_trial?.run_id ? 1 : 0);
      for (const { tags, description } of versions) {
        expect(description).toBe('nightly');
        expect(tags).toEqual({ owner: 'ana', 'slipway.execution_id': execution.id });
      }
    }
    const parent = await loadRun(outputs.run_id);
    expect(parent).toMatchObject({
      status: 'FINISHED',
      tags: { 'slipway.best_run_id': outputs.best_trial?.run_id },
    });
    const metrics = (await latestOfRuns([parent.run_id])).get(parent.run_id);
    expect(metrics).toMatchObject([{ key: 'roc_auc', value: 0.9, step: 1 }]);
    const [succeeded] = (await announced('platform')).filter(
      ({ type, data }) => type === 'PipelineSucceeded' && data.execution_id === execution.id,
    );
    expect(succeeded?.data).toMatchObject({ run_id: outputs.best_trial?.run_id, version: '1' });
  });

  it('trains no more at once than it may', async () => {
    let [running, most] = [0, 0];
    const { promise: three, resolve } = Promise.withResolvers<void>();
    platform.training.train = async (request, signal) => {
      most = Math.max(most, ++running);
      if (running === 3) resolve();
      await three;
      // A fourth would come now if it could.
      await new Promise((later) => setTimeout(later, 50));
      running--;
      return trains(request, signal);
    };
    await ended((await started({ concurrency: 3 })).id);
    expect(most).toBe(3);
  });

  it('takes the lowest of a metric that should be low', async () => {
    const execution = await ended((await started({ direction: 'minimize' })).id);
    expect(execution.outputs.best_trial).toMatchObject({ trial: 3, value: 0.6 });
  });

  it('goes on without the trials that failed, and says why they did', async () => {
    platform.training.train = failing('2', '3');
    const execution = await ended((await started()).id);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', outputs: { best_trial: { trial: 0 } } });
    expect(execution.steps[1]).toMatchObject({
      status: 'FAILED',
      error: { code: 'States.TaskFailed', message: 'no 2' },
      billable_seconds: 1,
    });
    expect((await loadRun(execution.steps[1]?.outputs.run_id ?? '')).status).toBe('FAILED');
  });

  it('counts a trial without the metric, or with one that is no number, as failed', async () => {
    platform.training.train = async ({ Environment, HyperParameters }) => {
      const run = Environment.MLFLOW_RUN_ID ?? '';
      if (HyperParameters.a === '1') await log(run, Number.NaN);
      if (HyperParameters.a === '2') await log(run, 0.5);
      return { TrainingJobStatus: 'Completed' };
    };
    const execution = await ended((await started()).id);
    expect(execution.outputs.best_trial).toMatchObject({ trial: 1 });
    const errors = execution.steps.map(({ error }) => (error as { code: string })?.code);
    expect(errors).toEqual(['NoMetric', undefined, 'NoMetric', 'NoMetric', undefined]);
  });

  it('fails when every trial fails, and trains only what failed when it is retried', async () => {
    platform.training.train = failing('1', '2', '3', '4');
    const failed = await ended((await started()).id);
    expect(failed).toMatchObject({
      status: 'FAILED',
      error: { code: 'AllTrialsFailed', message: 'No trial succeeded; the first: no 1' },
    });
    expect((await loadRun(failed.outputs.run_id)).status).toBe('FAILED');

    platform.training.train = failing('3');
    const half = await ended((await act(failed.id, 'retry')).body.id);
    expect(half.status).toBe('SUCCEEDED');
    const trained: unknown[] = [];
    platform.training.train = (request, signal) => {
      trained.push(request.HyperParameters.a);
      return trains(request, signal);
    };
    const whole = await ended((await act(half.id, 'retry')).body.id);
    expect(trained).toEqual(['3']);
    expect(whole.steps[0]).toMatchObject({
      outputs: { reused_from: half.id, run_id: half.steps[0]?.outputs.run_id },
    });
    expect(whole.outputs.best_trial).toEqual(half.outputs.best_trial);
  });

  it('is stopped with all its jobs and runs', async () => {
    let running = 0;
    platform.training.train = (_request, signal) => {
      running++;
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      );
    };
    const { id } = await started({ concurrency: 2 });
    await platform.settle();
    await expect.poll(() => running).toBe(2);
    await act(id, 'stop');
    const { steps, status, outputs } = await get(id);
    expect([status, ...steps.map((step) => step.status)]).toEqual([
      'STOPPED',
      'STOPPED',
      'STOPPED',
    ]);
    for (const run of [outputs.run_id, ...steps.map((step) => step.outputs.run_id ?? '')]) {
      expect((await loadRun(run)).status).toBe('KILLED');
    }
    await expect(prepareTrial(id, 3, context)).rejects.toMatchObject({ name: 'ExecutionStopped' });
  });

  it('prepares a trial once and registers once, however often it is asked', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    platform.training.train = async (request, signal) => {
      await held;
      return trains(request, signal);
    };
    const { id } = await started({ concurrency: 1 });
    await platform.settle();
    await expect.poll(async () => (await get(id)).steps.length).toBe(1);
    const prepared = await Promise.all([0, 0, 0].map((trial) => prepareTrial(id, trial, context)));
    expect(new Set(prepared.map((job) => 'run_id' in job && job.run_id)).size).toBe(1);
    const run = (await get(id)).steps[0]?.outputs.run_id ?? '';
    release();
    const execution = await ended(id);
    await expect(registerBest(id, context)).rejects.toMatchObject({ name: 'ExecutionStopped' });
    expect(execution.steps[0]?.outputs.run_id).toBe(run);
    expect(await versionsOfRun(execution.outputs.best_trial?.run_id ?? '')).toHaveLength(1);
  });
});

describe('a retry', () => {
  it('of an execution that failed after its model was registered trains nothing', async () => {
    const name = 'late-failure';
    await define(name);
    let trainings = 0;
    platform.training.train = async (request) => {
      trainings++;
      const { createModelVersion, createRegisteredModel } = await import(
        '../../../../functions/registry/index.ts'
      );
      const run_id = request.Environment.MLFLOW_RUN_ID ?? '';
      await createRegisteredModel({ name }, context);
      await createModelVersion({ name, source: `runs:/${run_id}/model`, run_id }, context);
      return { TrainingJobStatus: 'Failed', FailureReason: 'the machine went away' };
    };
    const { id } = await start(name);
    await ended(id, 'FAILED');
    const retried = await ended((await act(id, 'retry')).body.id);
    expect(retried).toMatchObject({
      status: 'SUCCEEDED',
      outputs: { model_version: '1' },
      steps: [{ name: 'train', status: 'SUCCEEDED', outputs: { reused_from: id } }],
    });
    expect(trainings).toBe(1);
  });
});
