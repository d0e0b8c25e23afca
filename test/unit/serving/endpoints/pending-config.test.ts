import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { aContext } from '../../../support/context.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { trainTiny } from '../../../support/tiny-model.ts';

const model = 'pending';
const endpoint = `/api/2.0/serving-endpoints/${model}`;
const context = aContext();
let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  await createRegisteredModel({ name: model }, context);
  await trainTiny(platform, model, 'x', context);
  await trainTiny(platform, model, 'x', context, { files: { 'model/model.gbdt.json': null } });
});
afterAll(() => platform.stop());

const configOf = (entity_version: string) => ({
  served_entities: [{ name: 'main', entity_name: model, entity_version }],
});

async function put(version: string) {
  await platform.serving('PUT', `${endpoint}/config`, configOf(version));
  await platform.settle();
  return (await platform.serving('GET', endpoint)).body;
}

it('what is served is shown as ready while the configuration after that cannot be served', async () => {
  const config = configOf('1');
  await platform.serving('POST', '/api/2.0/serving-endpoints', { name: model, config });
  await platform.settle();
  const ready = { deployment: 'DEPLOYMENT_READY', deployment_state_message: '' };
  const failed = { deployment: 'DEPLOYMENT_FAILED' };
  expect(await put('2')).toMatchObject({
    state: { ready: 'READY', config_update: 'UPDATE_FAILED' },
    config: { served_entities: [{ entity_version: '1', resolved_version: '1', state: ready }] },
    pending_config: { served_entities: [{ entity_version: '2', state: failed }] },
  });
  const now = await put('1');
  expect(now).toMatchObject({ state: { summary: 'READY', config_update: 'NOT_UPDATING' } });
  expect(now).not.toHaveProperty('pending_config');
});
