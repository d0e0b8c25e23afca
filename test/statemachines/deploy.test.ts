import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Memory,
  planDeployment,
  type Seen,
} from '../../functions/serving/deployment/plan-deployment.ts';
import type { Json } from '../../lib/local/stepfunctions/asl/definition.ts';
import { NAME, Rows, refused, SimulatedSageMaker } from '../support/simulated-sagemaker.ts';
import { type RunOptions, runDefinition } from '../support/state-machines/run-definition.ts';
import { fails, inTurn } from '../support/state-machines/stubs.ts';

const definition = readFileSync(
  join(import.meta.dirname, '../../statemachines/deploy.asl.json'),
  'utf8',
);
const payload = (value: unknown) => ({ Payload: value as Json, StatusCode: 200 });

interface PlanCall {
  readonly Payload: {
    readonly input: {
      own: { preparation: string } | null;
      seen: Seen;
      memory: Memory;
      looks: number;
      problem: string;
    };
  };
}

/** Runs it; what is recorded as ready is switched to when `follow` says so. */
function run(
  service: SimulatedSageMaker,
  rows: Rows,
  variant: string | null,
  { tasks = {}, follow = true }: { tasks?: RunOptions['tasks']; follow?: boolean } = {},
) {
  let now = 0;
  const own = variant && { preparation: `p-${variant}`, model: 'm', version: '1', variant };
  const say = (call: string) => service.calls.push(call);
  return runDefinition(definition, {
    input: {
      ...{ endpoint: 'e', endpoint_id: 'abc', own, deployment: NAME, correlation_id: 'c' },
    },
    substitutions: {
      ...{
        ServingTasksFunctionArn: 'arn:tasks',
        ServingImage: 'image',
        ServingRoleArn: 'arn:role',
      },
    },
    tasks: {
      Look: () => {
        now += 20_000;
        return service.describe();
      },
      Plan: ({ Payload: { input } }: PlanCall) => {
        const { seen, memory, looks } = input;
        const question = { name: NAME, seen, memory, looks, now };
        const step = planDeployment({
          ...question,
          own: input.own?.preparation ?? null,
          candidates: rows.candidates,
          live: rows.live,
        });
        return payload(step);
      },
      'Create the model': ({ ModelName: name, PrimaryContainer: container }: never) => {
        if (service.models.has(name)) throw refused('Cannot create already existing model');
        service.models.set(name, JSON.stringify(container));
        return {};
      },
      'Create the configuration': ({
        EndpointConfigName: name,
        ProductionVariants: all,
      }: never) => {
        if (service.configs.has(name)) throw refused('Cannot create already existing endpoint c…');
        service.configs.set(name, all);
        return {};
      },
      'Create the endpoint': ({ EndpointConfigName: name }: never) => {
        say('create');
        return service.change(name);
      },
      'Update the endpoint': (input: never) => {
        const { EndpointConfigName: name, RetainAllVariantProperties: retained } = input;
        say(retained === true ? 'update' : 'update that forgets weights');
        return service.change(name);
      },
      'Set the weights': ({ DesiredWeightsAndCapacities: weights }: never) => {
        say('weights');
        for (const { VariantName, DesiredWeight } of weights as {
          VariantName: string;
          DesiredWeight: number;
        }[]) {
          service.endpoint?.variants.set(VariantName, DesiredWeight);
        }
        return {};
      },
      'Delete the endpoint': () => {
        say('delete');
        service.endpoint = undefined;
        return {};
      },
      'Record the result': ({ Payload: { input } }: PlanCall) => {
        const mine = input.own?.preparation ?? null;
        rows.recorded.push({ own: mine, problem: input.problem });
        if (mine) rows.set(mine, input.problem === '' ? 'READY' : 'FAILED', now);
        if (mine && input.problem === '' && follow) rows.live = new Map([[variant ?? '', 100]]);
        return payload({ state: 'READY' });
      },
      'Delete the configuration': ({ EndpointConfigName: name }: never) => {
        service.configs.delete(name);
        return {};
      },
      'Delete the model': ({ ModelName: name }: never) => {
        service.models.delete(name);
        return {};
      },
      ...tasks,
    } as NonNullable<RunOptions['tasks']>,
  });
}

/** An endpoint that answers with variant `a` alone. */
async function serving(): Promise<{ service: SimulatedSageMaker; rows: Rows }> {
  const [service, rows] = [new SimulatedSageMaker(), new Rows()];
  rows.add('a', 'PREPARING');
  expect((await run(service, rows, 'a')).status).toBe('SUCCEEDED');
  service.calls.length = 0;
  rows.recorded.length = 0;
  return { service, rows };
}

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
              ...{ S3Uri: 's3://b/models/a/', S3DataType: 'S3Prefix', CompressionType: 'None' },
            },
          },
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

  it('gives up after half an hour without an answer', async () => {
    const [service, rows] = [new SimulatedSageMaker(1000), new Rows()];
    rows.add('a', 'PREPARING');
    const result = await run(service, rows, 'a');
    expect(rows.recorded[0]?.problem).toMatch(/still in status Creating after \d+ looks/);
    expect(result.status).toBe('SUCCEEDED');
    expect(result.elapsedSeconds).toBeGreaterThan(1800);
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
