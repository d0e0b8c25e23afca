import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { deleteModelVersion } from '../../../../functions/registry/versions/delete-model-version.ts';
import { logBatch } from '../../../../functions/tracking/index.ts';
import { aContext } from '../../../support/context.ts';
import { trainsAVersion } from '../../../support/platform/training.ts';
import { type Platform, startPlatform, type TrainingRequest } from '../../../support/platform.ts';
import { pipelinesApi } from '../api.ts';

const context = aContext();
const trains = trainsAVersion(context);

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ train: trains });
});
afterAll(() => platform.stop());
afterEach(() => {
  platform.training.train = trains;
});

const { define, start, act, ended } = pipelinesApi(() => platform);
let names = 0;
async function aPipeline(over: object = {}): Promise<string> {
  const name = `retried-${++names}`;
  await createRegisteredModel({ name }, context);
  await define(name, over);
  return name;
}

/** Jobs that fail as long as the test says, and what was asked of each. */
function failing() {
  const jobs: TrainingRequest[] = [];
  const state = { fails: true };
  platform.training.train = async (request, signal) => {
    jobs.push(request);
    if (!state.fails) return trains(request, signal);
    return { TrainingJobStatus: 'Failed', FailureReason: 'out of memory' };
  };
  return { jobs, state };
}

const retried = async (id: string, status: string) => {
  const { status: code, body } = await act(id, 'retry');
  expect(code).toBe(200);
  return ended(body.id, status);
};
const checkpointsOf = (job: TrainingRequest | undefined) =>
  (job?.CheckpointConfig as { readonly S3Uri: string } | undefined)?.S3Uri;

describe('the retry of an execution', () => {
  it('goes on from the checkpoints of the tries before, which failed', async () => {
    const name = await aPipeline({ training: { spot: true } });
    const { jobs, state } = failing();
    const first = await ended((await start(name)).id, 'FAILED');
    const second = await retried(first.id, 'FAILED');
    state.fails = false;
    const third = await retried(second.id, 'SUCCEEDED');

    expect(jobs.map(({ TrainingJobName }) => TrainingJobName)).toEqual(
      [first, second, third].map(({ id }) => `slipway-${id}`),
    );
    const [kept, ...others] = jobs.map(checkpointsOf);
    expect(kept).toMatch(new RegExp(`/training/checkpoints/slipway-${first.id}$`));
    expect(others).toEqual([kept, kept]);
  });

  it('of a tuning goes on from those of the same trial', async () => {
    const tuning = { strategy: 'grid', metric: 'm', direction: 'maximize', space: { trees: [3] } };
    const name = await aPipeline({ training: { spot: true }, tuning });
    const { jobs } = failing();
    const first = await ended((await start(name)).id, 'FAILED');
    await retried(first.id, 'FAILED');
    const [kept, again] = jobs.map(checkpointsOf);
    expect(kept).toMatch(new RegExp(`/training/checkpoints/slipway-${first.id}-0$`));
    expect(again).toBe(kept);
  });

  it('that succeeded trains nothing, and anew only when its version is gone', async () => {
    const name = await aPipeline();
    const { jobs, state } = failing();
    state.fails = false;
    const first = await ended((await start(name)).id, 'SUCCEEDED');
    const again = await retried(first.id, 'SUCCEEDED');
    expect(again.outputs).toEqual(first.outputs);
    expect(again.steps).toMatchObject([{ name: 'train', outputs: { reused_from: first.id } }]);
    expect(jobs).toHaveLength(1);

    await deleteModelVersion({ name, version: '1' }, context);
    const anew = await retried(first.id, 'SUCCEEDED');
    expect(anew.outputs.model_version).toBe('2');
    expect(jobs).toHaveLength(2);
    expect(checkpointsOf(jobs[1])).toMatch(new RegExp(`slipway-${anew.id}$`));
  });

  it('that was skipped trains for the first time', async () => {
    const name = await aPipeline({ overlap: 'skip' });
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    platform.training.train = async (request, signal) => {
      await released;
      return trains(request, signal);
    };
    const running = await start(name);
    const skipped = await start(name, { parameters: { 'training.hyperparameters.trees': 5 } });
    expect(skipped.status).toBe('SKIPPED');
    release();
    await ended(running.id, 'SUCCEEDED');
    const again = await retried(skipped.id, 'SUCCEEDED');
    expect(again).toMatchObject({
      retry_of: skipped.id,
      parameters: { 'training.hyperparameters.trees': 5 },
      outputs: { model_version: '2' },
    });
  });
});

describe('the step that trains', () => {
  it('has the metrics of the model that came of it', async () => {
    const name = await aPipeline();
    platform.training.train = async (request, signal) => {
      const run_id = request.Environment.MLFLOW_RUN_ID ?? '';
      const at = { timestamp: 1, step: 0 };
      const metrics = [
        { key: 'evaluate_roc_auc', value: 0.7, ...at },
        { key: 'evaluate_roc_auc', value: 0.75, timestamp: 2, step: 1 },
        { key: 'broken', value: Number.NaN, ...at },
      ];
      await logBatch({ run_id, metrics });
      return trains(request, signal);
    };
    const { steps } = await ended((await start(name)).id, 'SUCCEEDED');
    expect(steps).toMatchObject([
      { name: 'train', outputs: { model_version: '1', metrics: { evaluate_roc_auc: 0.75 } } },
    ]);
    expect(steps[0]?.outputs.metrics).not.toHaveProperty('broken');
  });
});
