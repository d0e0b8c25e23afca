import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLogPayload } from '../../../../functions/serving/index.ts';
import { aContext } from '../../../support/context.ts';
import { loggedRequests } from '../../../support/inference-log.ts';
import { announced } from '../../../support/outbox.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const context = aContext();
const anEndpoint = (more: Parameters<typeof serveTinyModel>[2] = {}) =>
  serveTinyModel(platform, context, more);
const path = (name: string, more = '') => `/api/2.0/serving-endpoints/${name}${more}`;
const row = { dataframe_records: [{ x: 0.9, z: 0.1, n: 0.5 }] };

/** Requests with one more than two minutes' worth of a limit of two: a turn of the minute is no matter. */
async function fiveRequests(name: string, headers: Record<string, string> = {}) {
  const answers = [];
  for (let i = 0; i < 5; i++) answers.push(await platform.invoke(name, row, headers));
  return answers;
}

describe('tags', () => {
  it('that several people change at once are all there', async () => {
    const name = await anEndpoint();
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const answers = await Promise.all(
      keys.map((key) => platform.serving('PATCH', path(name, '/tags'), { add_tags: [{ key }] })),
    );
    expect(answers.map(({ status }) => status)).toEqual(keys.map(() => 200));
    const { body } = await platform.serving<{ tags: { key: string }[] }>('GET', path(name));
    expect(body.tags.map(({ key }) => key).sort()).toEqual(keys);
  });

  it('are added, replaced and taken away', async () => {
    const name = await anEndpoint({ tags: [{ key: 'team', value: 'ops' }, { key: 'old' }] });
    const answer = await platform.serving('PATCH', path(name, '/tags'), {
      add_tags: [{ key: 'team', value: 'ml' }, { key: 'tier' }],
      delete_tags: ['old', 'never there'],
    });
    const tags = [{ key: 'team', value: 'ml' }, { key: 'tier' }];
    expect(answer).toEqual({ status: 200, body: { tags } });
    expect((await platform.serving('GET', path(name))).body).toMatchObject({ tags });
    await platform.settle();
    expect(await announced('platform')).toContainEqual(
      expect.objectContaining({
        type: 'EndpointSettingsChanged',
        data: {
          endpoint: name,
          changed: ['tags'],
          values: { tags },
          previous_values: { tags: [{ key: 'team', value: 'ops' }, { key: 'old' }] },
        },
      }),
    );
  });

  it('are only named by their event when they are long', async () => {
    const name = await anEndpoint();
    const add_tags = Array.from({ length: 60 }, (_, i) => ({
      key: `k${i}`,
      value: 'v'.repeat(999),
    }));
    expect((await platform.serving('PATCH', path(name, '/tags'), { add_tags })).status).toBe(200);
    await platform.settle();
    const changes = (await announced('platform')).filter(({ data }) => data.endpoint === name);
    expect(changes.at(-1)?.data).toEqual({ endpoint: name, changed: ['tags'] });
  });

  it('are refused for an endpoint that does not exist', async () => {
    expect(await platform.serving('PATCH', path('none', '/tags'), {})).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
  });
});

describe('a rate limit', () => {
  const limit = { calls: 2, key: 'endpoint', renewal_period: 'minute' };

  it('answers 429 with the time to wait, and logs nothing of what it refuses', async () => {
    const name = await anEndpoint();
    // Without a key it is the endpoint's, as Databricks has it.
    const { key: _, ...keyless } = limit;
    const body = { rate_limits: [keyless] };
    const put = await platform.serving('PUT', path(name, '/rate-limits'), body);
    expect(put).toEqual({ status: 200, body: { rate_limits: [limit] } });
    await platform.settle();
    await expect.poll(async () => (await platform.invoke(name, row)).status).toBe(429);
    const answers = await fiveRequests(name);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.body).toMatchObject({ error_code: 'REQUEST_LIMIT_EXCEEDED' });
    const wait = Number(refused[0]?.headers['retry-after']);
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(wait).toBeLessThanOrEqual(60);
    const logged = await loggedRequests(name);
    expect(logged.every((entry) => entry.statusCode === 200)).toBe(true);
  });

  it('by user is counted for each user', async () => {
    const limits = { rate_limits: [{ calls: 2, key: 'user', renewal_period: 'minute' }] };
    const name = await anEndpoint({ ai_gateway: limits });
    const basic = (user: string) => `Basic ${Buffer.from(`${user}:x`).toString('base64')}`;
    const ana = await fiveRequests(name, { authorization: basic('ana') });
    expect(ana.some(({ status }) => status === 429)).toBe(true);
    const ben = await platform.invoke(name, row, { authorization: basic('ben') });
    expect(ben.status).toBe(200);
  });

  it.each([
    [{ rate_limits: [{ key: 'endpoint' }] }, 400, /needs calls/],
    [{ rate_limits: [{ calls: 1, key: 'user_group' }] }, 400, /needs a principal/],
    [{ rate_limits: [{ calls: 1, key: 'everybody' }] }, 400, /rate_limits\.0\.key/],
    [{ rate_limits: [{ calls: -1, key: 'user' }] }, 400, /rate_limits\.0\.calls/],
    [{ rate_limits: [{ tokens: 5, key: 'user' }] }, 501, /tokens/],
  ])('that cannot be kept is refused: %j', async (body, status, message) => {
    const name = await anEndpoint();
    const answer = await platform.serving('PUT', path(name, '/rate-limits'), body);
    expect(answer).toMatchObject({ status, body: { message: expect.stringMatching(message) } });
    expect((await platform.serving('GET', path(name))).body).not.toHaveProperty('rate_limits');
  });
});

describe('the gateway', () => {
  it('is kept and shown', async () => {
    const name = await anEndpoint();
    const gateway = {
      fallback_config: { enabled: true },
      usage_tracking_config: { enabled: true },
      inference_table_config: { enabled: true, catalog_name: 'main', schema_name: 'logs' },
    };
    const put = await platform.serving('PUT', path(name, '/ai-gateway'), gateway);
    expect(put).toEqual({ status: 200, body: gateway });
    expect((await platform.serving('GET', path(name))).body).toMatchObject({ ai_gateway: gateway });
  });

  it('names the table that an inference table’s requests are in, as Databricks does', async () => {
    const name = await anEndpoint();
    const names = { catalog_name: 'main', schema_name: 'logs', table_name_prefix: 'flights' };
    const config = async () =>
      ((await platform.serving('GET', path(name))).body as { config: Record<string, unknown> })
        .config;
    const put = async (enabled: boolean) => {
      // What was read may be sent back.
      const { served_entities, auto_capture_config: read } = await config();
      const auto_capture_config = { ...names, ...(read as object), enabled };
      const body = { served_entities, auto_capture_config };
      expect((await platform.serving('PUT', path(name, '/config'), body)).status).toBe(200);
      await platform.settle();
    };
    await put(true);
    expect((await config()).auto_capture_config).toEqual({
      ...names,
      enabled: true,
      state: {
        payload_table: {
          name: 'inference_log',
          status: 'READY',
          status_message: `Its rows with endpoint = '${name}'; catalog_name, schema_name and table_name_prefix name no table here.`,
        },
      },
    });
    await put(false);
    expect((await config()).auto_capture_config).toEqual({ ...names, enabled: false });
  });

  it('refuses guardrails, which nobody would keep', async () => {
    const name = await anEndpoint();
    const body = { guardrails: { input: { safety: true } } };
    expect((await platform.serving('PUT', path(name, '/ai-gateway'), body)).status).toBe(501);
  });
});

describe('permissions', () => {
  it('are read, replaced and added to by the endpoint’s id', async () => {
    const name = await anEndpoint();
    const { id } = (await platform.serving('GET', path(name))).body as { id: string };
    const own = `/api/2.0/permissions/serving-endpoints/${id}`;
    const ben = { user_name: 'ben', permission_level: 'CAN_QUERY' };
    const ops = { group_name: 'ops', permission_level: 'CAN_MANAGE' };
    const given = async (method: string, list: object[]) => {
      const { body } = await platform.serving(method, own, { access_control_list: list });
      return (body as { access_control_list: object[] }).access_control_list.slice(0, -2);
    };
    const level = (permission_level: string) => ({
      all_permissions: [{ permission_level, inherited: false }],
    });
    expect(await given('PUT', [ben])).toEqual([{ user_name: 'ben', ...level('CAN_QUERY') }]);
    expect(await given('PATCH', [ops, { ...ben, permission_level: 'CAN_VIEW' }])).toEqual([
      { user_name: 'ben', ...level('CAN_VIEW') },
      { group_name: 'ops', ...level('CAN_MANAGE') },
    ]);
    const nobody = { access_control_list: [{ permission_level: 'CAN_QUERY' }] };
    expect(await platform.serving('PUT', own, nobody)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('names just one of') },
    });
    expect((await platform.serving('GET', own)).body).toMatchObject({
      object_type: 'serving-endpoint',
      object_id: `/serving-endpoints/${id}`,
    });
    const levels = await platform.serving('GET', `${own}/permissionLevels`);
    expect(levels.body).toMatchObject({
      permission_levels: [
        { permission_level: 'CAN_VIEW' },
        { permission_level: 'CAN_QUERY' },
        { permission_level: 'CAN_MANAGE' },
      ],
    });
    expect((await platform.serving('GET', own.replace(id, 'none'))).status).toBe(404);
  });
});

describe('telemetry', () => {
  it('says what share of the requests is logged, before the configuration does, until it is removed', async () => {
    const name = await anEndpoint();
    const telemetry_config = { inference_table_config: { sampling_fraction: 1e-9 } };
    const change = (body: object) =>
      platform.serving('PATCH', path(name, '/telemetry-config'), body);
    expect(await change({ telemetry_config })).toMatchObject({
      status: 200,
      body: { name, telemetry_config },
    });
    await platform.settle();
    expect(await platform.invoke(name, row)).toMatchObject({ status: 200 });
    expect(await loggedRequests(name)).toEqual([]);
    const { body } = await change({});
    expect(body).not.toHaveProperty('telemetry_config');
    await platform.settle();
    const asked = async () => {
      await platform.invoke(name, row);
      return loggedRequests(name);
    };
    await expect.poll(asked).not.toEqual([]);
  });

  it('says how much is logged, not what: columns that the configuration leaves out stay out', async () => {
    const name = await anEndpoint({ config: () => ({ inference_log: { drop: ['x'] } }) });
    const telemetry_config = { inference_table_config: { sampling_fraction: 1 } };
    await platform.serving('PATCH', path(name, '/telemetry-config'), { telemetry_config });
    await platform.settle();
    await platform.invoke(name, row);
    const [logged] = await loggedRequests(name);
    expect((await readLogPayload(logged!))?.request).toEqual({
      dataframe_records: [{ x: null, z: 0.1, n: 0.5 }],
    });
  });

  it('is exported nowhere', async () => {
    const name = await anEndpoint();
    for (const telemetry_config of [
      { table_names: { logs: 'main.a.b' } },
      { telemetry_profile_id: 'p' },
      { enabled_telemetry_features: ['TELEMETRY_FEATURE_LOGS'] },
    ]) {
      const sent = { telemetry_config };
      expect(await platform.serving('PATCH', path(name, '/telemetry-config'), sent)).toMatchObject({
        status: 501,
        body: { error_code: 'NOT_IMPLEMENTED' },
      });
    }
  });
});
