import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { createModelVersion } from '../../../../functions/registry/versions/create-model-version.ts';
import { aContext } from '../../../support/context.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { trainTiny } from '../../../support/tiny-model.ts';

const model = 'rolled';
const context = aContext();
let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  await createRegisteredModel({ name: model }, context);
  for (let version = 1; version <= 2; version++) await trainTiny(platform, model, 'x', context);
  await createModelVersion({ name: model, source: 'mlflow-artifacts:/none' }, context);
});
afterAll(() => platform.stop());

const BROKEN = '3';
const endpoint = `/api/2.0/serving-endpoints/${model}`;
const configOf = (entity_version: string) => ({
  served_entities: [{ name: 'main', entity_name: model, entity_version }],
});

async function put(version: string) {
  await platform.serving('PUT', `${endpoint}/config`, configOf(version));
  await platform.settle();
}

async function rollback() {
  const path = `/api/slipway/v1/endpoints/${model}/rollback`;
  expect((await platform.serving('POST', path)).status).toBe(200);
  await platform.settle();
}

const get = async () => (await platform.serving('GET', endpoint)).body;

describe('a rollback', () => {
  it('goes to the configuration that was served last, whatever failed since', async () => {
    const config = configOf('1');
    await platform.serving('POST', '/api/2.0/serving-endpoints', { name: model, config });
    await platform.settle();
    for (let failure = 0; failure < 2; failure++) await put(BROKEN);
    expect(await get()).toMatchObject({ state: { config_update: 'UPDATE_FAILED' } });
    await rollback();
    const first = { served_entities: [{ entity_version: '1' }] };
    expect(await get()).toMatchObject({
      state: { config_update: 'NOT_UPDATING' },
      config: { config_version: 4, ...first },
    });
    await put(BROKEN);
    await put('2');
    expect(await get()).toMatchObject({ config: { config_version: 6 } });
    await rollback();
    expect(await get()).toMatchObject({ config: { config_version: 7, ...first } });
  });
});
