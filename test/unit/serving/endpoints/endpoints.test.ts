import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteAlias, moveAlias } from '../../../../functions/registry/aliases/move-alias.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { aContext } from '../../../support/context.ts';
import { announced } from '../../../support/outbox.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { trainTiny } from '../../../support/tiny-model.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const context = aContext();
let names = 0;
/** A model of its own for every test: they share the tables. */
const newModel = async () => (await createRegisteredModel({ name: `m${++names}` }, context)).name;

const create = (name: string, config: object) =>
  platform.serving('POST', '/api/2.0/serving-endpoints', { name, config });
const get = async (name: string) =>
  (await platform.serving('GET', `/api/2.0/serving-endpoints/${name}`)).body as {
    state: Record<string, string>;
    config?: { config_version: number; served_entities: Record<string, unknown>[] };
    pending_config?: object;
  };
const champion = (model: string) => ({
  served_entities: [{ name: 'main', entity_name: model, entity_version: '@champion' }],
});
const pinned = (model: string, version: string) => ({
  served_entities: [{ name: 'main', entity_name: model, entity_version: version }],
});
const point = (model: string, version: string) =>
  moveAlias({ model, alias: 'champion', version, cause: 'request' }, context);
const ask = (name: string, x = 0.9) =>
  platform.invoke(name, { dataframe_records: [{ x, z: 0.1, n: 0 }] });
const eventsOf = async (name: string, type: string) =>
  (await announced('platform')).filter(
    (event) => event.type === type && event.data.endpoint === name,
  );

describe('an endpoint of a version', () => {
  it('goes live once its version is prepared, and reads back as it was sent', async () => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context);
    const created = await create(model, pinned(model, '1'));
    expect(created).toMatchObject({
      status: 200,
      body: {
        name: model,
        creator: 'local',
        state: { ready: 'NOT_READY', config_update: 'IN_PROGRESS', summary: 'CREATING' },
        pending_config: { config_version: 1 },
      },
    });
    await platform.settle();

    expect(await get(model)).toMatchObject({
      state: { ready: 'READY', config_update: 'NOT_UPDATING', summary: 'READY' },
      config: {
        config_version: 1,
        served_entities: [
          {
            name: 'main',
            entity_name: model,
            entity_version: '1',
            resolved_version: '1',
            state: { deployment: 'DEPLOYMENT_READY' },
          },
        ],
        served_models: [{ model_name: model, model_version: '1' }],
        traffic_config: { routes: [{ served_model_name: 'main', traffic_percentage: 100 }] },
        monitor: { granularity: 'P1D' },
      },
    });
    expect((await ask(model)).status).toBe(200);
    const { body } = await platform.serving('GET', '/api/2.0/serving-endpoints');
    expect((body as { endpoints: object[] }).endpoints).toContainEqual(
      expect.objectContaining({ name: model }),
    );
  });

  it('is refused for a version that does not exist, and for a name that is taken', async () => {
    const model = await newModel();
    expect(await create(model, pinned(model, '1'))).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
    await trainTiny(platform, model, 'x', context);
    await create(model, pinned(model, '1'));
    expect(await create(model, pinned(model, '1'))).toMatchObject({
      status: 400,
      body: { error_code: 'RESOURCE_ALREADY_EXISTS' },
    });
  });

  it('says why it cannot serve, and tells it once', async () => {
    const model = await newModel();
    const files = { 'model/model.gbdt.json': '{"format": "something else"}' };
    await trainTiny(platform, model, 'x', context, { files });
    await create(model, pinned(model, '1'));
    await platform.settle((rows) => [...rows, ...rows]);

    expect(await get(model)).toMatchObject({
      state: {
        ready: 'NOT_READY',
        summary: 'FAILED',
        config_update: 'UPDATE_FAILED',
        message: expect.stringContaining('slipway.gbdt'),
      },
    });
    expect(await eventsOf(model, 'EndpointSwitchFailed')).toHaveLength(1);
    expect(await ask(model)).toMatchObject({
      status: 503,
      body: { error_code: 'TEMPORARILY_UNAVAILABLE' },
    });
  });

  it('cannot serve a source that nobody here can read', async () => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context, { files: { 'model/MLmodel': null } });
    await create(model, pinned(model, '1'));
    await platform.settle();
    expect((await get(model)).state).toMatchObject({
      summary: 'FAILED',
      message: expect.stringContaining('MLmodel does not exist'),
    });
  });
});

describe('an endpoint of an alias', () => {
  it('waits for the alias, goes live with it, and follows every move', async () => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context);
    await trainTiny(platform, model, 'n', context);
    await create(model, champion(model));
    await platform.settle();
    expect((await get(model)).state).toMatchObject({
      ready: 'NOT_READY',
      summary: 'WAITING_FOR_ALIAS',
    });

    await point(model, '1');
    await platform.settle();
    expect((await ask(model)).headers['slipway-model-version']).toBe('1');

    await point(model, '2');
    await platform.settle();
    expect((await get(model)).config?.served_entities[0]).toMatchObject({
      entity_version: '@champion',
      resolved_version: '2',
    });
    expect((await eventsOf(model, 'EndpointVersionSwitched')).map(({ data }) => data)).toEqual([
      expect.objectContaining({ from: null, to: '1', entity: 'main' }),
      expect.objectContaining({ from: '1', to: '2', cause: 'request' }),
    ]);
  });

  it('ends at the same version whatever becomes of the events', async () => {
    const model = await newModel();
    for (const column of ['x', 'z', 'n'] as const)
      await trainTiny(platform, model, column, context);
    await create(model, champion(model));
    for (const version of ['1', '2', '3', '2']) await point(model, version);
    await platform.settle((rows) => [...rows].reverse().flatMap((row) => [row, row]));

    expect((await get(model)).config?.served_entities[0]).toMatchObject({ resolved_version: '2' });
    expect(await eventsOf(model, 'EndpointVersionSwitched')).toHaveLength(1);
  });

  it('stays with the old version when the new one cannot be prepared, and recovers', async () => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context);
    await trainTiny(platform, model, 'x', context, { files: { 'model/model.gbdt.json': null } });
    await point(model, '1');
    await create(model, champion(model));
    await platform.settle();

    await point(model, '2');
    await platform.settle();
    expect(await get(model)).toMatchObject({
      state: { ready: 'READY', summary: 'DEGRADED', message: expect.stringContaining('Version 2') },
      config: { served_entities: [{ resolved_version: '1' }] },
    });
    expect((await ask(model)).headers['slipway-model-version']).toBe('1');

    await point(model, '1');
    await platform.settle();
    expect((await get(model)).state.summary).toBe('READY');
  });

  it('is not the only one that follows it', async () => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context);
    await trainTiny(platform, model, 'n', context);
    await point(model, '1');
    const endpoints = [`${model}-a`, `${model}-b`, `${model}-c`];
    for (const name of endpoints) await create(name, champion(model));
    await platform.settle();
    await point(model, '2');
    await platform.settle();
    const versions = endpoints.map(
      async (name) => (await ask(name)).headers['slipway-model-version'],
    );
    expect(await Promise.all(versions)).toEqual(['2', '2', '2']);
  });

  it.each([
    ['no value of its column', { columns: ['n'], data: [['much']] }],
    ['another column', { columns: ['z'], data: [[0.5]] }],
  ])('stays with the old version when the new one’s input example has %s', async (_, example) => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context);
    const files = { 'model/input_example.json': JSON.stringify(example) };
    await trainTiny(platform, model, 'n', context, { files });
    await point(model, '1');
    await create(model, champion(model));
    await platform.settle();
    await point(model, '2');
    await platform.settle();
    expect((await get(model)).state).toMatchObject({
      summary: 'DEGRADED',
      message: expect.stringMatching(/Version 2 of .* cannot be served: .*\bn\b/),
    });
    expect((await ask(model)).headers['slipway-model-version']).toBe('1');
  });

  it('goes on with the last version when the alias is deleted, and says so', async () => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context);
    await point(model, '1');
    await create(model, champion(model));
    await platform.settle();

    await deleteAlias({ name: model, alias: 'champion' }, context);
    await platform.settle((rows) => [...rows, ...rows]);
    expect((await get(model)).state).toMatchObject({ ready: 'READY', summary: 'DEGRADED' });
    expect((await ask(model)).status).toBe(200);
    expect(await eventsOf(model, 'EndpointDegraded')).toHaveLength(1);
  });

  it('serves the champion while its mirror waits for a challenger', async () => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context);
    await point(model, '1');
    await create(model, {
      served_entities: [
        { name: 'main', entity_name: model, entity_version: '@champion' },
        { name: 'shadow', entity_name: model, entity_version: '@challenger' },
      ],
      traffic_config: {
        routes: [{ served_entity_name: 'main', traffic_percentage: 100 }],
        mirror: [{ served_entity_name: 'shadow', percentage: 100 }],
      },
    });
    await platform.settle();
    expect((await get(model)).state).toMatchObject({ summary: 'READY' });
    expect((await ask(model)).headers['served-model-name']).toBe('main');
  });
});

describe('configurations', () => {
  it('are numbered, never change, and any of them can be served again', async () => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context);
    await trainTiny(platform, model, 'n', context);
    await create(model, pinned(model, '1'));
    await platform.settle();
    const put = await platform.serving(
      'PUT',
      `/api/2.0/serving-endpoints/${model}/config`,
      pinned(model, '2'),
    );
    expect(put).toMatchObject({
      status: 200,
      body: {
        state: { ready: 'READY', config_update: 'IN_PROGRESS', summary: 'UPDATING' },
        config: { config_version: 1 },
        pending_config: { config_version: 2 },
      },
    });
    await platform.settle();
    expect((await get(model)).config).toMatchObject({ config_version: 2 });

    const rollback = `/api/slipway/v1/endpoints/${model}/rollback`;
    expect((await platform.serving('POST', rollback)).status).toBe(200);
    await platform.settle();
    expect((await get(model)).config).toMatchObject({
      config_version: 3,
      served_entities: [{ entity_version: '1' }],
    });
    expect((await eventsOf(model, 'EndpointRolledBack'))[0]?.data).toMatchObject({
      config: 3,
      from: 2,
      to: 1,
    });
    const { body } = await platform.serving('GET', `/api/slipway/v1/endpoints/${model}/configs`);
    expect(
      (body as { configs: { config_version: number; served: boolean }[] }).configs.map(
        ({ config_version, served }) => [config_version, served],
      ),
    ).toEqual([
      [3, true],
      [2, false],
      [1, false],
    ]);
  });

  it('that cannot be served leave the old one in place, which still follows its alias', async () => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context);
    await trainTiny(platform, model, 'n', context);
    await trainTiny(platform, model, 'n', context, { files: { 'model/MLmodel': null } });
    await point(model, '1');
    await create(model, champion(model));
    await platform.settle();
    await platform.serving('PUT', `/api/2.0/serving-endpoints/${model}/config`, pinned(model, '3'));
    await platform.settle();
    expect(await get(model)).toMatchObject({
      state: { ready: 'READY', config_update: 'UPDATE_FAILED', summary: 'DEGRADED' },
      config: { config_version: 1 },
      pending_config: { config_version: 2 },
    });

    await point(model, '2');
    await platform.settle();
    expect((await eventsOf(model, 'EndpointVersionSwitched')).at(-1)?.data).toMatchObject({
      from: '1',
      to: '2',
    });
  });

  it('keep the monitor that a client does not know of', async () => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context);
    const monitor = { timestamp_column: 'at', granularity: 'PT1H' };
    await create(model, { ...pinned(model, '1'), monitor });
    await platform.settle();
    const path = `/api/2.0/serving-endpoints/${model}/config`;
    await platform.serving('PUT', path, pinned(model, '1'));
    await platform.settle();
    expect((await get(model)).config).toMatchObject({ config_version: 2, monitor });
    await platform.serving('PUT', path, { ...pinned(model, '1'), monitor: null });
    await platform.settle();
    expect((await get(model)).config).not.toHaveProperty('monitor');
  });

  it('have nothing to roll back to at first', async () => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context);
    await create(model, pinned(model, '1'));
    const path = `/api/slipway/v1/endpoints/${model}/rollback`;
    expect((await platform.serving('POST', path)).status).toBe(409);
    expect((await platform.serving('POST', path, { reason: '' })).status).toBe(400);
    expect((await platform.serving('POST', path, { config_version: 7 })).status).toBe(404);
    expect((await platform.serving('POST', path, { version: 1 })).status).toBe(400);
  });
});

describe('a deleted endpoint', () => {
  it('answers no more, and a namesake starts with configuration 1', async () => {
    const model = await newModel();
    await trainTiny(platform, model, 'x', context);
    await create(model, pinned(model, '1'));
    await platform.settle();
    await platform.serving('PUT', `/api/2.0/serving-endpoints/${model}/config`, pinned(model, '1'));
    await platform.settle();
    expect(await platform.serving('DELETE', `/api/2.0/serving-endpoints/${model}`)).toMatchObject({
      status: 200,
      body: {},
    });
    await platform.settle();
    expect((await ask(model)).status).toBe(404);

    await create(model, pinned(model, '1'));
    await platform.settle();
    const { body } = await platform.serving('GET', `/api/slipway/v1/endpoints/${model}/configs`);
    expect((body as { configs: object[] }).configs).toHaveLength(1);
    expect((await ask(model)).status).toBe(200);
  });
});
