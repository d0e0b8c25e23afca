import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler } from '../../../../functions/monitoring/inference-log-table.lambda.ts';
import { renewSpans } from '../../../../functions/monitoring/log-table/renew-spans.ts';
import { markedSpans, unmarkSpan } from '../../../../functions/monitoring/log-table/span-store.ts';
import { getEndpoint } from '../../../../functions/serving/index.ts';
import { aContext } from '../../../support/context.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';

let platform: Platform;
const folder = mkdtempSync(join(tmpdir(), 'slipway-log-table-'));
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await platform.stop();
});

const context = aContext();

/** Written once, for Athena and for DuckDB alike. */
const BY_DAY = `SELECT day, count(*) AS requests, count(label) AS labelled, min(version) AS version
  FROM inference_log WHERE endpoint = 'ENDPOINT' GROUP BY day ORDER BY day`;

/** Keys and contents of the table's files. */
const files = (endpoint: string) => platform.files(`inference-log-table/endpoint=${endpoint}/`);

async function query(endpoint: string, sql: string): Promise<Record<string, unknown>[]> {
  for (const [key, content] of await files(endpoint)) {
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    writeFileSync(join(folder, key), content);
  }
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(
    `CREATE VIEW inference_log AS SELECT * FROM read_parquet('${folder}/inference-log-table/*/*/*.parquet',
      hive_partitioning = true, hive_types = {'day': VARCHAR})`,
  );
  const reader = await connection.runAndReadAll(sql.replaceAll('ENDPOINT', endpoint));
  connection.closeSync();
  return reader.getRowObjectsJson();
}

const [HOUR, DAY] = [3_600_000, 86_400_000];
const hour = (i: number) => String(i).padStart(2, '0');
const firstOfJuly = async (endpoint: string) => {
  const found = [...(await files(endpoint))].find(([key]) => key.includes('day=2026-07-01'));
  return found?.[1].toString('hex') ?? '';
};

const ask = (endpoint: string, at: string | null, id: string, more: object = {}) =>
  platform.invoke(endpoint, {
    dataframe_records: [{ x: 0.9, z: 0.1, n: 0, at, ...more }],
    client_request_id: id,
  });
const label = (endpoint: string, id: string, value: number, event_time: string) =>
  platform.monitoring('POST', `/api/slipway/v1/endpoints/${endpoint}/labels`, [
    { client_request_id: id, label: value, event_time },
  ] as never);

/** Brings the function that writes the table what it is told, again and again if asked to. */
async function notify(endpoint: string, window: string, times = 1, granularity = 'P1D') {
  const found = await getEndpoint(endpoint);
  const end = new Date(Date.parse(window) + (granularity === 'P1D' ? 86_400_000 : 3_600_000));
  const series = `${found?.id}:${granularity}`;
  const data = { endpoint, series, kind: 'inputs', window, end: end.toISOString() };
  const metadata = {
    id: '01K5A0000000000000000000AA',
    version: 1,
    time: window,
    workspace: 'default',
  };
  const detail = { metadata: { ...metadata, actor: 'slipway', correlationId: 'c' }, data };
  const body = JSON.stringify({ 'detail-type': 'WindowClosed', detail });
  for (let i = 0; i < times; i++) {
    const event = { Records: [{ messageId: '1', body }] };
    const answer = await handler(event as never, {} as Context);
    expect(answer).toEqual({ batchItemFailures: [] });
  }
}

const monitored = (granularity: string, more: object = {}) => ({
  config: () => ({
    monitor: { timestamp_column: 'at', granularity, label_lateness: 'PT0S' },
    ...more,
  }),
});

describe('the table of the inference log', () => {
  it('has a file a day, which SQL reads with the labels that came', async () => {
    const endpoint = await serveTinyModel(platform, context, monitored('P1D'));
    await ask(endpoint, '2026-02-01T10:00:00Z', 'a');
    await ask(endpoint, '2026-02-01T11:00:00Z', 'b');
    await ask(endpoint, '2026-02-02T10:00:00Z', 'c');
    await label(endpoint, 'a', 1, '2026-02-01T12:00:00Z');
    await platform.watch();
    await notify(endpoint, '2026-02-01T00:00:00Z');
    expect(await query(endpoint, BY_DAY)).toEqual([
      { day: '2026-02-01', requests: '2', labelled: '1', version: '1' },
    ]);

    await label(endpoint, 'b', 0, '2026-02-03T12:00:00Z');
    await notify(endpoint, '2026-02-02T00:00:00Z');
    await notify(endpoint, '2026-02-01T00:00:00Z');
    await renewSpans({ clock: () => Date.now() + DAY });
    expect(await query(endpoint, BY_DAY)).toEqual([
      { day: '2026-02-01', requests: '2', labelled: '2', version: '1' },
      { day: '2026-02-02', requests: '1', labelled: '0', version: '1' },
    ]);
    const [row] = await query(
      endpoint,
      `SELECT databricks_request_id, status_code, response, label, served_entity, event_time, row_count
         FROM inference_log WHERE endpoint = 'ENDPOINT' AND client_request_id = 'a'`,
    );
    expect(row).toMatchObject({
      status_code: 200,
      response: expect.stringMatching(/^\{"predictions":\[0\.\d+\]\}$/),
      label: '1',
      served_entity: 'main',
      event_time: '2026-02-01 10:00:00',
      row_count: 1,
    });
  });

  it('is the same however often it is written, and catches up on what it missed', async () => {
    const endpoint = await serveTinyModel(platform, context, monitored('P1D'));
    for (const day of [1, 2, 3, 4]) await ask(endpoint, `2026-03-0${day}T10:00:00Z`, `d${day}`);
    await platform.watch();
    await notify(endpoint, '2026-03-03T00:00:00Z');
    const once = await files(endpoint);
    expect(once.size).toBe(3);
    await notify(endpoint, '2026-03-01T00:00:00Z', 2);
    await notify(endpoint, '2026-03-03T00:00:00Z', 2);
    await renewSpans({ clock: () => Date.now() + DAY });
    expect(await files(endpoint)).toEqual(once);
  });

  it('is written some ten times for a day of which labels come late, and has them all', async () => {
    const endpoint = await serveTinyModel(platform, context, monitored('PT1H'));
    for (let i = 0; i < 24; i++) await ask(endpoint, `2026-07-01T${hour(i)}:30:00Z`, `h${i}`);
    await ask(endpoint, '2026-07-02T00:30:00Z', 'next');
    await platform.watch();
    await notify(endpoint, '2026-07-02T00:00:00Z', 1, 'PT1H');
    const written: string[] = [await firstOfJuly(endpoint)];
    const begin = Date.now();
    // Labels come for two days, every hour one, and every window of them is told of twice.
    for (let i = 0; i < 48; i++) {
      await label(endpoint, `h${i % 24}`, i < 24 ? 1 : 0, '2026-07-04T00:00:00Z');
      await notify(endpoint, `2026-07-01T${hour(i % 24)}:00:00Z`, 2, 'PT1H');
      await renewSpans({ clock: () => begin + i * HOUR });
      const content = await firstOfJuly(endpoint);
      if (content !== written.at(-1)) written.push(content);
    }
    expect(written.length).toBeGreaterThan(3);
    expect(written.length).toBeLessThan(10);
    expect(await renewSpans({ clock: () => begin + 4 * DAY })).toBe(1);
    const [row] = await query(
      endpoint,
      `SELECT count(*) AS n, sum(CAST(label AS INT)) AS ones FROM inference_log
         WHERE endpoint = 'ENDPOINT' AND day = '2026-07-01'`,
    );
    expect(row).toMatchObject({ n: '24', ones: '0' });
    expect(await renewSpans({ clock: () => begin + 9 * DAY })).toBe(0);
  });

  it('keeps the mark of a span whose writer is killed, and of one that is marked meanwhile', async () => {
    const endpoint = await serveTinyModel(platform, context, monitored('P1D'));
    await ask(endpoint, '2026-08-01T10:00:00Z', 'a');
    await platform.watch();
    await notify(endpoint, '2026-08-01T00:00:00Z');
    await label(endpoint, 'a', 1, '2026-08-02T12:00:00Z');
    await notify(endpoint, '2026-08-01T00:00:00Z');
    const bucket = process.env.ARTIFACTS_BUCKET ?? '';
    process.env.ARTIFACTS_BUCKET = 'no-such-bucket';
    await expect(renewSpans({ clock: () => Date.now() + DAY })).rejects.toThrow();
    process.env.ARTIFACTS_BUCKET = bucket;

    const { value: marked } = await markedSpans().next();
    await notify(endpoint, '2026-08-01T00:00:00Z');
    if (marked) await unmarkSpan(marked);
    expect(await renewSpans({ clock: () => Date.now() + DAY })).toBe(1);
    expect(await query(endpoint, BY_DAY)).toMatchObject([{ labelled: '1' }]);
  });

  it('merges the windows of a day into one file', async () => {
    const endpoint = await serveTinyModel(platform, context, monitored('PT1H'));
    for (const hour of ['01', '05', '23']) await ask(endpoint, `2026-04-01T${hour}:30:00Z`, hour);
    await ask(endpoint, '2026-04-02T00:30:00Z', 'next');
    await platform.watch();
    await notify(endpoint, '2026-04-01T05:00:00Z', 1, 'PT1H');
    expect((await files(endpoint)).size).toBe(0);
    await notify(endpoint, '2026-04-02T00:00:00Z', 1, 'PT1H');
    expect(await query(endpoint, BY_DAY)).toEqual([
      { day: '2026-04-01', requests: '3', labelled: '0', version: '1' },
    ]);
  });

  it('holds no column that the policy keeps out, and what it hashes stays equal', async () => {
    const policy = { inference_log: { drop: ['name'], hash: ['mail'] } };
    const endpoint = await serveTinyModel(platform, context, monitored('P1D', policy));
    const person = { name: 'Ana Silva', mail: 'ana@example.org' };
    await ask(endpoint, '2026-05-01T10:00:00Z', 'a', person);
    await ask(endpoint, '2026-05-01T11:00:00Z', 'b', person);
    await platform.watch();
    await notify(endpoint, '2026-05-01T00:00:00Z');
    const rows = await query(
      endpoint,
      `SELECT request FROM inference_log WHERE endpoint = 'ENDPOINT' ORDER BY client_request_id`,
    );
    const sent = rows.map(({ request }) => JSON.parse(String(request)).dataframe_records[0]);
    expect(JSON.stringify(sent)).not.toMatch(/Ana|example/);
    expect(sent[0]).toMatchObject({
      x: 0.9,
      name: null,
      mail: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(sent[1].mail).toBe(sent[0].mail);
  });

  it('keeps the share of the requests that is asked for', async () => {
    const policy = { inference_log: { sampling_fraction: 0.5 } };
    const endpoint = await serveTinyModel(platform, context, monitored('P1D', policy));
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => ask(endpoint, '2026-06-01T10:00:00Z', `s${i}`)),
    );
    await platform.watch();
    await notify(endpoint, '2026-06-01T00:00:00Z');
    const [row] = await query(
      endpoint,
      `SELECT count(*) AS n, max(sampling_fraction) AS fraction FROM inference_log WHERE endpoint = 'ENDPOINT'`,
    );
    expect(row?.fraction).toBe(0.5);
    expect(Number(row?.n)).toBeGreaterThan(15);
    expect(Number(row?.n)).toBeLessThan(45);
  });
});
