import { describe, expect, it } from 'vitest';
import { type PlanCall, payload, run, serving } from '../support/state-machines/run-deploy.ts';
import {
  NAME,
  Rows,
  refused,
  SimulatedSageMaker,
} from '../support/state-machines/simulated-sagemaker.ts';
import { fails, inTurn } from '../support/state-machines/stubs.ts';

describe('deploy', () => {
  it('creates the first variant, records it and sets its weight', async () => {
    const { service, rows } = await serving();
    expect(rows.candidates).toMatchObject([{ state: 'READY' }]);
    expect(service.endpoint).toMatchObject({ status: 'InService' });
    expect([...(service.endpoint?.variants ?? [])]).toEqual([['a', 100]]);
    expect([...service.models]).toEqual([
      [
        `${NAME}-a`,
        JSON.stringify({
          Image: 'image',
          ModelDataSource: {
            S3DataSource: {
              S3Uri: 's3://b/models/a/',
              S3DataType: 'S3Prefix',
              CompressionType: 'None',
            },
          },
          Environment: {},
        }),
      ],
    ]);
  });

  it('adds a variant beside the live one, and takes the old one off once nothing uses it', async () => {
    const { service, rows } = await serving();
    rows.set('p-a', 'READY', -1e9);
    rows.add('b', 'PREPARING');
    const result = await run(service, rows, 'b');
    expect(result.status).toBe('SUCCEEDED');
    expect(rows.recorded).toEqual([{ own: 'p-b', problem: '' }]);
    expect(service.calls).toEqual(['update', 'update', 'weights']);
    expect([...(service.endpoint?.variants ?? [])]).toEqual([['b', 100]]);
    expect([...service.models.keys()]).toEqual([`${NAME}-b`]);
    expect(service.configs.size).toBe(1);
  });

  it('notices that SageMaker went back, says why, and leaves nothing of the attempt', async () => {
    const { service, rows } = await serving();
    rows.add('bad', 'PREPARING');
    const result = await run(service, rows, 'bad');
    expect(result.status).toBe('SUCCEEDED');
    const { problem } = rows.recorded[0] ?? {};
    expect(rows.recorded).toHaveLength(1);
    expect(problem).toMatch(
      /^SageMaker went back to configuration slipway-abc-.*ping health check/,
    );
    expect([...(service.endpoint?.variants.keys() ?? [])]).toEqual(['a']);
    expect([...service.models.keys()]).toEqual([`${NAME}-a`]);
    expect(service.configs.size).toBe(1);
  });

  it('takes off what could not be created', async () => {
    const [service, rows] = [new SimulatedSageMaker(), new Rows()];
    rows.add('bad', 'PREPARING');
    await run(service, rows, 'bad');
    expect(rows.recorded).toMatchObject([{ problem: 'bad did not pass the ping health check' }]);
    expect(service.endpoint).toBeUndefined();
    expect(service.models.size + service.configs.size).toBe(0);
  });

  it('deletes everything when no version is served any more', async () => {
    const { service, rows } = await serving();
    rows.live = new Map();
    rows.set('p-a', 'READY', -1e9);
    expect((await run(service, rows, null)).status).toBe('SUCCEEDED');
    expect(service.calls).toEqual(['delete']);
    expect(service.endpoint).toBeUndefined();
    expect(service.models.size + service.configs.size).toBe(0);
  });

  it('keeps a version that is ready for a quarter of an hour, though nobody switches to it', async () => {
    const { service, rows } = await serving();
    rows.add('b', 'PREPARING');
    const result = await run(service, rows, 'b', { follow: false });
    expect(result.status).toBe('SUCCEEDED');
    expect(result.elapsedSeconds).toBeGreaterThan(600);
    expect(service.calls).toEqual(['update', 'update']);
    expect([...(service.endpoint?.variants.keys() ?? [])]).toEqual(['a']);
  });

  it('tells of a change that nobody waits for and that SageMaker took back', async () => {
    const { service, rows } = await serving();
    // What is live is not what is in service, as after an accident.
    rows.add('bad', 'READY', -1e9);
    rows.live = new Map([['bad', 100]]);
    expect((await run(service, rows, null)).status).toBe('SUCCEEDED');
    expect(rows.recorded).toMatchObject([
      { own: null, problem: expect.stringMatching('went back') },
    ]);
    expect(service.calls).toEqual(['update']);
  });

  it('plans anew when another execution was first', async () => {
    const { service, rows } = await serving();
    rows.add('b', 'PREPARING');
    const busy = inTurn(
      () => {
        throw refused('Cannot update in-progress endpoint "e".');
      },
      ({ EndpointConfigName: name }: never) => service.change(name),
    );
    await run(service, rows, 'b', { tasks: { 'Update the endpoint': busy }, follow: false });
    expect(rows.recorded).toEqual([{ own: 'p-b', problem: '' }]);
  });

  it('gives up after half an hour without an answer, and tells what it leaves after a day', async () => {
    const [service, rows] = [new SimulatedSageMaker(2000), new Rows()];
    rows.add('a', 'PREPARING');
    const result = await run(service, rows, 'a');
    const stuck = expect.stringMatching(/still in status Creating after \d+ looks/);
    expect(rows.recorded).toEqual([
      { own: 'p-a', problem: stuck },
      { own: null, problem: stuck },
    ]);
    expect(result.status).toBe('SUCCEEDED');
    expect(result.elapsedSeconds).toBeGreaterThan(86_400);
  });

  it('clears away what comes up hours after it was given up', async () => {
    // 116 looks until it is given up, and as many more at the same pace.
    const [service, rows] = [new SimulatedSageMaker(350), new Rows()];
    rows.add('a', 'PREPARING');
    const result = await run(service, rows, 'a');
    expect(rows.recorded).toMatchObject([
      { own: 'p-a', problem: expect.stringMatching('Creating') },
    ]);
    expect(result.elapsedSeconds).toBeGreaterThan(70 * 60);
    expect(service.calls).toEqual(['create', 'delete']);
    expect(service.models.size + service.configs.size).toBe(0);
  });
});

describe('a fault', () => {
  const throttled = fails('SageMaker.ThrottlingException', 'Rate exceeded');

  it.each(['Look', 'Create the endpoint', 'Create the configuration', 'Create the model'])(
    'that passes is overcome: %s',
    async (state) => {
      const [service, rows] = [new SimulatedSageMaker(), new Rows()];
      rows.add('a', 'PREPARING');
      let first = true;
      const plain: Record<string, (input: never) => unknown> = {
        Look: () => service.describe(),
        'Create the endpoint': ({ EndpointConfigName: name }) => service.change(name),
        'Create the configuration': ({ EndpointConfigName: name, ProductionVariants: all }) => {
          service.configs.set(name, all);
          return {};
        },
        'Create the model': ({ ModelName: name }) => {
          service.models.set(name, '');
          return {};
        },
      };
      const stub = (input: never) => {
        if (first) {
          first = false;
          throw throttled;
        }
        return plain[state]?.(input);
      };
      const result = await run(service, rows, 'a', { tasks: { [state]: stub } });
      expect(result.status).toBe('SUCCEEDED');
      expect(rows.recorded).toEqual([{ own: 'p-a', problem: '' }]);
    },
  );

  it.each([
    ['Create the endpoint', 'SageMaker.ResourceLimitExceededException', 'no ml.g5.xlarge left'],
    ['Create the configuration', 'SageMaker.SageMakerException', 'no such instance type'],
    ['Create the model', 'SageMaker.SageMakerException', 'no such image'],
  ])('that stays is recorded: %s', async (state, error, cause) => {
    const [service, rows] = [new SimulatedSageMaker(), new Rows()];
    rows.add('a', 'PREPARING');
    const result = await run(service, rows, 'a', { tasks: { [state]: fails(error, cause) } });
    expect(result.status).toBe('SUCCEEDED');
    expect(rows.recorded).toMatchObject([{ own: 'p-a', problem: expect.stringContaining(cause) }]);
    expect(service.models.size + service.configs.size).toBe(0);
  });

  it('of the plan or of SageMaker itself is recorded, and the execution fails', async () => {
    for (const tasks of [
      { Plan: fails('Broken', 'no table') },
      { Look: fails('SageMaker.SageMakerException', 'AccessDenied') },
    ]) {
      const told: unknown[] = [];
      const [service, rows] = [new SimulatedSageMaker(), new Rows()];
      rows.add('a', 'PREPARING');
      const result = await run(service, rows, 'a', {
        tasks: {
          ...tasks,
          'Record the failure': ({ Payload: { input } }: PlanCall) => {
            told.push(input.problem);
            return payload({ state: 'FAILED' });
          },
        },
      });
      expect(result).toMatchObject({ status: 'FAILED', error: 'NotFollowed' });
      expect(told).toEqual([expect.stringMatching(/no table|AccessDenied/)]);
    }
  });

  it('of the record ends the execution', async () => {
    const { service, rows } = await serving();
    rows.add('b', 'PREPARING');
    const broken = { 'Record the result': fails('Broken', 'no table') };
    const result = await run(service, rows, 'b', { tasks: broken });
    expect(result).toMatchObject({ status: 'FAILED', error: 'NotRecorded' });
    const both = { Plan: fails('Broken', 'x'), 'Record the failure': fails('Broken', 'no table') };
    const lost = await run(service, rows, 'b', { tasks: both });
    expect(lost).toMatchObject({ status: 'FAILED', error: 'NotRecorded' });
  });

  it.each(['Set the weights', 'Delete the configuration', 'Delete the model'])(
    'that leaves something behind fails no version: %s',
    async (state) => {
      const { service, rows } = await serving();
      rows.set('p-a', 'READY', -1e9);
      rows.add('b', 'PREPARING');
      const result = await run(service, rows, 'b', { tasks: { [state]: refused('no') } });
      expect(result.status).toBe('SUCCEEDED');
      expect(rows.recorded[0]).toEqual({ own: 'p-b', problem: '' });
    },
  );
});

describe('a version whose instances come and go with the requests', () => {
  const range = { instance_count: 2, instance_maximum: 8 };
  const resource = (variant: string) => `endpoint/${NAME}/variant/${variant}`;

  it('is scaled before it is ready, and no more before it is taken off', async () => {
    const { service, rows } = await serving();
    rows.set('p-a', 'READY', -1e9);
    rows.add('b', 'PREPARING', 0, range);
    expect((await run(service, rows, 'b')).status).toBe('SUCCEEDED');
    expect(rows.recorded).toEqual([{ own: 'p-b', problem: '' }]);
    expect([...service.configs.values()]).toMatchObject([[{ InitialInstanceCount: 2 }]]);
    expect(service.scaling).toMatchObject([
      ['target', resource('b'), 2, 8],
      [
        'tracking',
        {
          ResourceId: resource('b'),
          TargetTrackingScalingPolicyConfiguration: {
            TargetValue: 3,
            PredefinedMetricSpecification: {
              PredefinedMetricType: 'SageMakerVariantConcurrentRequestsPerModelHighResolution',
            },
          },
        },
      ],
    ]);
    service.scaling.length = 0;
    rows.set('p-b', 'READY', -1e9);
    rows.add('c', 'PREPARING');
    expect((await run(service, rows, 'c')).status).toBe('SUCCEEDED');
    expect(service.scaling).toEqual([['no target', resource('b')]]);
    expect([...(service.endpoint?.variants.keys() ?? [])]).toEqual(['c']);
  });

  it.each([
    ['as many instances as the one before it has', 5, range, 5],
    ['no more than it may have', 12, range, 8],
    ['no fewer than it should have', 1, range, 2],
    ['what it should have, where nothing scales it', 5, { instance_count: 3 }, 3],
  ])('begins with %s', async (_what, running, workload, begun) => {
    const { service, rows } = await serving();
    service.instances.set('a', running);
    rows.set('p-a', 'READY', -1e9);
    rows.add('b', 'PREPARING', 0, workload);
    expect((await run(service, rows, 'b')).status).toBe('SUCCEEDED');
    expect(service.instances.get('b')).toBe(begun);
  });

  it('begins with the fewest beside another model', async () => {
    const { service, rows } = await serving();
    service.instances.set('a', 5);
    rows.set('p-a', 'READY', -1e9);
    rows.add('b', 'PREPARING', 0, range);
    const own = rows.candidates.findIndex(({ preparation }) => preparation === 'p-b');
    const found = rows.candidates[own];
    if (found) rows.candidates[own] = { ...found, model: 'another' };
    await run(service, rows, 'b');
    expect([...service.configs.values()]).toMatchObject([[{ InitialInstanceCount: 2 }]]);
  });

  it('begins with the fewest on other instances than those that answer', async () => {
    const { service, rows } = await serving();
    service.instances.set('a', 5);
    rows.set('p-a', 'READY', -1e9);
    rows.add('b', 'PREPARING', 0, { ...range, instance_type: 'ml.g5.48xlarge' });
    await run(service, rows, 'b');
    expect([...service.configs.values()]).toMatchObject([[{ InitialInstanceCount: 2 }]]);
  });

  it('is scaled no more before its endpoint goes', async () => {
    const [service, rows] = [new SimulatedSageMaker(), new Rows()];
    rows.add('a', 'PREPARING', 0, range);
    await run(service, rows, 'a');
    service.scaling.length = 0;
    rows.live = new Map();
    rows.set('p-a', 'READY', -1e9);
    expect((await run(service, rows, null)).status).toBe('SUCCEEDED');
    expect(service.scaling).toEqual([['no target', resource('a')]]);
    expect(service.endpoint).toBeUndefined();
  });

  it('that cannot be scaled is not served', async () => {
    const refusal = fails('ApplicationAutoScaling.ValidationException', 'no such metric');
    const { service, rows } = await serving();
    rows.add('b', 'PREPARING', 0, range);
    await run(service, rows, 'b', { tasks: { 'Scale with the requests': refusal } });
    expect(rows.recorded).toMatchObject([
      { own: 'p-b', problem: expect.stringContaining('no such metric') },
    ]);
    expect([...(service.endpoint?.variants.keys() ?? [])]).toEqual(['a']);
  });
});

describe('a version with a queue', () => {
  /** One that has come up, with what was recorded of it. */
  async function queued(variant = 'a', tasks = {}) {
    const [service, rows] = [new SimulatedSageMaker(), new Rows()];
    service.queue = variant;
    rows.add(variant, 'PREPARING', 0, { scale_to_zero: true, instance_count: 4 });
    const result = await run(service, rows, variant, { queue: true, tasks });
    expect(result.status).toBe('SUCCEEDED');
    return { service, rows };
  }

  it('has an endpoint of its own, whose instances come and go', async () => {
    const { service, rows } = await queued();
    expect(rows.recorded).toEqual([{ own: 'p-a', problem: '' }]);
    expect(service.calls).toEqual(['create']);
    expect([...service.models.keys()]).toEqual([`${NAME}-a`]);
    expect([...service.configs.values()]).toMatchObject([
      [{ ModelName: `${NAME}-a`, InitialInstanceCount: 1 }],
    ]);
    expect(service.asynchronous).toEqual({
      OutputConfig: {
        S3OutputPath: 's3://artifacts/inference-queue/answers',
        S3FailurePath: 's3://artifacts/inference-queue/failures',
      },
    });
    const resource = `endpoint/${NAME}-a/variant/a`;
    const Dimensions = [{ Name: 'EndpointName', Value: `${NAME}-a` }];
    expect(service.scaling).toMatchObject([
      ['target', resource, 0, 4],
      [
        'tracking',
        {
          ResourceId: resource,
          TargetTrackingScalingPolicyConfiguration: {
            TargetValue: 1,
            CustomizedMetricSpecification: {
              MetricName: 'ApproximateBacklogSizePerInstance',
              Dimensions,
            },
          },
        },
      ],
      ['step', { PolicyName: `${NAME}-a-first`, ResourceId: resource }],
      ['alarm', `${NAME}-a-first`, ['arn:step'], 'HasBacklogWithoutCapacity'],
    ]);
  });

  it('is taken off with what scaled it', async () => {
    const { service, rows } = await queued();
    service.scaling.length = 0;
    rows.live = new Map();
    rows.set('p-a', 'READY', -1e9);
    expect((await run(service, rows, null, { queue: true })).status).toBe('SUCCEEDED');
    expect(service.calls).toEqual(['create', 'delete']);
    expect(service.scaling).toEqual([
      ['no target', `endpoint/${NAME}-a/variant/a`],
      ['no alarm', `${NAME}-a-first`],
    ]);
    expect(service.models.size + service.configs.size).toBe(0);
  });

  it('that cannot be scaled is not served: nobody would end its instances', async () => {
    const refusal = fails('ApplicationAutoScaling.ValidationException', 'no such dimension');
    const { service, rows } = await queued('a', { 'Scale with the queue': refusal });
    expect(rows.recorded).toMatchObject([
      { own: 'p-a', problem: expect.stringContaining('no such dimension') },
    ]);
    expect(service.calls).toEqual(['create', 'delete']);
  });
});
