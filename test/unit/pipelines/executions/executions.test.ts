import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { finishExecution } from '../../../../functions/pipelines/executions/finish-execution.ts';
import { prepareTraining } from '../../../../functions/pipelines/training/prepare-training.ts';
import { getModelVersion } from '../../../../functions/registry/index.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { createModelVersion } from '../../../../functions/registry/versions/create-model-version.ts';
import { loadRun } from '../../../../functions/tracking/index.ts';
import { aContext } from '../../../support/context.ts';
import { announced } from '../../../support/outbox.ts';
import { trainsAVersion } from '../../../support/platform/training.ts';
import { type Platform, startPlatform, type TrainingRequest } from '../../../support/platform.ts';
import { type ExecutionView, pipelinesApi } from '../api.ts';

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

const { define, start, get, act, ended } = pipelinesApi(() => platform);
let names = 0;
async function aPipeline(over: object = {}): Promise<string> {
  const name = `p${++names}`;
  await createRegisteredModel({ name }, context);
  await define(name, over);
  return name;
}

const eventsOf = async (name: string) =>
  (await announced('platform'))
    .filter(({ data }) => data.pipeline === name && data.execution_id !== undefined)
    .map(({ type, data }) => `${type} ${data.execution_id}`);

/** A training that lasts until the test lets it end. */
function heldTraining() {
  const started: TrainingRequest[] = [];
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  platform.training.train = async (request, signal) => {
    started.push(request);
    await Promise.race([
      released,
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ]);
    return trains(request, signal);
  };
  return { started, release };
}

describe('an execution', () => {
  it('trains with the parameters of its request and ends with the registered version', async () => {
    const name = await aPipeline();
    let request: TrainingRequest | undefined;
    platform.training.train = (job, signal) => {
      request = job;
      return trains(job, signal);
    };
    const parameters = { 'training.hyperparameters.trees': 7 };
    const requested = await start(name, { parameters, reason: 'a try' });
    expect(requested).toMatchObject({ status: 'RUNNING', reason: 'a try', parameters });
    const done = await ended(requested.id, 'SUCCEEDED');

    expect(request).toMatchObject({
      TrainingJobName: `slipway-${requested.id}`,
      HyperParameters: { trees: '7', label: 'late', model_name: name },
    });
    const { run_id } = done.outputs;
    expect(done).toMatchObject({
      outputs: { run_id, model_version: '1' },
      steps: [
        {
          name: 'train',
          status: 'SUCCEEDED',
          ended_at: expect.any(String),
          logs: {
            group: '/aws/sagemaker/TrainingJobs',
            stream_prefix: `slipway-${requested.id}/`,
            url: expect.stringMatching(
              `/log-group/\\$252Faws\\$252Fsagemaker\\$252FTrainingJobs\\$3F.*slipway-${requested.id}`,
            ),
          },
        },
      ],
      ended_at: expect.any(String),
    });
    expect((await loadRun(run_id)).status).toBe('FINISHED');
    expect(await eventsOf(name)).toEqual([
      `TrainingRequested ${requested.id}`,
      `TrainingSucceeded ${requested.id}`,
      `PipelineSucceeded ${requested.id}`,
    ]);
  });

  it('registers with the tags of the definition, though its program sets none', async () => {
    const name = await aPipeline({ registration: { tags: { owner: 'ana', team: 'ops' } } });
    const { id } = await start(name);
    await ended(id, 'SUCCEEDED');
    expect((await getModelVersion(name, '1'))?.tags).toEqual({ owner: 'ana', team: 'ops' });
  });

  it('takes the newest version of its own model, whatever else its program registers', async () => {
    const name = await aPipeline({ registration: { tags: { owner: 'ana' } } });
    const other = `a-${name}`;
    await createRegisteredModel({ name: other }, context);
    platform.training.train = async (request, signal) => {
      const run_id = request.Environment.MLFLOW_RUN_ID ?? '';
      for (const model of [other, other, other, name]) {
        await createModelVersion({ name: model, source: 's3://bucket/model', run_id }, context);
      }
      return trains(request, signal);
    };
    const { id } = await start(name);
    const { outputs } = await ended(id, 'SUCCEEDED');
    expect(outputs).toMatchObject({ model_version: '2' });
    expect((await getModelVersion(name, '2'))?.tags).toEqual({ owner: 'ana' });
    expect((await getModelVersion(other, '3'))?.tags).toEqual({});
  });

  it('trains once when its event comes three times', async () => {
    const name = await aPipeline();
    const { started, release } = heldTraining();
    const { id } = await start(name);
    await platform.settle((rows) => [...rows, ...rows, ...rows]);
    release();
    await ended(id, 'SUCCEEDED');
    expect(started).toHaveLength(1);
  });

  it.each([
    [
      'the reason of a job that failed',
      async () => ({ TrainingJobStatus: 'Failed', FailureReason: 'the label is missing' }),
      { code: 'States.TaskFailed', message: 'the label is missing' },
    ],
    [
      'that a job registered nothing',
      async () => ({ TrainingJobStatus: 'Completed' }),
      { code: 'NoModelRegistered', message: expect.stringContaining('registered no model') },
    ],
    [
      'that a job registered another model',
      async ({ Environment: { MLFLOW_RUN_ID: run_id = '' } }: TrainingRequest) => {
        const name = `another-${run_id}`;
        await createRegisteredModel({ name }, context);
        await createModelVersion({ name, source: 's3://bucket/model', run_id }, context);
        return { TrainingJobStatus: 'Completed' };
      },
      { code: 'NoModelRegistered', message: expect.stringContaining('registered no model') },
    ],
  ])('says %s', async (_name, train, error) => {
    const name = await aPipeline();
    platform.training.train = train;
    const { id } = await start(name);
    const failed = await ended(id, 'FAILED');
    expect(failed).toMatchObject({ error });
    const { run_id } = failed.outputs;
    expect((await loadRun(run_id)).status).toBe('FAILED');
    expect(await eventsOf(name)).toEqual([
      `TrainingRequested ${id}`,
      `TrainingFailed ${id}`,
      `PipelineFailed ${id}`,
    ]);
  });

  it('can be retried with what it ran with, after the definition has changed', async () => {
    const name = await aPipeline();
    platform.training.train = async () => ({ TrainingJobStatus: 'Failed', FailureReason: 'x' });
    const { id } = await start(name, { parameters: { 'data.label': 'tardy' } });
    await ended(id, 'FAILED');
    platform.training.train = trains;
    await platform.pipelines('PUT', `/api/slipway/v1/pipelines/${name}`, {
      model: name,
      data: { train: 's3://artifacts/other', label: 'late' },
    });
    const retried = (await act(id, 'retry')).body;
    expect(retried).toMatchObject({
      retry_of: id,
      reason: `retry of ${id}`,
      definition: { data: { train: 's3://artifacts/train', label: 'tardy' } },
    });
    await ended(retried.id, 'SUCCEEDED');
    expect((await act(id, 'stop')).status).toBe(409);
  });

  it('is stopped with its job and its run, and cannot be stopped twice', async () => {
    const name = await aPipeline();
    const { started } = heldTraining();
    const { id } = await start(name);
    await platform.settle();
    await expect.poll(() => started.length).toBe(1);
    expect(await act(id, 'stop')).toMatchObject({ status: 200, body: { status: 'STOPPED' } });
    const { outputs } = await get(id);
    expect((await loadRun(outputs.run_id)).status).toBe('KILLED');
    expect((await act(id, 'stop')).status).toBe(409);
    expect((await eventsOf(name)).at(-1)).toBe(`PipelineStopped ${id}`);
    platform.training.train = trains;
    await ended((await start(name)).id, 'SUCCEEDED');
  });

  it('trains nothing when it is stopped before its event arrives', async () => {
    const name = await aPipeline();
    const { started } = heldTraining();
    const { id } = await start(name);
    await act(id, 'stop');
    await platform.settle();
    await expect(prepareTraining(id, context)).rejects.toMatchObject({ name: 'ExecutionStopped' });
    expect(started).toEqual([]);
    expect((await get(id)).status).toBe('STOPPED');
  });

  it('ends once, whoever ends it', async () => {
    const name = await aPipeline();
    const { id } = await start(name);
    await Promise.all([
      finishExecution(id, { status: 'FAILED', error: 'E', cause: 'c' }, context),
      finishExecution(id, { status: 'STOPPED' }, context),
      finishExecution(id, { status: 'SUCCEEDED', runId: 'r', version: '1' }, context),
    ]);
    const events = (await eventsOf(name)).filter((event) => event.startsWith('Pipeline'));
    expect(events).toHaveLength(1);
  });

  it('gets one run however often it is prepared', async () => {
    const name = await aPipeline();
    const { id } = await start(name);
    const jobs = await Promise.all([1, 2, 3].map(() => prepareTraining(id, context)));
    expect(new Set(jobs.map((job) => 'run_id' in job && job.run_id)).size).toBe(1);
  });
});

describe('overlapping executions', () => {
  it('wait for each other in their order', async () => {
    const name = await aPipeline({ overlap: 'queue' });
    const trained: string[] = [];
    let [running, most] = [0, 0];
    platform.training.train = async (request, signal) => {
      if (request.HyperParameters.model_name !== name) return trains(request, signal);
      trained.push(request.TrainingJobName);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
      return trains(request, signal);
    };
    const executions = await Promise.all([start(name), start(name), start(name)]);
    expect(executions.map(({ status }) => status).sort()).toEqual(['QUEUED', 'QUEUED', 'RUNNING']);
    for (const { id } of executions) await ended(id, 'SUCCEEDED');
    expect(trained).toHaveLength(3);
    expect(new Set(trained).size).toBe(3);
    expect(most).toBe(1);
  });

  it('are skipped, or replace the one that runs, as the pipeline says', async () => {
    const skipping = await aPipeline({ overlap: 'skip' });
    heldTraining();
    const first = await start(skipping);
    expect(await start(skipping)).toMatchObject({
      status: 'SKIPPED',
      error: { code: 'Skipped', message: `Execution ${first.id} is running` },
    });
    await act(first.id, 'stop');

    const replacing = await aPipeline({ overlap: 'replace' });
    const old = await start(replacing);
    await platform.settle();
    const next = await start(replacing);
    expect(next.status).toBe('RUNNING');
    expect((await get(old.id)).status).toBe('STOPPED');
    platform.training.train = trains;
    await ended(next.id, 'SUCCEEDED');
  });

  it('leave the queue when they are stopped', async () => {
    const name = await aPipeline();
    const first = await start(name);
    const [second, third] = [await start(name), await start(name)];
    await act(second.id, 'stop');
    await act(first.id, 'stop');
    expect((await get(second.id)).status).toBe('STOPPED');
    await ended(third.id, 'SUCCEEDED');
  });
});

describe('the API of pipelines', () => {
  it('keeps definitions, counts their revisions and lists executions newest first', async () => {
    const name = await aPipeline();
    const path = `/api/slipway/v1/pipelines/${name}`;
    const definition = { model: name, data: { train: 's3://artifacts/x', label: 'late' } };
    expect((await platform.pipelines('PUT', path, definition)).body).toMatchObject({ revision: 2 });
    expect((await platform.pipelines('GET', path)).body).toMatchObject({
      name,
      updated_by: 'local',
      ...definition,
    });
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { id } = await start(name);
      await act(id, 'stop');
      ids.unshift(id);
    }
    const page = async (query: string) =>
      (await platform.pipelines('GET', `${path}/executions${query}`)).body as {
        executions: ExecutionView[];
        next?: string;
      };
    const first = await page('?limit=2');
    const second = await page(`?limit=2&after=${first.next}`);
    expect([...first.executions, ...second.executions].map(({ id }) => id)).toEqual(ids);
    expect(second.next).toBeUndefined();
  });

  it('deletes a pipeline only while nothing runs', async () => {
    const name = await aPipeline();
    const path = `/api/slipway/v1/pipelines/${name}`;
    const { id } = await start(name);
    expect((await platform.pipelines('DELETE', path)).status).toBe(409);
    await act(id, 'stop');
    expect((await platform.pipelines('DELETE', path)).status).toBe(200);
    expect((await platform.pipelines('GET', path)).status).toBe(404);
    expect((await get(id)).status).toBe('STOPPED');
  });

  it('refuses what it does not know', async () => {
    const name = await aPipeline();
    const path = `/api/slipway/v1/pipelines/${name}`;
    const refused = async (method: string, at: string, body?: object) =>
      (await platform.pipelines(method, at, body)).status;
    expect(await refused('POST', `${path}/executions`, { colour: 'red' })).toBe(400);
    expect(
      await refused('POST', `${path}/executions`, { parameters: { 'data.colour': 'red' } }),
    ).toBe(400);
    expect(await refused('GET', `${path}/executions?limit=1000`)).toBe(400);
    expect(await refused('PUT', '/api/slipway/v1/pipelines/a%20b', {})).toBe(400);
    expect(await refused('GET', '/api/slipway/v1/pipelines/nothing')).toBe(404);
    expect(await refused('POST', '/api/slipway/v1/pipelines/nothing/executions')).toBe(404);
    expect(await refused('GET', '/api/slipway/v1/executions/nothing')).toBe(404);
  });
});
