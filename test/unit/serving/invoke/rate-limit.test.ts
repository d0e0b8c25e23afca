import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RateLimit } from '../../../../functions/serving/endpoints/endpoint-settings.ts';
import { countRequest } from '../../../../functions/serving/invoke/rate-limit.ts';
import { platformTable } from '../../../../functions/serving/table.ts';
import { getItem } from '../../../../functions/shared/dynamo/index.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([platformTable]);
});
afterAll(() => dynamo.stop());

const NOW = Date.parse('2026-11-21T10:00:12.500Z');
let endpoints = 0;

type Limit = Pick<RateLimit, 'key'> & Partial<RateLimit>;

/** Asks as somebody; answers the kind of the limit that is used up, if one is. */
function anEndpoint(...limits: readonly Limit[]) {
  const all = limits.map((limit) => ({ calls: 1, renewal_period: 'minute' as const, ...limit }));
  const live = { endpointId: `e${++endpoints}`, limits: all };
  const ask = (user: string, groups: readonly string[] = [], now = NOW) =>
    countRequest(live, { user, groups: [...groups] }, now);
  return {
    ask,
    refused: async (...given: Parameters<typeof ask>) => (await ask(...given))?.limit.key,
    id: live.endpointId,
  };
}

describe('countRequest', () => {
  it('lets as many through as the limit says, and tells the seconds to the next minute', async () => {
    const { ask } = anEndpoint({ key: 'endpoint', calls: 2 });
    expect([await ask('ana'), await ask('ben')]).toEqual([undefined, undefined]);
    expect(await ask('eve')).toMatchObject({ retryAfterSeconds: 48, limit: { calls: 2 } });
    expect(await ask('eve', [], NOW + 47_499)).toMatchObject({ retryAfterSeconds: 1 });
    expect(await ask('eve', [], NOW + 47_500)).toBeUndefined();
  });

  it('counts each endpoint, and each user of a limit by user, alone', async () => {
    const [one, other] = [anEndpoint({ key: 'user' }), anEndpoint({ key: 'user' })];
    expect(await one.refused('ana')).toBeUndefined();
    expect(await one.refused('ben')).toBeUndefined();
    expect(await other.refused('ana')).toBeUndefined();
    expect(await one.refused('ana')).toBe('user');
  });

  it('counts nobody but its principal towards a user’s own limit, beside that of each', async () => {
    const { refused } = anEndpoint({ key: 'user', calls: 2 }, { key: 'user', principal: 'ana' });
    expect([await refused('ben'), await refused('ben')]).toEqual([undefined, undefined]);
    expect(await refused('ben')).toBe('user');
    // Were both counted together, her first request would be the second.
    expect(await refused('ana')).toBeUndefined();
    expect(await refused('ana')).toBe('user');
  });

  it('lets who has a limit of their own pass by those of each user and of their groups', async () => {
    const { refused } = anEndpoint(
      { key: 'user' },
      { key: 'user_group', principal: 'ops' },
      { key: 'user', principal: 'ana', calls: 3 },
    );
    for (let i = 0; i < 3; i++) expect(await refused('ana', ['ops'])).toBeUndefined();
    expect(await refused('ana', ['ops'])).toBe('user');
    // Hers were not counted towards the group's.
    expect(await refused('ben', ['ops'])).toBeUndefined();
    expect(await refused('ben', ['ops'])).toBe('user_group');
  });

  it('refuses a member of several groups once the limits of all of them are used up', async () => {
    const { refused } = anEndpoint(
      { key: 'user' },
      { key: 'user_group', principal: 'ops' },
      { key: 'user_group', principal: 'ml', calls: 3 },
    );
    for (let i = 0; i < 3; i++) expect(await refused('ana', ['ops', 'ml'])).toBeUndefined();
    expect(await refused('ana', ['ops', 'ml'])).toBe('user_group');
    // Who is in no group has the limit of each user.
    expect([await refused('eve'), await refused('eve')]).toEqual([undefined, 'user']);
  });

  it('holds everybody to the limit of the endpoint', async () => {
    const { refused } = anEndpoint(
      { key: 'endpoint' },
      { key: 'user', principal: 'ana', calls: 9 },
    );
    expect([await refused('ana'), await refused('ana')]).toEqual([undefined, 'endpoint']);
  });

  it('counts the members of a group together, and nobody else', async () => {
    const { refused } = anEndpoint({ key: 'user_group', principal: 'ops' });
    expect(await refused('ana', ['ops'])).toBeUndefined();
    expect(await refused('eve', ['ml'])).toBeUndefined();
    expect(await refused('ben', ['ml', 'ops'])).toBe('user_group');
  });

  it('counts a service principal by its name, and nobody else', async () => {
    const { refused } = anEndpoint({ key: 'service_principal', principal: 'robot' });
    expect([await refused('robot'), await refused('ana')]).toEqual([undefined, undefined]);
    expect(await refused('ana')).toBeUndefined();
    expect(await refused('robot')).toBe('service_principal');
  });

  it('keeps a counter for five minutes after its own, for clocks that disagree', async () => {
    const { ask, id } = anEndpoint({ key: 'endpoint' });
    await ask('ana');
    const minute = Math.floor(NOW / 60_000);
    const row = { pk: `RATE#${id}#endpoint`, sk: String(minute) };
    expect(await getItem('platform', row)).toMatchObject({
      calls: 1,
      expiresAt: (minute + 1) * 60 + 300,
    });
  });
});
