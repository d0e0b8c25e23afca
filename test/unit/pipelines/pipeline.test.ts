import { describe, expect, it } from 'vitest';
import { pipelineSchema, withParameters } from '../../../functions/pipelines/pipeline.ts';
import {
  failureReason,
  toTrainingJob,
} from '../../../functions/pipelines/training/training-job.ts';
import { parseValue } from '../../../functions/shared/http/json-api.ts';

const minimal = { model: 'm', data: { train: 's3://b/train', label: 'late' } };
const parse = (document: object) => parseValue(document, pipelineSchema);

describe('a pipeline', () => {
  it('fills in the defaults', () => {
    expect(parse(minimal)).toEqual({
      model: 'm',
      data: { train: 's3://b/train', label: 'late', exclude: [] },
      training: {
        algorithm: 'gbdt',
        image: null,
        instance_type: 'ml.m5.xlarge',
        instance_count: 1,
        volume_gb: 50,
        spot: false,
        max_runtime: 'PT1H',
        hyperparameters: {},
      },
      overlap: 'queue',
    });
  });

  it.each([
    [{ ...minimal, data: { ...minimal.data, colour: 'red' } }, 'data: '],
    [{ ...minimal, data: { ...minimal.data, train: '/tmp/x' } }, 'data.train: must be s3://'],
    [{ ...minimal, training: { instance_type: 'big' } }, 'training.instance_type: '],
    [{ ...minimal, training: { max_runtime: '1h' } }, 'training.max_runtime: '],
    [{ ...minimal, training: { max_runtime: 'PT0S' } }, 'training.max_runtime: must be between'],
    [{ ...minimal, training: { max_runtime: 'P29D' } }, 'training.max_runtime: must be between'],
    [{ ...minimal, training: { max_runtime: 'P1M' } }, 'training.max_runtime: must be between'],
    [{ ...minimal, training: { instance_count: 2 } }, 'training.instance_count: above 1 needs an'],
    [{ ...minimal, data: { ...minimal.data, distribution: 'Spread' } }, 'data.distribution: '],
    [{ ...minimal, overlap: 'ignore' }, 'overlap: '],
    [{ ...minimal, data: { ...minimal.data, trailing: 'P60D' } }, 'data.time_column: '],
    [{ ...minimal, schedule: 'rate(1 week)' }, 'schedule: rate(1 week) is no number of minutes'],
    [{ ...minimal, schedule: 'cron(0 3 * * MON *)' }, 'schedule: cron(0 3 * * MON *)'],
    [{ ...minimal, schedule: 'at(tomorrow)' }, 'schedule: at(tomorrow) needs'],
    [{ ...minimal, schedule: 'rate(1 day)', time_zone: 'Mars/Base' }, 'time_zone: must be a time'],
    [{ ...minimal, schedule: 'rate(1 day)', time_zone: '+05:00' }, 'time_zone: must be a time'],
    [{ ...minimal, time_zone: 'UTC' }, 'time_zone: needs a schedule'],
    [{ ...minimal, triggers: [{}] }, 'triggers.0: Event pattern is not valid'],
    [{ ...minimal, triggers: [{ detail: { a: [1] } }] }, 'triggers.0: must name a source'],
    [{ ...minimal, triggers: [{ source: ['x'] }, { source: 'x' }] }, 'triggers.1: Event pattern'],
    [
      { ...minimal, triggers: [{ source: ['x'.repeat(3000)] }] },
      'triggers.0: has more than 2048 characters',
    ],
    [{ ...minimal, tuning: {} }, 'tuning.strategy: '],
    [{ ...minimal, registration: { tags: { owner: 1 } } }, 'registration.tags.owner: '],
    [{ ...minimal, registration: { stage: 'x' } }, 'registration: '],
    [
      { ...minimal, registration: { tags: { note: 'x'.repeat(2000) } } },
      'registration.tags: must have at most 2000',
    ],
  ])('refuses %j with the path', (document, message) => {
    expect(() => parse(document)).toThrow(message);
  });
});

describe('withParameters', () => {
  const document = parse({
    ...minimal,
    training: { hyperparameters: { trees: 10, 'tree.depth': 3 } },
  });

  it('puts values at dotted paths and leaves the definition as it is', () => {
    const changed = withParameters(document, {
      'data.train': 's3://b/other',
      'training.hyperparameters.trees': 20,
      'training.hyperparameters.tree.depth': 4,
      'training.spot': true,
    });
    expect(changed.data.train).toBe('s3://b/other');
    expect(changed.training).toMatchObject({
      spot: true,
      hyperparameters: { trees: 20, 'tree.depth': 4 },
    });
    expect(document.data.train).toBe('s3://b/train');
  });

  it.each([
    [{ 'data.colour': 'red' }, 'data: '],
    [{ 'data.train': 7 }, 'data.train: '],
    [{ 'data.exclude.0': 'x' }, "'data.exclude.0' is no path"],
    [{ 'nothing.here': 1 }, "'nothing.here' is no path"],
    [{ '': 1 }, "'' is no path"],
    [{ 'training.__proto__': {} }, "'training.__proto__' is no path"],
    [{ '__proto__.polluted': 1 }, 'is no path'],
  ])('refuses %j', (parameters, message) => {
    expect(() => withParameters(document, parameters)).toThrow(message);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('toTrainingJob', () => {
  const execution = (document: object) => ({
    id: '01K5A0000000000000000000AA',
    pipeline: 'p',
    status: 'RUNNING' as const,
    reason: 'r',
    parameters: {},
    document: parse(document),
    requestedBy: 'ana',
    createdAt: 0,
  });

  it('gives the program its data and hyperparameters as texts', () => {
    const job = toTrainingJob(
      execution({
        model: 'm',
        data: {
          train: 's3://b/flights/',
          evaluate: 's3://b/eval.parquet',
          label: 'late',
          exclude: ['id', 'tail'],
          time_column: 'departure',
          window_end: '2001-03-02T00:00:00Z',
          trailing: 'P60D',
          holdout: 'P7D',
        },
        training: { hyperparameters: { trees: 200, bagging: true, learning_rate: 0.1 } },
      }),
      'run-1',
    );
    expect(job).toMatchObject({
      name: 'slipway-01K5A0000000000000000000AA',
      run_id: 'run-1',
      image: null,
      instance_type: 'ml.m5.xlarge',
      stopping_condition: { MaxRuntimeInSeconds: 3600 },
      hyperparameters: {
        trees: '200',
        bagging: 'true',
        learning_rate: '0.1',
        label: 'late',
        exclude: 'id,tail',
        time_column: 'departure',
        window_end: '2001-03-02T00:00:00Z',
        trailing: 'P60D',
        holdout: 'P7D',
        model_name: 'm',
      },
    });
    expect(job.input_data).toEqual([
      expect.objectContaining({ ChannelName: 'train' }),
      expect.objectContaining({ ChannelName: 'evaluate' }),
    ]);
    expect(job.timeout_seconds).toBeGreaterThan(job.stopping_condition.MaxRuntimeInSeconds);
  });

  it('tells the program what the version is registered with, and whose it is', () => {
    const registration = { tags: { owner: 'ana' }, description: 'nightly' };
    const { hyperparameters } = toTrainingJob(execution({ ...minimal, registration }), 'run-1');
    expect(hyperparameters).toMatchObject({ model_name: 'm', model_description: 'nightly' });
    expect(JSON.parse(hyperparameters.model_tags ?? '')).toEqual({
      owner: 'ana',
      'slipway.execution_id': '01K5A0000000000000000000AA',
    });
    const plain = toTrainingJob(execution(minimal), 'run-1').hyperparameters;
    expect(plain).not.toHaveProperty('model_description');
  });

  it('waits for spot capacity as long as SageMaker wants it told', () => {
    const job = toTrainingJob(
      execution({ ...minimal, training: { spot: true, max_runtime: 'PT10M' } }),
      'run-1',
    );
    expect(job.spot).toBe(true);
    expect(job.stopping_condition).toEqual({
      MaxRuntimeInSeconds: 600,
      MaxWaitTimeInSeconds: 4200,
    });
  });

  it('has the built-in program keep what it trained where its instance may be taken away', () => {
    const kept = (training: object) =>
      toTrainingJob(execution({ ...minimal, training }), 'run-1').hyperparameters.checkpoint_trees;
    expect(kept({})).toBeUndefined();
    expect(kept({ spot: true })).toBe('20');
    expect(kept({ spot: true, hyperparameters: { checkpoint_trees: 5 } })).toBe('5');
    expect(kept({ spot: true, image: 'my-image' })).toBeUndefined();
  });
});

describe('failureReason', () => {
  it.each([
    ['{"TrainingJobStatus":"Failed","FailureReason":"no label"}', 'no label'],
    ['{"errorType":"NoModelRegistered","errorMessage":"no version"}', 'no version'],
    [
      '{"TrainingJobStatus":"Stopped","SecondaryStatus":"MaxRuntimeExceeded"}',
      "The training took longer than the pipeline's max_runtime and was stopped",
    ],
    ['plain text', 'plain text'],
    ['[1]', '[1]'],
    ['null', 'null'],
  ])('finds the words in %s', (cause, words) => {
    expect(failureReason(cause)).toBe(words);
  });
});
