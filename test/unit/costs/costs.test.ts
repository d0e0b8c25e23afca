import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler } from '../../../functions/costs/costs.lambda.ts';
import { getCosts } from '../../../functions/costs/get-costs.ts';
import { servingCosts } from '../../../functions/costs/serving-costs.ts';
import { meterRequest } from '../../../functions/monitoring/request-cost.ts';
import { createRegisteredModel } from '../../../functions/registry/models/create-registered-model.ts';
import { createModelVersion } from '../../../functions/registry/versions/create-model-version.ts';
import { noteInstances } from '../../../functions/serving/deployment/instances.ts';
import { getEndpoint, type LogRow } from '../../../functions/serving/index.ts';
import { callApi } from '../../support/call-api.ts';
import { aContext } from '../../support/context.ts';
import { type Platform, startPlatform } from '../../support/platform.ts';
import { tinyRows, trainTiny } from '../../support/tiny-model.ts';

const context = aContext();
const HOUR = 3600;

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({
    train: async (request) => {
      const run_id = request.Environment.MLFLOW_RUN_ID ?? '';
      const { model_name: name = '', model_tags = '{}' } = request.HyperParameters;
      const tags = Object.entries(JSON.parse(model_tags) as Record<string, string>);
      await createModelVersion(
        {
          name,
          source: `runs:/${run_id}/model`,
          run_id,
          tags: tags.map(([key, value]) => ({ key, value })),
        },
        context,
      );
      return { TrainingJobStatus: 'Completed', BillableTimeInSeconds: HOUR };
    },
  });
});
afterAll(() => platform.stop());

interface Serving {
  readonly requests: number;
  readonly predictions: number;
  readonly write_units: number;
  readonly gb_seconds: number;
  readonly usd: number;
  readonly usd_per_million_predictions: number | null;
  readonly versions: readonly { readonly version: string; readonly requests: number }[];
  readonly truncated: boolean;
}
interface Costs {
  readonly usd: number | null;
  readonly instances?: { readonly hours: number; readonly usd: number | null };
  readonly serving: Serving;
  readonly training: {
    readonly billable_seconds: number;
    readonly usd: number | null;
    readonly executions: readonly { readonly id: string; readonly usd: number | null }[];
  };
}

const ask = (query: Record<string, string>) =>
  callApi(handler, 'GET', `/api/slipway/v1/costs?${new URLSearchParams(query)}`);
const costs = async (query: Record<string, string>) => {
  const { status, body } = await ask(query);
  expect(status).toBe(200);
  return body as Costs;
};

async function serve(name: string): Promise<void> {
  await createRegisteredModel({ name }, context);
  await trainTiny(platform, name, 'x', context);
  await platform.serving('POST', '/api/2.0/serving-endpoints', {
    name,
    config: { served_entities: [{ name: 'one', entity_name: name, entity_version: '1' }] },
  });
  await platform.settle();
}

async function score(name: string, ...sizes: number[]): Promise<void> {
  for (const size of sizes) {
    const dataframe_records = tinyRows(size).map(({ x }) => ({ x }));
    expect((await platform.invoke(name, { dataframe_records })).status).toBe(200);
  }
}

/** Runs a pipeline of the model to its end; answers the execution's id and its run. */
async function train(model: string, training: object) {
  await platform.pipelines('PUT', `/api/slipway/v1/pipelines/${model}`, {
    model,
    training,
    data: { train: 's3://artifacts/train', label: 'label' },
  });
  const path = `/api/slipway/v1/pipelines/${model}/executions`;
  const { id } = (await platform.pipelines('POST', path, {})).body as { id: string };
  for (;;) {
    await platform.settle();
    const { body } = await platform.pipelines('GET', `/api/slipway/v1/executions/${id}`);
    const { status, outputs, cost } = body as {
      status: string;
      outputs: { run_id: string };
      cost: object;
    };
    if (status === 'SUCCEEDED') return { id, run: outputs.run_id, cost };
    expect(status).toBe('RUNNING');
  }
}

describe('the costs of an endpoint', () => {
  it('are those of its requests, by version', async () => {
    await serve('metered');
    await score('metered', 1, 2, 3);
    await platform.watch();
    const { serving, usd } = await costs({ endpoint: 'metered' });
    expect(serving).toMatchObject({ requests: 3, predictions: 6, truncated: false });
    expect(serving.versions).toMatchObject([{ version: '1', requests: 3 }]);
    // A row of one KB each, $0.625 a million; a request through API and function, $1.2 a million.
    expect(serving.write_units).toBe(3);
    const fixed = (3 * 0.625 + 3 * 1.2) / 1e6;
    expect(serving.usd).toBeCloseTo(fixed + serving.gb_seconds * 0.0000133334, 12);
    expect(serving.usd_per_million_predictions).toBeCloseTo((serving.usd / 6) * 1e6, 9);
    expect(usd).toBe(serving.usd);
  });

  it('are those of its instances besides, for as long as SageMaker had them', async () => {
    await serve('large');
    const { id = '' } = (await getEndpoint('large')) ?? {};
    const deployed = (variant: string, more: object = {}) => ({
      preparation: variant,
      model: variant === 'v2' ? 'other' : 'large',
      state: 'READY' as const,
      since: 0,
      deployment: {
        variant,
        instance_type: 'ml.g4dn.xlarge',
        instance_count: 2,
        ...more,
        location: { bucket: 'b', key: 'k' },
      },
    });
    const [one, two] = [deployed('v1'), deployed('v2', { scale_to_zero: true, instance_count: 1 })];
    const note = (hour: number, ...names: string[]) => {
      const variants = names.map((name) => ({ name, weight: 1 }));
      return noteInstances(id, [one, two], { variants }, hour * HOUR * 1000);
    };
    // Looks repeat; v1 is there from the first to the third hour, and again from the tenth.
    for (const hour of [1, 2]) await note(hour, 'v1');
    await note(3, 'v2');
    await note(4);
    await note(10, 'v1');
    const at = (hour: number) => new Date(hour * HOUR * 1000).toISOString();
    const hours = async (from: number, to: number) =>
      (await costs({ endpoint: 'large', from: at(from), to: at(to) })).instances;
    expect(await hours(0, 10)).toEqual({
      hours: 5,
      at_most: true,
      usd: expect.closeTo(5 * 0.7364, 9),
    });
    expect(await hours(2, 3)).toEqual({
      hours: 2,
      at_most: false,
      usd: expect.closeTo(2 * 0.7364, 9),
    });
    expect(await hours(9, 11)).toMatchObject({ hours: 2, at_most: false });
    // Two to five that come and go with the requests.
    const range = deployed('v3', { instance_maximum: 5 });
    for (const [hour, there] of [
      [20, 'v3'],
      [21, ''],
    ] as const) {
      const variants = [{ name: there, weight: 1 }];
      await noteInstances(id, [range], { variants }, hour * HOUR * 1000);
    }
    expect(await hours(20, 22)).toMatchObject({ hours: 5 + 4, at_most: true });
    const { usd, serving, instances } = await costs({ endpoint: 'large', to: at(10) });
    expect(usd).toBeCloseTo(serving.usd + (instances?.usd ?? 0), 9);
    // Of a model, those that serve its versions: v2 is another one's.
    const ofModel = await costs({ model: 'large', to: at(10) });
    expect(ofModel.instances).toEqual({
      hours: 4,
      at_most: false,
      usd: expect.closeTo(4 * 0.7364, 9),
    });
    expect(ofModel.usd).toBeCloseTo(ofModel.serving.usd + 4 * 0.7364, 9);
    const exotic = { ...one, deployment: { ...one.deployment, instance_type: 'ml.x9.huge' } };
    await noteInstances(
      id,
      [{ ...exotic, deployment: { ...exotic.deployment, variant: 'v3' } }],
      {
        variants: [{ name: 'v3', weight: 1 }],
      },
      20 * HOUR * 1000,
    );
    expect(await costs({ endpoint: 'large', to: at(21) })).toMatchObject({ usd: null });
  });

  it('are those of every length of windows that the log was ever cut into', async () => {
    await serve('recut');
    for (const monitor of [undefined, { granularity: 'PT1H' }, null, { granularity: 'P1D' }]) {
      const served_entities = [{ name: 'one', entity_name: 'recut', entity_version: '1' }];
      const path = '/api/2.0/serving-endpoints/recut/config';
      if (monitor !== undefined) {
        await platform.serving('PUT', path, { served_entities, monitor });
        await platform.settle();
        // The data path looks at most every 150 ms for what it serves.
        await pause(1000);
      }
      await score('recut', 1);
      // A day that nobody watched has no window, until somebody watches it again.
      if (monitor !== null) await platform.watch();
    }
    const { serving } = await costs({ endpoint: 'recut' });
    expect(serving).toMatchObject({ requests: 4, truncated: false });
  });

  it('read so many requests of the log at most, within a window too', async () => {
    await serve('busy');
    await score('busy', ...Array.from({ length: 30 }, () => 1));
    await platform.watch();
    const endpoint = await getEndpoint('busy');
    const period = { from: 0, to: Date.now() };
    const of = (maximum: number) => servingCosts([endpoint!], period, undefined, maximum);
    expect(await of(1000)).toMatchObject({ requests: 30, truncated: false });
    const bounded = await of(12);
    expect(bounded.truncated).toBe(true);
    expect(bounded.requests).toBeGreaterThan(0);
    expect(bounded.requests).toBeLessThanOrEqual(12);
  });

  it('are nothing in a time without requests', async () => {
    await serve('quiet');
    await score('quiet', 1);
    const { serving } = await costs({ endpoint: 'quiet', to: '2020-01-01T00:00:00Z' });
    expect(serving).toMatchObject({ requests: 0, usd: 0, usd_per_million_predictions: null });
  });

  it('are for those who may view it', async () => {
    await serve('private');
    const asked = (user: string, groups: string[]) =>
      getCosts({ endpoint: 'private' }, aContext({ actor: { user, groups } }));
    await expect(asked('local', [])).resolves.toMatchObject({ endpoint: 'private' });
    await expect(asked('bob', ['guests'])).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });
});

describe('a logged request', () => {
  it('stands for those that are not logged, of which there is the write that counts them', () => {
    const row = { statusCode: 200, rows: 2, executionTimeMs: 500, samplingFraction: 0.1 };
    expect(meterRequest(row as LogRow)).toEqual({
      requests: 10,
      predictions: 20,
      // Its row, and nine that only count.
      write_units: 10,
      gb_seconds: 5,
      puts: 0,
    });
  });

  it('takes the time of the function of Python models besides, at its memory', () => {
    const row = { statusCode: 200, rows: 2, executionTimeMs: 500, samplingFraction: 1 };
    const python = meterRequest({ ...row, pythonMs: 480 } as LogRow);
    expect(python.gb_seconds).toBeCloseTo(0.5 + 0.48 * (3008 / 1024), 9);
    // Waiting for mirrors is time of the function as well.
    const mirrored = meterRequest({ ...row, besidesMs: row.executionTimeMs } as LogRow);
    expect(mirrored.gb_seconds).toBeCloseTo(1, 9);
  });
});

describe('the costs of training', () => {
  it('are those of the execution that made the run, and the model', async () => {
    await createRegisteredModel({ name: 'trained' }, context);
    const training = { instance_type: 'ml.m5.xlarge', instance_count: 2, image: 'trainer' };
    const first = await train('trained', training);
    // Two instances for an hour at $0.23.
    expect(first.cost).toEqual({
      instance_type: 'ml.m5.xlarge',
      billable_seconds: 2 * HOUR,
      usd: 0.46,
    });
    expect(await costs({ run: first.run })).toMatchObject({
      run: first.run,
      usd: 0.46,
      training: { executions: [{ id: first.id }] },
    });
    await train('trained', training);
    const { usd, serving } = await costs({ model: 'trained' });
    expect(usd).toBeCloseTo(0.92, 12);
    expect(serving.requests).toBe(0);
  });

  it('are not known for an instance that the price list does not have', async () => {
    await createRegisteredModel({ name: 'exotic' }, context);
    await train('exotic', { instance_type: 'ml.x99.huge' });
    expect(await costs({ model: 'exotic' })).toMatchObject({
      usd: null,
      training: { billable_seconds: HOUR, usd: null },
    });
  });
});

describe('a question that cannot be answered', () => {
  it.each([
    [{}, 400],
    [{ endpoint: 'a', model: 'b' }, 400],
    [{ endpoint: 'a', from: 'yesterday' }, 400],
    [{ nonsense: 'a' }, 400],
    [{ endpoint: 'absent' }, 404],
    [{ model: 'absent' }, 404],
    [{ run: 'absent' }, 404],
  ])('%j is refused with %i', async (query, status) => {
    const answer = await ask(query as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ message: expect.stringMatching(/\S/) });
  });
});
