import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveAlias } from '../../../../functions/registry/aliases/move-alias.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { getLive } from '../../../../functions/serving/endpoints/endpoint-store.ts';
import { isDue, type Preparation } from '../../../../functions/serving/preparation/preparation.ts';
import { listPreparations } from '../../../../functions/serving/preparation/preparation-store.ts';
import { readEnvironment } from '../../../../functions/serving/preparation/read-environment.ts';
import { recordPreparation } from '../../../../functions/serving/preparation/record-preparation.ts';
import { aContext } from '../../../support/context.ts';
import { announced } from '../../../support/outbox.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { trainTiny } from '../../../support/tiny-model.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const context = { ...aContext(), clock: Date.now };
let names = 0;

/** A model whose version 1 is native and whose later ones Python alone can load. */
async function aModel(): Promise<string> {
  const { name } = await createRegisteredModel({ name: `python-${++names}` }, context);
  await trainTiny(platform, name, 'x', context);
  await trainPython(name);
  return name;
}

const trainPython = (model: string) =>
  trainTiny(platform, model, 'x', context, {
    files: { 'model/MLmodel': 'flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n' },
  });

async function endpointOf(model: string, entity_version: string): Promise<string> {
  const config = { served_entities: [{ name: 'main', entity_name: model, entity_version }] };
  await platform.serving('POST', '/api/2.0/serving-endpoints', { name: model, config });
  await platform.settle();
  return model;
}

const point = async (model: string, version: string) => {
  await moveAlias({ model, alias: 'champion', version, cause: 'request' }, context);
  await platform.settle();
};

interface Description {
  readonly id: string;
  readonly state: Record<string, string>;
  readonly config?: { readonly served_entities: readonly Entity[] };
  readonly pending_config?: { readonly served_entities: readonly Entity[] };
}

interface Entity {
  readonly resolved_version?: string;
  readonly state: { readonly deployment: string; readonly deployment_state_message: string };
}

const get = async (name: string) =>
  (await platform.serving<Description>('GET', `/api/2.0/serving-endpoints/${name}`)).body;

const requestsOf = async (endpoint: string) =>
  (await announced('platform')).filter(
    ({ type, data }) => type === 'ScorerRequested' && data.endpoint === endpoint,
  );

/** Records what the newest preparation has come to, as its execution does, and lets it be known. */
async function finish(endpoint: string, version: string, problem = ''): Promise<{ state: string }> {
  const request = (await requestsOf(endpoint)).at(-1);
  const recorded = await recordPreparation(
    {
      endpoint,
      endpoint_id: (await get(endpoint)).id,
      model: endpoint,
      version,
      problem,
      preparation: request?.id ?? '',
      environment: '0f3a',
      log: 'built',
    },
    context,
  );
  await platform.settle();
  return recorded;
}

describe('an endpoint of a Python model', () => {
  it('is being created until its model is loaded', async () => {
    const endpoint = await endpointOf(await aModel(), '2');
    expect(await get(endpoint)).toMatchObject({
      state: { ready: 'NOT_READY', config_update: 'IN_PROGRESS', summary: 'CREATING' },
      pending_config: { served_entities: [{ state: { deployment: 'DEPLOYMENT_CREATING' } }] },
    });
    expect(await requestsOf(endpoint)).toMatchObject([
      { data: { model: endpoint, version: '2', bucket: 'artifacts' } },
    ]);
    expect(await finish(endpoint, '2')).toEqual({ state: 'READY' });
    expect(await get(endpoint)).toMatchObject({
      state: { ready: 'READY', config_update: 'NOT_UPDATING', summary: 'READY' },
      config: { served_entities: [{ resolved_version: '2' }] },
    });
  });

  it('says why its model cannot be served, and tries again when asked to', async () => {
    const endpoint = await endpointOf(await aModel(), '2');
    await finish(endpoint, '2', 'no version of scikit-learn==99');
    const failed = await get(endpoint);
    expect(failed.state).toMatchObject({
      ready: 'NOT_READY',
      config_update: 'UPDATE_FAILED',
      summary: 'FAILED',
    });
    const [entity] = failed.pending_config?.served_entities ?? [];
    expect(entity?.state.deployment).toBe('DEPLOYMENT_FAILED');
    expect(entity?.state.deployment_state_message).toContain('no version of scikit-learn==99');
    expect(await requestsOf(endpoint)).toHaveLength(1);

    const config = {
      served_entities: [{ name: 'main', entity_name: endpoint, entity_version: '2' }],
    };
    await platform.serving('PUT', `/api/2.0/serving-endpoints/${endpoint}/config`, config);
    await platform.settle();
    expect(await requestsOf(endpoint)).toHaveLength(2);
    await finish(endpoint, '2');
    expect((await get(endpoint)).state.summary).toBe('READY');
  });

  it('goes on with the version it has while the alias leads to one that is prepared', async () => {
    const model = await aModel();
    await point(model, '1');
    const endpoint = await endpointOf(model, '@champion');
    await point(model, '2');
    expect(await get(endpoint)).toMatchObject({
      state: { ready: 'READY', config_update: 'IN_PROGRESS', summary: 'UPDATING' },
      config: { served_entities: [{ resolved_version: '1' }] },
    });
    const rows = { dataframe_records: [{ x: 0.9 }] };
    expect((await platform.invoke(endpoint, rows)).headers['slipway-model-version']).toBe('1');
    await finish(endpoint, '2');
    expect(await get(endpoint)).toMatchObject({
      state: { summary: 'READY' },
      config: { served_entities: [{ resolved_version: '2' }] },
    });
  });

  it('has a process for each set of variables, and switches to one when it is loaded', async () => {
    const endpoint = await aModel();
    const of = (name: string, environment_vars: object) => ({
      name,
      entity_name: endpoint,
      entity_version: '2',
      environment_vars,
    });
    const share = (served_entity_name: string) => ({ served_entity_name, traffic_percentage: 50 });
    const configOf = (secret: string) => ({
      served_entities: [of('main', { MODE: secret }), of('other', { MODE: 'other' })],
      traffic_config: { routes: [share('main'), share('other')] },
    });
    const created = { name: endpoint, config: configOf('first-value') };
    await platform.serving('POST', '/api/2.0/serving-endpoints', created);
    await platform.settle();
    const { id } = await get(endpoint);
    const variables = async () =>
      (await getLive(endpoint))?.entities.map(({ environmentVars }) => environmentVars?.MODE);
    const finishAll = async () => {
      for (const { preparation } of await listPreparations(id)) {
        const about = { preparation, endpoint, endpoint_id: id, model: endpoint, version: '2' };
        await recordPreparation({ ...about, problem: '', environment: '0f3a', log: '' }, context);
      }
      await platform.settle();
    };
    expect(await requestsOf(endpoint)).toHaveLength(2);
    // Each execution reads those of its own preparation; one that was replaced reads none.
    const read = async (preparation: string, version = '2') => {
      const asked = { endpoint_id: id, model: endpoint, version, preparation };
      return (await readEnvironment(asked)).environment_vars.MODE;
    };
    const asked = (await listPreparations(id)).map(({ preparation }) => preparation);
    const modes = await Promise.all(asked.map((preparation) => read(preparation)));
    expect(modes.sort()).toEqual(['first-value', 'other']);
    expect(await read('replaced')).toBeUndefined();
    expect(await read(asked[0] ?? '', '20')).toBeUndefined();
    await finishAll();
    expect(await variables()).toEqual(['first-value', 'other']);
    expect((await get(endpoint)).config).toMatchObject({
      served_entities: [
        { environment_vars: { MODE: 'first-value' } },
        { environment_vars: { MODE: 'other' } },
      ],
    });

    const path = `/api/2.0/serving-endpoints/${endpoint}/config`;
    const changed = await platform.serving('PUT', path, configOf('second-value'));
    expect(changed.body).toMatchObject({
      pending_config: { served_entities: [{ environment_vars: { MODE: 'second-value' } }, {}] },
    });
    await platform.settle();
    expect(await requestsOf(endpoint)).toHaveLength(3);
    expect(await variables()).toEqual(['first-value', 'other']);
    await finishAll();
    expect(await variables()).toEqual(['second-value', 'other']);
    expect(JSON.stringify(await announced('platform'))).not.toMatch(/(first|second)-value/);
  });

  it('is rolled out when somebody asked for that before it was prepared', async () => {
    const model = await aModel();
    const endpoint = await endpointOf(model, '1');
    const path = `/api/slipway/v1/endpoints/${endpoint}/rollouts`;
    const asked = await platform.serving('POST', path, {
      version: '2',
      rollout: { strategy: 'canary', percentage: 10, bake: { requests: 1 } },
    });
    expect(asked).toMatchObject({ status: 200, body: { status: 'RUNNING' } });
    await finish(endpoint, '2');
    const { id } = asked.body as { id: string };
    expect((await platform.serving('GET', `${path}/${id}`)).body).toMatchObject({
      status: 'RUNNING',
    });
  });

  it('does not listen to a preparation that nobody waits for any more', async () => {
    const model = await aModel();
    await point(model, '1');
    const endpoint = await endpointOf(model, '@champion');
    await point(model, '2');
    await finish(endpoint, '2', 'too slow');
    expect(await get(endpoint)).toMatchObject({
      state: { ready: 'READY', summary: 'DEGRADED' },
      config: { served_entities: [{ resolved_version: '1' }] },
    });
    expect(await finish(endpoint, '2')).toEqual({ state: 'SUPERSEDED' });
    expect((await get(endpoint)).state.summary).toBe('DEGRADED');
  });
});

describe('the build log of a served model', () => {
  const logsOf = (endpoint: string, entity: string) =>
    platform.serving(
      'GET',
      `/api/2.0/serving-endpoints/${endpoint}/served-models/${entity}/build-logs`,
    );

  it('is what was printed while it was brought up, also when that failed', async () => {
    const endpoint = await endpointOf(await aModel(), '2');
    expect((await logsOf(endpoint, 'main')).body).toEqual({ logs: '' });
    const [request] = await requestsOf(endpoint);
    await platform.put(`environments/logs/${request?.id}.txt`, 'fetching 5 files\nbuilding');
    expect((await logsOf(endpoint, 'main')).body).toEqual({ logs: 'fetching 5 files\nbuilding' });
    await finish(endpoint, '2', 'no such package');
    expect((await logsOf(endpoint, 'main')).body).toEqual({ logs: 'built' });
  });

  it('is that of an entity which exists', async () => {
    const endpoint = await endpointOf(await aModel(), '1');
    expect((await logsOf(endpoint, 'main')).body).toEqual({ logs: '' });
    expect(await logsOf(endpoint, 'other')).toMatchObject({
      status: 404,
      body: { message: `Endpoint '${endpoint}' has no served entity 'other'` },
    });
  });
});

describe('a preparation whose execution was stopped by AWS', () => {
  it('has failed, and the endpoint says why', async () => {
    const endpoint = await endpointOf(await aModel(), '2');
    const request = (await requestsOf(endpoint)).at(-1);
    await platform.fail({
      'detail-type': 'Step Functions Execution Status Change',
      detail: {
        stateMachineArn: process.env.STATE_MACHINE_PREPARE,
        name: request?.id,
        status: 'ABORTED',
        input: JSON.stringify({
          endpoint,
          endpoint_id: (await get(endpoint)).id,
          model: endpoint,
          version: '2',
        }),
        error: 'Maintenance',
        cause: 'not tonight',
      },
    });
    await platform.settle();
    expect(await get(endpoint)).toMatchObject({
      pending_config: {
        served_entities: [
          {
            state: {
              deployment: 'DEPLOYMENT_FAILED',
              deployment_state_message: expect.stringContaining('Maintenance: not tonight'),
            },
          },
        ],
      },
    });
  });
});

describe('a preparation', () => {
  const row = (state: Preparation['state']): Preparation => ({
    preparation: 'p',
    endpoint: 'e',
    model: 'm',
    version: '1',
    state,
    since: 0,
  });
  const MINUTE = 60_000;

  it('is due when there was none, or its model is no longer warm', () => {
    expect(isDue(undefined, 0, false)).toBe(true);
    expect(isDue(row('READY'), 9 * MINUTE, true)).toBe(false);
    expect(isDue(row('READY'), 10 * MINUTE, false)).toBe(true);
  });

  it('is waited for, but not for ever', () => {
    expect(isDue(row('PREPARING'), 16 * MINUTE, true)).toBe(false);
    expect(isDue(row('PREPARING'), 60 * MINUTE, false)).toBe(true);
  });

  it('that failed is repeated only for somebody who asks again', () => {
    expect(isDue(row('FAILED'), 60 * MINUTE, false)).toBe(false);
    expect(isDue(row('FAILED'), 1, true)).toBe(true);
  });
});
