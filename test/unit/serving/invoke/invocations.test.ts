import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveAlias } from '../../../../functions/registry/aliases/move-alias.ts';
import { readLogPayload } from '../../../../functions/serving/index.ts';
import { timeOfRequest } from '../../../../functions/serving/log-key.ts';
import { exportMetrics } from '../../../../functions/serving/metrics/export-metrics.ts';
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
const anEndpoint = (config: object | ((model: string) => object) = {}) =>
  serveTinyModel(platform, context, {
    config: typeof config === 'function' ? (config as (model: string) => object) : () => config,
  });

const entity = (model: string, name: string, entity_version: string) => ({
  name,
  entity_name: model,
  entity_version,
});

const rows = [
  { x: 0.9, z: 0.1, n: 0.5 },
  { x: 0.1, z: 0.9, n: 0.5 },
];
const at = (time: string) => rows.map((row) => ({ ...row, at: time }));

describe('an invocation', () => {
  it('gives the same predictions for every input format', async () => {
    const endpoint = await anEndpoint();
    const answers = await Promise.all(
      [
        { dataframe_records: rows },
        { dataframe_split: { columns: ['x'], data: [[0.9], [0.1]] } },
        { instances: [[0.9], [0.1]] },
        { inputs: { x: [0.9, 0.1] } },
      ].map((body) => platform.invoke(endpoint, body)),
    );
    const [first] = answers;
    expect(first).toMatchObject({
      status: 200,
      body: { predictions: [expect.any(Number), expect.any(Number)] },
    });
    expect(first?.body.predictions?.[0]).toBeGreaterThan(first?.body.predictions?.[1] ?? 1);
    for (const answer of answers) expect(answer.body).toEqual(first?.body);
  });

  it('says who answered', async () => {
    const endpoint = await anEndpoint();
    expect((await platform.invoke(endpoint, { instances: rows })).headers).toMatchObject({
      'served-model-name': 'main',
      'slipway-model-version': '1',
      'x-request-id': expect.stringMatching(/^[0-9A-Z]{26}$/),
    });
  });

  it('answers no rows with no predictions', async () => {
    const endpoint = await anEndpoint();
    expect(await platform.invoke(endpoint, { dataframe_records: [] })).toMatchObject({
      status: 200,
      body: { predictions: [] },
    });
  });

  it.each([
    ['{"instances": [NaN]}', 'MALFORMED_REQUEST', 'null, not NaN'],
    [{ instances: [{ z: 1 }] }, 'INVALID_PARAMETER_VALUE', "missing inputs ['x']"],
    [{ instances: [{ x: 'a' }] }, 'INVALID_PARAMETER_VALUE', 'to double'],
    [{ rows: [] }, 'INVALID_PARAMETER_VALUE', 'exactly one of'],
    [
      { instances: [{ x: 1 }], client_request_id: 7 },
      'INVALID_PARAMETER_VALUE',
      'client_request_id',
    ],
  ])('refuses %j, and logs that it did', async (body, error_code, message) => {
    const endpoint = await anEndpoint();
    const answer = await platform.invoke(endpoint, body);
    expect(answer).toMatchObject({
      status: 400,
      body: { error_code, message: expect.stringContaining(message) },
    });
    const [row] = await loggedRequests(endpoint);
    expect(row).toMatchObject({
      statusCode: 400,
      databricksRequestId: answer.headers['x-request-id'],
    });
    expect(row).not.toHaveProperty('version');
    expect((await readLogPayload(row!)).response).toMatchObject({ error_code });
  });

  it('may have 16 MiB and no byte more, and hurts nobody', async () => {
    const endpoint = await anEndpoint();
    const body = (bytes: number) => JSON.stringify({ instances: rows }).padEnd(bytes);
    const limit = 16 * 1024 * 1024;
    expect((await platform.invoke(endpoint, body(limit))).status).toBe(200);
    expect(await platform.invoke(endpoint, body(limit + 1))).toMatchObject({
      status: 413,
      body: { error_code: 'MAX_PAYLOAD_EXCEEDED' },
    });
    expect((await platform.invoke(endpoint, { instances: rows })).status).toBe(200);
    expect((await loggedRequests(endpoint)).map(({ statusCode }) => statusCode)).toEqual([
      200, 413, 200,
    ]);
  });

  it('of an unknown endpoint is a 404', async () => {
    expect(await platform.invoke('nobody', { instances: rows })).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
  });
});

describe('the inference log', () => {
  it('has the row before the caller has the answer, in the window of its event time', async () => {
    const endpoint = await anEndpoint({ monitor: { timestamp_column: 'at' } });
    const body = {
      dataframe_records: [...at('2001-02-03T04:05:06Z'), ...at('2001-02-03 23:00:00')],
      client_request_id: 'c-1',
    };
    const answer = await platform.invoke(endpoint, body);
    const [row] = await loggedRequests(endpoint);
    expect(row).toMatchObject({
      sk: `R#${answer.headers['x-request-id']}`,
      window: '2001-02-03T00:00:00Z',
      eventTime: Date.parse('2001-02-03T23:00:00Z'),
      clientRequestId: 'c-1',
      databricksRequestId: answer.headers['x-request-id'],
      statusCode: 200,
      rows: 4,
      samplingFraction: 1,
      date: new Date().toISOString().slice(0, 10),
      servedEntity: 'main',
      model: endpoint,
      version: '1',
      requestMetadata: { endpoint_name: endpoint, model_version: '1', config_version: '1' },
    });
    expect(row?.executionTimeMs).toBeGreaterThan(0);
    expect(await readLogPayload(row!)).toEqual({
      request: body,
      response: answer.body,
      shadows: [],
    });
  });

  it('has what was refused in the window of its event time, which its id tells', async () => {
    const endpoint = await anEndpoint({ monitor: { timestamp_column: 'at' } });
    const dataframe_records = [{ z: 1, at: '2001-02-03T04:05:06Z' }];
    const answer = await platform.invoke(endpoint, { dataframe_records });
    expect(answer.status).toBe(400);
    const id = answer.headers['x-request-id'] ?? '';
    expect(timeOfRequest(id)).toBe(Date.parse('2001-02-03T04:05:06Z'));
    expect(await loggedRequests(endpoint)).toMatchObject([
      { databricksRequestId: id, window: '2001-02-03T00:00:00Z', statusCode: 400 },
    ]);
  });

  it('keeps large payloads in the object store', async () => {
    const endpoint = await anEndpoint();
    const many = Array.from({ length: 3000 }, (_, i) => ({ x: Math.sin(i), z: i, n: 0 }));
    const answer = await platform.invoke(endpoint, { dataframe_records: many });
    const [row] = await loggedRequests(endpoint);
    expect(row?.payload).toBeUndefined();
    expect(row?.payloadKey).toBe(
      `inference-log/${endpoint}/${row?.window}/${answer.headers['x-request-id']}.json.gz`,
    );
    expect((await readLogPayload(row!)).response).toEqual(answer.body);
  });

  it('moves no watermark for requests that tell no time, where the column is expected', async () => {
    const endpoint = await anEndpoint({ monitor: { timestamp_column: 'at' } });
    await platform.invoke(endpoint, { instances: rows });
    const [row] = await loggedRequests(endpoint);
    expect(row).toMatchObject({ statusCode: 200 });
    expect(row).not.toHaveProperty('eventTime');
  });

  it('has the answers of the mirrors, which the caller never sees', async () => {
    const model = await anEndpoint((own) => ({
      served_entities: [
        entity(own, 'main', '@champion'),
        entity(own, 'second', '2'),
        entity(own, 'third', '3'),
      ],
      traffic_config: {
        routes: [{ served_entity_name: 'main', traffic_percentage: 100 }],
        mirror: [
          { served_entity_name: 'second', percentage: 100 },
          { served_entity_name: 'third', percentage: 100 },
        ],
      },
    }));
    // Version 3 takes `n`, which is missing here: its mirror fails, the caller's answer does not.
    const answer = await platform.invoke(model, { instances: [{ x: 0.9, z: 0.1 }] });
    expect(answer).toMatchObject({ status: 200, headers: { 'served-model-name': 'main' } });
    const [row] = await loggedRequests(model);
    expect((await readLogPayload(row!)).shadows).toEqual([
      { served_entity: 'second', model, version: '2', predictions: [expect.any(Number)] },
      { served_entity: 'third', model, version: '3', error: expect.stringContaining("['n']") },
    ]);
  });
});

describe('the inference log of an endpoint that keeps values out', () => {
  const SECRET = 'ana@example.org';
  const policy = (own: string) => ({
    served_entities: [entity(own, 'main', '1'), entity(own, 'second', '2')],
    traffic_config: {
      routes: [{ served_entity_name: 'main', traffic_percentage: 100 }],
      mirror: [{ served_entity_name: 'second', percentage: 100 }],
    },
    inference_log: { hash: ['x', 'z'] },
  });

  it.each([
    [{ instances: [{ x: SECRET, z: 1 }] }, 'INVALID_PARAMETER_VALUE'],
    [`{"instances": [{"x": ${SECRET}}]}`, 'MALFORMED_REQUEST'],
  ])('has the code of a refusal, and nothing that its message quotes: %j', async (body, code) => {
    const endpoint = await anEndpoint(policy);
    const answer = await platform.invoke(endpoint, body);
    // The caller, who sent the value, reads it.
    expect(answer.body.message).toContain('ana');
    const [row] = await loggedRequests(endpoint);
    const payload = await readLogPayload(row!);
    expect(JSON.stringify(payload)).not.toContain('ana');
    expect(payload.response).toMatchObject({ error_code: code });
  });

  it('has the refusal of what is nested deeper than anybody can look', async () => {
    const endpoint = await anEndpoint(policy);
    const nested = '['.repeat(100_000) + ']'.repeat(100_000);
    for (const body of [`{"instances": [{"x": ${nested}}]}`, `{"instances": [{"n": ${nested}}]}`]) {
      expect(await platform.invoke(endpoint, body)).toMatchObject({ status: 400 });
    }
    const rows = await loggedRequests(endpoint);
    expect(rows.map(({ statusCode }) => statusCode)).toEqual([400, 400]);
  });

  it('has the code of a mirror that failed', async () => {
    const endpoint = await anEndpoint(policy);
    await platform.invoke(endpoint, { instances: [{ x: 1, z: SECRET }] });
    const [row] = await loggedRequests(endpoint);
    const payload = await readLogPayload(row!);
    expect(row).toMatchObject({ statusCode: 200 });
    expect(JSON.stringify(payload)).not.toContain('ana');
    expect(payload.shadows).toMatchObject([{ error: 'INVALID_PARAMETER_VALUE' }]);
  });
});

describe('routing', () => {
  it('keeps a caller with a sticky key on one entity, and obeys a forced version', async () => {
    const endpoint = await anEndpoint((own) => ({
      served_entities: [entity(own, 'one', '1'), entity(own, 'two', '2')],
      traffic_config: {
        routes: [
          { served_model_name: 'one', traffic_percentage: 50 },
          { served_model_name: 'two', traffic_percentage: 50 },
        ],
        sticky_key: 'customer',
      },
    }));
    const by = async (body: object, headers: Record<string, string> = {}) =>
      (await platform.invoke(endpoint, body, headers)).headers['served-model-name'];
    const instances = (customer: string) => ({ instances: [{ ...rows[0], customer }] });
    const answered = new Set<string | undefined>();
    for (const customer of ['ana', 'bo', 'cy', 'di', 'ed', 'flo', 'gus', 'hal']) {
      const first = await by(instances(customer));
      answered.add(first);
      expect(await by(instances(customer))).toBe(first);
    }
    expect(answered).toEqual(new Set(['one', 'two']));
    const header = { 'slipway-sticky-key': 'one key for all' };
    const together = ['ana', 'bo', 'cy', 'di', 'ed', 'flo'].map((who) =>
      by(instances(who), header),
    );
    expect(new Set(await Promise.all(together)).size).toBe(1);
    expect(await by(instances('ana'), { 'slipway-model-version': '2' })).toBe('two');
    expect(await by(instances('ana'), { 'slipway-model-version': '1' })).toBe('one');
    const unknown = await platform.invoke(endpoint, instances('ana'), {
      'slipway-model-version': '9',
    });
    expect(unknown.body.message).toContain('serves versions 1, 2, not 9');
  });
});

describe('a switch under load', () => {
  it('fails no request, mixes no versions, and is soon complete', async () => {
    const endpoint = await anEndpoint();
    let running = true;
    const answers: { asked: number; status: number; version: string | undefined }[] = [];
    const load = (async () => {
      while (running) {
        const asked = Date.now();
        const answer = await platform.invoke(endpoint, { instances: rows });
        const version = answer.headers['slipway-model-version'];
        answers.push({ asked, status: answer.status, version });
      }
    })();
    await expect.poll(() => answers.length).toBeGreaterThan(0);
    await moveAlias(
      { model: endpoint, alias: 'champion', version: '2', cause: 'request' },
      context,
    );
    await platform.settle();
    await expect.poll(() => answers.at(-1)?.version).toBe('2');
    const moved = Date.now();
    await expect.poll(() => answers.at(-1)?.asked).toBeGreaterThan(moved + 1000);
    running = false;
    await load;

    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const versions = answers.map(({ version }) => version);
    expect(versions.lastIndexOf('1')).toBeLessThan(versions.indexOf('2'));
    // Whoever asks a second after the endpoint has moved hears of the old version no more.
    const late = answers.filter(({ asked }) => asked > moved + 1000);
    expect(new Set(late.map(({ version }) => version))).toEqual(new Set(['2']));
    const switches = (await announced('platform')).filter(
      ({ type, data }) => type === 'EndpointVersionSwitched' && data.endpoint === endpoint,
    );
    expect(switches).toHaveLength(2);
  });
});

describe('the metrics of an endpoint', () => {
  it('tell of requests, errors and latencies', async () => {
    const endpoint = await anEndpoint();
    const refusedLater = { instances: [{ z: 1 }] };
    for (const body of [{ instances: rows }, { instances: rows }, refusedLater, 'no JSON']) {
      await platform.invoke(endpoint, body);
    }
    await platform.watch();
    const { headers, body: text } = await exportMetrics(endpoint, context);
    expect(headers?.['content-type']).toMatch(/^text\/plain/);
    const labels = `endpoint_name="${endpoint}",served_entity_name`;
    // What an entity refuses is a request of its own; what was refused before one was chosen is nobody's.
    expect(text).toContain(`request_count_total{${labels}="main"} 3\n`);
    expect(text).toContain(`request_4xx_count_total{${labels}="main"} 1\n`);
    expect(text).toContain(`request_4xx_count_total{${labels}=""} 1\n`);
    expect(text).toContain(`request_latency_ms_count{${labels}="main"} 3\n`);
  });

  it('are of all requests, whatever share of them is logged', async () => {
    const endpoint = await anEndpoint({ inference_log: { sampling_fraction: 0.2 } });
    for (let i = 0; i < 25; i++) await platform.invoke(endpoint, { instances: rows });
    await platform.invoke(endpoint, 'no JSON');
    await platform.watch();
    expect((await loggedRequests(endpoint)).length).toBeLessThan(26);
    const { body: text } = await exportMetrics(endpoint, context);
    const labels = `endpoint_name="${endpoint}",served_entity_name`;
    expect(text).toContain(`request_count_total{${labels}="main"} 25\n`);
    expect(text).toContain(`request_4xx_count_total{${labels}=""} 1\n`);
    expect(text).toContain(`request_latency_ms_count{${labels}="main"} 25\n`);
  });
});
