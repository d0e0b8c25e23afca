import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countColumn, histograms } from '../../../../functions/monitoring/drift/column-counts.ts';
import { psi } from '../../../../functions/monitoring/drift/drift.ts';
import { numericReference } from '../../../../functions/monitoring/drift/summary.ts';
import { classificationQuality } from '../../../../functions/monitoring/labels/quality.ts';
import { putPolicy } from '../../../../functions/policies/put-policy.ts';
import { aContext } from '../../../support/context.ts';
import { aMonitoredModel, aRequest, windowsOf } from '../../../support/monitored-model.ts';
import { announced } from '../../../support/outbox.ts';
import { type Delivery, type Platform, startPlatform } from '../../../support/platform.ts';
import { tinyRows } from '../../../support/tiny-model.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const context = aContext();
const trained = tinyRows(4000);
let names = 0;

async function anEndpoint(config?: object): Promise<string> {
  const model = `m${++names}`;
  await aMonitoredModel(platform, model, trained, context, config);
  return model;
}

const work = async (delivery?: Delivery) => {
  await platform.watch();
  await platform.settle(delivery);
};
const label = (endpoint: string, body: object) =>
  platform.monitoring('POST', `/api/slipway/v1/endpoints/${endpoint}/labels`, body);
const breachesOf = async (endpoint: string, type = 'DriftDetected') =>
  (await announced('platform')).filter(
    (event) => event.type === type && event.data.endpoint === endpoint,
  );

const DAYS = ['2001-01-01T12:00:00Z', '2001-01-02T12:00:00Z', '2001-01-03T12:00:00Z'] as const;

describe('the inputs of a window', () => {
  it('are compared with the baseline of the version that answered', async () => {
    const endpoint = await anEndpoint();
    const [calm, moved] = [tinyRows(700, 2), tinyRows(700, 3)];
    await platform.invoke(endpoint, aRequest(calm, DAYS[0]));
    await platform.invoke(endpoint, aRequest(moved, DAYS[1], { shift: 0.3 }));
    await platform.invoke(endpoint, aRequest(calm, DAYS[2]));
    await work();

    const { windows, watermarks } = await windowsOf(platform, endpoint);
    expect(watermarks.inputs).toEqual({
      seen_until: '2001-01-03T12:00:00Z',
      closed_until: '2001-01-03T00:00:00Z',
    });
    expect(windows.map(({ inputs }) => [inputs.state, inputs.status])).toEqual([
      ['EVALUATED', 'OK'],
      ['EVALUATED', 'BREACH'],
      ['OPEN', undefined],
    ]);
    expect(windows[1]?.inputs).toMatchObject({
      model: endpoint,
      version: '1',
      requests: 1,
      rows: 700,
      rows_by_version: { [`${endpoint}#1`]: 700 },
      psi_definition: 'psi.refq10.eps1e-4',
      breaches: [{ column: 'x', metric: 'psi', threshold: 0.2 }],
    });
    const reference = numericReference(trained.map(({ x }) => x));
    const counted = countColumn(
      reference,
      moved.map(({ x }) => x + 0.3),
    );
    const { reference: p, current: q } = histograms(reference, counted);
    const x = windows[1]?.inputs.columns?.find(({ column }) => column === 'x');
    expect(x?.psi).toBeCloseTo(psi(p, q), 12);
    expect((await breachesOf(endpoint)).map(({ data }) => data)).toEqual([
      expect.objectContaining({
        window: '2001-01-02T00:00:00Z',
        end: '2001-01-03T00:00:00Z',
        column: 'x',
        metric: 'psi',
        value: x?.psi,
      }),
    ]);
  });

  it('say nothing with fewer than 500 rows, and do not count what was refused', async () => {
    const endpoint = await anEndpoint();
    await platform.invoke(endpoint, aRequest(tinyRows(499, 2), DAYS[0], { shift: 0.5 }));
    await platform.invoke(endpoint, { dataframe_records: [{ x: 'a', at: DAYS[0] }] });
    await platform.invoke(endpoint, aRequest(tinyRows(1), DAYS[1]));
    await work();
    const { windows } = await windowsOf(platform, endpoint);
    expect(windows[0]?.inputs).toMatchObject({
      status: 'INSUFFICIENT_DATA',
      settled: true,
      requests: 1,
      failed_requests: 1,
      breaches: [],
    });
    expect(await breachesOf(endpoint)).toEqual([]);
  });

  it('count a request once that its caller repeated', async () => {
    const endpoint = await anEndpoint();
    const request = aRequest(tinyRows(600, 2), DAYS[0], { id: 'one' });
    for (let i = 0; i < 3; i++) await platform.invoke(endpoint, request);
    await platform.invoke(endpoint, aRequest(tinyRows(1), DAYS[1]));
    await work();
    expect((await windowsOf(platform, endpoint)).windows[0]?.inputs).toMatchObject({
      requests: 1,
      duplicate_requests: 2,
      rows: 600,
    });
  });

  it('count what its caller sent first, whatever times the repetitions tell', async () => {
    const endpoint = await anEndpoint();
    const send = async (rows: number, time: string) => {
      await platform.invoke(endpoint, aRequest(tinyRows(rows, 2), time, { id: 'one' }));
      const sent = Date.now();
      await expect.poll(() => Date.now()).toBeGreaterThan(sent);
    };
    await send(600, DAYS[0]);
    await send(500, '2001-01-01T11:00:00Z');
    await send(500, '2001-01-01T13:00:00Z');
    await platform.invoke(endpoint, aRequest(tinyRows(1), DAYS[1]));
    await work();
    expect((await windowsOf(platform, endpoint)).windows[0]?.inputs).toMatchObject({ rows: 600 });
  });

  it('are evaluated again when rows come late, and a breach is told once', async () => {
    const endpoint = await anEndpoint();
    const early = (seed: number) =>
      platform.invoke(endpoint, aRequest(tinyRows(600, seed), DAYS[0], { shift: 0.3 }));
    await early(2);
    await platform.invoke(endpoint, aRequest(tinyRows(1), DAYS[1]));
    await work();
    await early(3);
    await work();
    expect((await windowsOf(platform, endpoint)).windows[0]?.inputs).toMatchObject({
      revision: 2,
      rows: 1200,
    });
    expect(await breachesOf(endpoint)).toHaveLength(1);
  });

  it('come to the same evaluations in any order, number and repetition of the events', async () => {
    const orders: Delivery[] = [
      (rows) => rows,
      (rows) => [...rows].reverse(),
      (rows) => [...rows, ...rows].sort((a, b) => (a.pk.slice(-4) < b.pk.slice(-4) ? -1 : 1)),
    ];
    const results: unknown[] = [];
    for (const order of orders) {
      const endpoint = await anEndpoint();
      for (const [i, shift] of [0, 0.3, 0, 0.3].entries()) {
        const request = aRequest(tinyRows(600, i + 2), `2001-01-0${i + 1}T12:00:00Z`, {
          id: `r${i}`,
          shift,
        });
        await platform.invoke(endpoint, request);
      }
      await platform.watch({ times: 2 });
      await platform.settle(order);
      const { windows } = await windowsOf(platform, endpoint);
      const text = JSON.stringify(
        windows.map(({ inputs: { revision: _, ...inputs } }) => inputs),
      ).replaceAll(endpoint, 'model');
      results.push(JSON.parse(text));
      expect(await breachesOf(endpoint)).toHaveLength(1);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('break the limits of the policy instead of the defaults, and are settled when decided', async () => {
    const endpoint = await anEndpoint();
    const when = [{ metric: 'ks', column: 'x', above: 0.9 }];
    const document = { retraining: { pipeline: 'none', when } };
    await putPolicy({ name: endpoint, document }, context);
    await platform.invoke(endpoint, aRequest(tinyRows(600, 2), DAYS[0], { shift: 0.3 }));
    await platform.invoke(endpoint, aRequest(tinyRows(600, 3), DAYS[1], { shift: 2 }));
    await platform.invoke(endpoint, aRequest(tinyRows(1), DAYS[2]));
    await work();
    const { windows } = await windowsOf(platform, endpoint);
    expect(windows[0]?.inputs).toMatchObject({ status: 'OK', settled: true });
    expect(windows[1]?.inputs).toMatchObject({
      status: 'BREACH',
      settled: true,
      breaches: [
        { column: 'x', metric: 'ks', value: expect.closeTo(1, 1), threshold: 0.9, rule: 0 },
      ],
      retraining: {
        outcome: 'suppressed',
        reason: expect.stringContaining("'none' does not exist"),
      },
    });
  });

  it('are listed in pages', async () => {
    const endpoint = await anEndpoint();
    for (const day of DAYS) await platform.invoke(endpoint, aRequest(tinyRows(1), day));
    await work();
    const first = await windowsOf(platform, endpoint, '?limit=2');
    expect(first.windows.map(({ window }) => window)).toEqual([
      '2001-01-01T00:00:00Z',
      '2001-01-02T00:00:00Z',
    ]);
    const second = await windowsOf(platform, endpoint, `?limit=2&after=${first.next}`);
    expect(second.windows.map(({ window }) => window)).toEqual(['2001-01-03T00:00:00Z']);
    expect(second.next).toBeUndefined();
    for (const query of ['?limit=0', '?limit=x', '?after=today', '?granularity=PT7M']) {
      expect(await windowsOf(platform, endpoint, query)).toMatchObject({
        error_code: 'INVALID_PARAMETER_VALUE',
      });
    }
  });
});

describe('the labels of a window', () => {
  it('give the quality of every version, mirrors included', async () => {
    const model = `m${names + 1}`;
    const endpoint = await anEndpoint({
      served_entities: [
        { name: 'main', entity_name: model, entity_version: '@champion' },
        { name: 'shadow', entity_name: model, entity_version: '1' },
      ],
      traffic_config: {
        routes: [{ served_entity_name: 'main', traffic_percentage: 100 }],
        mirror: [{ served_entity_name: 'shadow', percentage: 100 }],
      },
    });
    const rows = tinyRows(800, 5);
    const answer = await platform.invoke(endpoint, aRequest(rows, DAYS[0], { id: 'a' }));
    await platform.invoke(endpoint, aRequest(tinyRows(1), DAYS[1], { id: 'b' }));
    const labels = rows.map((row) => row.label);
    const recorded = await label(endpoint, [
      { client_request_id: 'a', label: labels, event_time: '2001-01-01T20:00:00Z' },
      { client_request_id: 'b', label: [1], event_time: '2001-01-02T20:00:00Z' },
      { client_request_id: 'nobody', label: 1, event_time: '2001-01-02T20:00:00Z' },
    ]);
    expect(recorded.body).toEqual({ recorded: 2, unchanged: 0, unknown: ['nobody'], rejected: [] });
    await work();

    const { windows } = await windowsOf(platform, endpoint);
    const expected = classificationQuality(
      answer.body.predictions ?? [],
      labels.map((value) => (value === 1 ? 1 : 0)),
    );
    const shared = { model, version: '1', ...expected };
    expect(windows[0]?.labels).toMatchObject({
      state: 'EVALUATED',
      status: 'OK',
      settled: true,
      label_coverage: 1,
      versions: [
        { role: 'answer', ...shared },
        { role: 'shadow', ...shared },
      ],
    });
    expect(expected?.roc_auc).toBeGreaterThan(0.6);
  });

  it('announce a loss of quality, once', async () => {
    const endpoint = await anEndpoint();
    const rows = tinyRows(600, 5);
    const answer = await platform.invoke(endpoint, aRequest(rows, DAYS[0]));
    const next = await platform.invoke(endpoint, aRequest(tinyRows(1), DAYS[1]));
    const id = answer.headers['x-request-id'];
    await label(endpoint, [
      { request_id: id, label: rows.map((row) => 1 - row.label), event_time: DAYS[0] },
      { request_id: next.headers['x-request-id'], label: 1, event_time: DAYS[1] },
    ]);
    await work((events) => [...events, ...events]);
    const [told, ...others] = await breachesOf(endpoint, 'QualityDegraded');
    expect(told?.data).toMatchObject({ column: ':table', metric: 'roc_auc', threshold: 0.5 });
    expect(others).toEqual([]);
  });

  it('are corrected by another value, left by the same one, and judged again', async () => {
    const endpoint = await anEndpoint();
    const rows = tinyRows(600, 5);
    await platform.invoke(endpoint, aRequest(rows, DAYS[0], { id: 'a' }));
    await platform.invoke(endpoint, aRequest(tinyRows(1), DAYS[1], { id: 'b' }));
    const truth = rows.map((row) => row.label === 1);
    const first = { client_request_id: 'a', label: truth, event_time: DAYS[0] };
    const last = { client_request_id: 'b', label: [true], event_time: DAYS[1] };
    await label(endpoint, [first, last]);
    await work();
    const auc = async () =>
      (await windowsOf(platform, endpoint)).windows[0]?.labels.versions?.[0]?.roc_auc as number;
    const before = await auc();
    expect((await label(endpoint, { labels: [first] })).body).toMatchObject({
      recorded: 0,
      unchanged: 1,
    });
    const wrong = { ...first, label: truth.map((value) => !value) };
    expect((await label(endpoint, [wrong])).body).toMatchObject({ recorded: 1 });
    await work();
    expect(await auc()).toBeCloseTo(1 - before, 12);
  });

  it('say nothing while most rows have none', async () => {
    const endpoint = await anEndpoint();
    const rows = tinyRows(1200, 5);
    await platform.invoke(endpoint, aRequest(rows.slice(0, 580), DAYS[0], { id: 'a' }));
    await platform.invoke(endpoint, aRequest(rows.slice(580), DAYS[0], { id: 'b' }));
    await platform.invoke(endpoint, aRequest(tinyRows(1), DAYS[1], { id: 'c' }));
    const truth = rows.slice(0, 580).map((row) => row.label);
    await label(endpoint, [
      { client_request_id: 'a', label: truth, event_time: DAYS[0] },
      { client_request_id: 'c', label: [0], event_time: DAYS[1] },
    ]);
    await work();
    expect((await windowsOf(platform, endpoint)).windows[0]?.labels).toMatchObject({
      status: 'INSUFFICIENT_DATA',
      rows: 1200,
      labelled_rows: 580,
    });
  });

  it('are judged again when a request of their window comes late', async () => {
    const endpoint = await anEndpoint();
    const rows = tinyRows(600, 5);
    await platform.invoke(endpoint, aRequest(rows, DAYS[0], { id: 'a' }));
    await platform.invoke(endpoint, aRequest(tinyRows(1), DAYS[1], { id: 'b' }));
    await label(endpoint, [
      { client_request_id: 'a', label: rows.map((row) => row.label), event_time: DAYS[0] },
      { client_request_id: 'b', label: [0], event_time: DAYS[1] },
    ]);
    await work();
    await platform.invoke(endpoint, aRequest(tinyRows(200, 6), DAYS[0], { id: 'late' }));
    await work();
    expect((await windowsOf(platform, endpoint)).windows[0]?.labels).toMatchObject({
      revision: 2,
      rows: 800,
      label_coverage: 0.75,
    });
  });

  it('are refused with a reason when they do not fit', async () => {
    const endpoint = await anEndpoint();
    const answer = await platform.invoke(endpoint, aRequest(tinyRows(2), DAYS[0]));
    const request_id = answer.headers['x-request-id'];
    expect((await label(endpoint, [{ request_id, label: 1 }])).body).toMatchObject({
      rejected: [{ id: request_id, message: 'the request had 2 rows, not 1' }],
    });
    for (const [body, message] of [
      [[{ label: 1 }], 'needs either request_id or client_request_id'],
      [[{ request_id, client_request_id: 'a', label: 1 }], 'needs either'],
      [[{ request_id, label: {} }], 'label'],
      [[{ request_id, label: 1, event_time: 'yesterday' }], 'event_time'],
      [[{ request_id, label: 1, colour: 'red' }], 'colour'],
      [{ labels: 'all' }, 'labels'],
    ] as const) {
      const refused = await label(endpoint, body);
      expect(refused.status).toBe(400);
      expect(JSON.stringify(refused.body)).toContain(message);
    }
    expect((await label('nobody', [])).status).toBe(404);
  });
});
