import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changesOf } from '../../../../functions/serving/endpoints/diff-configs.ts';
import type { EndpointConfig } from '../../../../functions/serving/endpoints/endpoint-config.ts';
import { aContext } from '../../../support/context.ts';
import { announced } from '../../../support/outbox.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';

let platform: Platform;
let name: string;
beforeAll(async () => {
  platform = await startPlatform();
  name = await serveTinyModel(platform, aContext());
});
afterAll(() => platform.stop());

const path = (rest: string) => `/api/slipway/v1/endpoints/${name}${rest}`;

describe('what differs between two configurations', () => {
  it('is told value by value, entities by their names, and lists as a whole', () => {
    const entity = (one: string, version: string) => ({
      name: one,
      entity_name: 'm',
      entity_version: version,
    });
    const before: EndpointConfig = {
      served_entities: [entity('main', '1'), entity('old', '2')],
      routes: { main: 100, old: 0 },
      mirror: {},
      inference_log: { drop: ['mail'] },
    };
    const after: EndpointConfig = {
      served_entities: [entity('main', '@champion')],
      routes: { main: 100 },
      mirror: {},
      sticky_key: 'customer',
      inference_log: { drop: ['mail', 'name'] },
    };
    expect(changesOf(before, after)).toEqual([
      { path: 'inference_log.drop', before: ['mail'], after: ['mail', 'name'] },
      { path: 'routes.old', before: 0, after: null },
      { path: 'served_entities.main.entity_version', before: '1', after: '@champion' },
      { path: 'served_entities.old.entity_name', before: 'm', after: null },
      { path: 'served_entities.old.entity_version', before: '2', after: null },
      { path: 'sticky_key', before: null, after: 'customer' },
    ]);
    expect(changesOf(after, after)).toEqual([]);
  });

  it('can be asked for, by default of the last change, and a rollback says why', async () => {
    const diff = (query = '') => platform.serving('GET', path(`/configs/diff${query}`));
    expect(await diff()).toMatchObject({ status: 400 });
    const served_entities = [{ name: 'main', entity_name: name, entity_version: '2' }];
    const config = `/api/2.0/serving-endpoints/${name}/config`;
    await platform.serving('PUT', config, { served_entities });
    await platform.settle();
    const change = {
      path: 'served_entities.main.entity_version',
      before: '@champion',
      after: '2',
    };
    expect(await diff()).toEqual({
      status: 200,
      body: { endpoint: name, from: 1, to: 2, changes: [change] },
    });
    await platform.serving('POST', path('/rollback'), { reason: 'version 2 is slow' });
    expect((await diff('?from=1&to=3')).body).toMatchObject({ changes: [] });
    expect((await diff('?from=3&to=2')).body).toMatchObject({ from: 3, to: 2, changes: [change] });
    expect(await diff('?from=9')).toMatchObject({ status: 404 });
    expect(await diff('?from=first')).toMatchObject({ status: 400 });
    const told = (await announced('platform')).find(({ type }) => type === 'EndpointRolledBack');
    expect(told).toMatchObject({
      data: { endpoint: name, from: 2, to: 1, reason: 'version 2 is slow' },
      text: `endpoint ${name} was rolled back from configuration 2 to 1: version 2 is slow`,
    });
  });
});
