import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';
import {
  answerOf,
  moveChampion,
  SWITCHED,
  serveTwoVersions,
  switchUnderLoad,
} from '../../support/switches.ts';

const host = new TestHost();
beforeAll(async () => {
  await host.start();
  await serveTwoVersions(host);
});
afterAll(() => host.stop());

describe('a switch under load', () => {
  it('costs no request its answer, and no answer comes from two versions', async () => {
    expect(await answerOf(host, '1')).toContain('predictions');
    const result = await switchUnderLoad(host, { connections: 16, switches: 6 });
    expect(result.failures).toEqual([]);
    expect(result.mixed).toBe(0);
    expect(result.firstNewMs).toHaveLength(6);
    expect(result.requests).toBeGreaterThan(100);
  });
});

describe('a rollout', () => {
  it('starts with the alias, is watched under load and promoted by its execution', async () => {
    await moveChampion(host, '1');
    const config = {
      served_entities: [{ name: 'main', entity_name: SWITCHED, entity_version: '@champion' }],
      traffic_config: {
        rollout: {
          strategy: 'linear',
          percentage: 50,
          bake: { requests: 50 },
          minimum_samples: 50,
          interval: 'PT1S',
          analysis: { errors: { tolerance: 0.05 }, latency: null },
        },
      },
    };
    const path = `/api/2.0/serving-endpoints/${SWITCHED}`;
    expect((await host.call('PUT', `${path}/config`, config)).status).toBe(200);
    await expect
      .poll(async () => (await host.call('GET', path)).body)
      .toMatchObject({
        state: { summary: 'READY' },
        config: { traffic_config: config.traffic_config },
      });
    // With a rollout the callers hear of both versions, and must ask on until the new one has taken over.
    let rollout = '';
    const to = async (version: string) => {
      await moveChampion(host, version);
      const promoted = await host.waitFor('RolloutPromoted', { endpoint: SWITCHED, to: version });
      rollout = String(promoted.data.rollout_id);
    };
    const result = await switchUnderLoad(host, { connections: 8, switches: 1, to });
    expect(result.failures).toEqual([]);
    expect(result.mixed).toBe(0);
    const { body } = await host.call(
      'GET',
      `/api/slipway/v1/endpoints/${SWITCHED}/rollouts/${rollout}`,
    );
    expect(body).toMatchObject({ status: 'PROMOTED', analysis: { errors: { tolerance: 0.05 } } });
  });
});
