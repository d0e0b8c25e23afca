import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { getExecution } from '../../../../functions/pipelines/pipeline-store.ts';
import { prepareTraining } from '../../../../functions/pipelines/training/prepare-training.ts';
import { findCached } from '../../../../functions/pipelines/training/training-cache.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { deleteModelVersion } from '../../../../functions/registry/versions/delete-model-version.ts';
import { logBatch } from '../../../../functions/tracking/index.ts';
import { aContext } from '../../../support/context.ts';
import { announced } from '../../../support/outbox.ts';
import { trainsAVersion } from '../../../support/platform/training.ts';
import { type Platform, startPlatform, type Train } from '../../../support/platform.ts';
import { pipelinesApi } from '../api.ts';

const context = aContext({ clock: Date.now });
const HOUR = 3_600_000;

let trainings = 0;
const trains: Train = (...job) => {
  trainings += 1;
  return trainsAVersion(context)(...job);
};

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ train: trains });
});
afterAll(() => platform.stop());

let name = '';
let names = 0;
/** A pipeline of its own data, in two objects. */
beforeEach(async () => {
  name = `cached-${++names}`;
  trainings = 0;
  platform.training.train = trains;
  await createRegisteredModel({ name }, context);
  await platform.put(`${name}/train/1.csv`, 'late,distance\n1,2\n');
  await platform.put(`${name}/train/2.csv`, 'late,distance\n0,1\n');
  expect((await define()).status).toBe(200);
});

const define = (over: object = {}) =>
  platform.pipelines('PUT', `/api/slipway/v1/pipelines/${name}`, {
    model: name,
    data: { train: `s3://artifacts/${name}/train/`, label: 'late' },
    cache: { expiry: 'PT1H' },
    ...over,
  });

const release = (image: string) => {
  process.env.TRAINING_IMAGE = image;
};
afterEach(() => release('gbdt:1'));

const { start, ended } = pipelinesApi(() => platform);
const execute = async (body: object = {}) => ended((await start(name, body)).id);

describe('a training whose inputs have not changed', () => {
  it('is taken over: no job, no run, the version that is there', async () => {
    const first = await execute();
    const second = await execute();
    const third = await execute();
    expect(trainings).toBe(1);
    const { run_id } = first.outputs;
    expect(first.outputs).toEqual({ run_id, model_version: '1' });
    for (const { status, outputs, steps } of [second, third]) {
      expect(status).toBe('SUCCEEDED');
      expect(outputs).toEqual({ run_id, model_version: '1', cached_from: first.id });
      expect(steps).toMatchObject([
        { name: 'train', status: 'SUCCEEDED', outputs: { run_id, cached_from: first.id } },
      ]);
    }
    const ended = (await announced('platform')).filter(
      ({ type, data }) => type === 'PipelineSucceeded' && data.pipeline === name,
    );
    expect(ended.map(({ data }) => data.version)).toEqual(['1', '1', '1']);
  });

  it.each<[string, () => Promise<unknown>, object?]>([
    ['an object has changed', () => platform.put(`${name}/train/2.csv`, 'late,distance\n0,3\n')],
    ['an object was added', () => platform.put(`${name}/train/3.csv`, 'late,distance\n0,3\n')],
    ['a hyperparameter is another', async () => {}, { 'training.hyperparameters.trees': 9 }],
    ['the image is another', async () => {}, { 'training.image': 'trainer:2' }],
    ['the built-in program is of another release', async () => release('gbdt:2')],
    ['a column is left out', async () => {}, { 'data.exclude': ['distance'] }],
    ['nothing is to be taken over', async () => {}, { 'cache.expiry': 'PT0S' }],
    ['the pipeline does not ask for it', () => define({ cache: undefined })],
    ['the version is gone', () => deleteModelVersion({ name, version: '1' }, context)],
  ])('is trained anew when %s', async (_why, change, parameters = {}) => {
    await execute();
    await change();
    const { status, outputs } = await execute({ parameters });
    expect([status, outputs.model_version]).toEqual(['SUCCEEDED', '2']);
    expect(outputs).not.toHaveProperty('cached_from');
    expect(trainings).toBe(2);
  });

  it('is taken over whatever the order of fields, and with more time to run', async () => {
    await execute({ parameters: { 'training.hyperparameters': { trees: 3, depth: 2 } } });
    const again = await execute({
      parameters: {
        'training.hyperparameters': { depth: 2, trees: 3 },
        'training.max_runtime': 'PT2H',
      },
    });
    expect(again.outputs).toHaveProperty('cached_from');
    expect(trainings).toBe(1);
  });

  it('is taken over whatever the release of the built-in program, with an image of its own', async () => {
    const own = { parameters: { 'training.image': 'trainer:1' } };
    await execute(own);
    release('gbdt:2');
    expect((await execute(own)).outputs).toHaveProperty('cached_from');
  });

  it('is young enough until its expiry, and not at it', async () => {
    const execution = (await getExecution((await execute()).id))!;
    const digest = execution.digest!;
    const begun = execution.startedAt ?? execution.createdAt;
    const found = { execution: execution.id, runId: execution.runId };
    expect(await findCached(execution, digest, begun + HOUR - 1)).toEqual(found);
    expect(await findCached(execution, digest, begun + HOUR)).toBeUndefined();
    expect(await findCached({ ...execution, pipeline: 'another' }, digest, begun)).toBeUndefined();
  });

  it('is not kept when its data changed while it trained, nor when it failed', async () => {
    platform.training.train = async (request, signal) => {
      await platform.put(`${name}/train/1.csv`, 'late,distance\n0,9\n');
      return trains(request, signal);
    };
    await execute();
    platform.training.train = async () => ({ TrainingJobStatus: 'Failed', FailureReason: 'x' });
    expect((await execute()).status).toBe('FAILED');
    platform.training.train = trains;
    expect((await execute()).outputs).toMatchObject({ model_version: '2' });
    expect((await execute()).outputs).toMatchObject({ model_version: '2' });
    expect(trainings).toBe(2);
  });

  it('is taken over once, the same way, when its task comes several times', async () => {
    const first = await execute();
    const held = Promise.withResolvers<void>();
    platform.training.train = async (request, signal) => {
      await held.promise;
      return trains(request, signal);
    };
    const { id } = await start(name);
    const answers = await Promise.all([1, 2, 3].map(() => prepareTraining(id, context)));
    expect(answers).toEqual(answers.map(() => ({ reused: { run_id: first.outputs.run_id } })));
    held.resolve();
  });
});

describe('a tuning whose inputs have not changed', () => {
  const tuned: Train = async ({ Environment, HyperParameters }) => {
    trainings += 1;
    const value = Number(HyperParameters.trees);
    await logBatch({
      run_id: Environment.MLFLOW_RUN_ID ?? '',
      metrics: [{ key: 'm', value, timestamp: 1, step: 0 }],
    });
    return { TrainingJobStatus: 'Completed' };
  };
  const space = { trees: [1, 3, 2] };
  const tuning = { strategy: 'grid', metric: 'm', direction: 'maximize', space };

  it('is taken over whole, with the version of its best trial, and not when it is another', async () => {
    platform.training.train = tuned;
    await define({ tuning });
    const first = await execute();
    expect(trainings).toBe(3);
    const best = first.outputs.best_trial as { readonly run_id: string };
    await define({ tuning: { ...tuning, concurrency: 1 } });
    const second = await execute();
    expect(trainings).toBe(3);
    expect(second.status).toBe('SUCCEEDED');
    expect(second.outputs).toEqual({
      run_id: best.run_id,
      model_version: '1',
      cached_from: first.id,
    });
    await define({ tuning: { ...tuning, space: { trees: [1, 4] } } });
    expect((await execute()).outputs).toMatchObject({ model_version: '2' });
    expect(trainings).toBe(5);
  });
});

describe('a definition with a cache', () => {
  it.each([
    [{ cache: { expiry: 'soon' } }, 'ISO 8601'],
    [{ cache: {} }, 'cache.expiry'],
    [{ cache: { expiry: 'PT1H', key: 'x' } }, 'key'],
  ])('is refused with its reason: %j', async (over, reason) => {
    const { status, body } = await define(over);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(reason);
  });
});
