import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler } from '../../../../functions/monitoring/inference-log-table.lambda.ts';
import { writeOpenSpans } from '../../../../functions/monitoring/log-table/open-spans.ts';
import { openSpans } from '../../../../functions/monitoring/log-table/span-store.ts';
import { aContext } from '../../../support/context.ts';
import { announced } from '../../../support/outbox.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { serveTinyModel } from '../../../support/served-model.ts';
import { parquetRows } from './parquet-rows.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const [MINUTE, DAY] = [60_000, 86_400_000];

/** The ids of the requests in the table, by day. */
async function table(endpoint: string): Promise<Record<string, string[]>> {
  const files = await platform.files(`inference-log-table/endpoint=${endpoint}/`);
  const found: Record<string, string[]> = {};
  for (const [key, content] of files) {
    const rows = await parquetRows(content);
    const [, day = ''] = /day=([^/]+)/.exec(key) ?? [];
    found[day] = rows.map((row) => String(row.client_request_id));
  }
  return found;
}

const openOf = async (endpoint: string) => {
  const found = [];
  for await (const span of openSpans()) if (span.endpoint === endpoint) found.push(span);
  return found;
};

async function ask(endpoint: string, id: string, at?: string) {
  const dataframe_records = [{ x: 0.9, z: 0.1, n: 0, ...(at && { at }) }];
  const answer = await platform.invoke(endpoint, { dataframe_records, client_request_id: id });
  expect(answer.status).toBe(200);
  await platform.watch();
}

/** Brings the function that writes the table what was announced of an endpoint's windows. */
async function bringWindows(endpoint: string) {
  const events = (await announced('platform')).filter(
    ({ type, data }) => type.startsWith('Window') && data.endpoint === endpoint,
  );
  const metadata = { version: 1, time: '2026-01-01T00:00:00Z', workspace: 'default' };
  for (const { id, type, data } of events) {
    const detail = { metadata: { ...metadata, id, actor: 'slipway', correlationId: 'c' }, data };
    const body = JSON.stringify({ 'detail-type': type, detail });
    const event = { Records: [{ messageId: '1', body }] };
    expect(await handler(event as never, {} as Context)).toEqual({ batchItemFailures: [] });
  }
}

describe('a day of an endpoint that nothing watches', () => {
  it('is in the table, and is complete when it is over by the clock', async () => {
    const endpoint = await serveTinyModel(platform, aContext(), {
      config: () => ({ monitor: null }),
    });
    const today = new Date().toISOString().slice(0, 10);
    await ask(endpoint, 'a');
    await handler({}, {} as Context);
    expect(await table(endpoint)).toEqual({ [today]: ['a'] });

    await ask(endpoint, 'b');
    const begin = Date.now();
    expect(await writeOpenSpans({ clock: () => begin })).toBe(0);
    expect(await writeOpenSpans({ clock: () => begin + 16 * MINUTE })).toBe(1);
    expect((await table(endpoint))[today]?.sort()).toEqual(['a', 'b']);

    await ask(endpoint, 'c');
    const over = { clock: () => Date.parse(today) + DAY + 10 * MINUTE };
    expect(await writeOpenSpans(over)).toBe(1);
    expect((await table(endpoint))[today]?.sort()).toEqual(['a', 'b', 'c']);
    expect(await openOf(endpoint)).toEqual([]);
    expect(await writeOpenSpans(over)).toBe(0);
  });
});

describe('a day that is not over', () => {
  it('is in the table, and is written again while there is news', async () => {
    const endpoint = await serveTinyModel(platform, aContext());
    const today = new Date().toISOString().slice(0, 10);
    await ask(endpoint, 'a');
    expect(await table(endpoint)).toEqual({});
    await handler({}, {} as Context);
    expect(await table(endpoint)).toEqual({ [today]: ['a'] });

    await ask(endpoint, 'b');
    const begin = Date.now();
    // Just written: it is waited for more.
    expect(await writeOpenSpans({ clock: () => begin })).toBe(0);
    expect(await writeOpenSpans({ clock: () => begin + 16 * MINUTE })).toBe(1);
    expect((await table(endpoint))[today]?.sort()).toEqual(['a', 'b']);
    // Nothing came since, however long ago that is.
    expect(await writeOpenSpans({ clock: () => begin + 10 * DAY })).toBe(0);
  });

  it('is left to whoever hears that it is complete', async () => {
    const monitor = { timestamp_column: 'at', granularity: 'PT1H' };
    const endpoint = await serveTinyModel(platform, aContext(), { config: () => ({ monitor }) });
    await ask(endpoint, 'one', '2026-02-01T10:00:00Z');
    await ask(endpoint, 'two', '2026-02-01T12:00:00Z');
    expect(await openOf(endpoint)).toHaveLength(1);
    await writeOpenSpans({ clock: Date.now });
    expect(await table(endpoint)).toEqual({ '2026-02-01': ['one', 'two'] });

    await ask(endpoint, 'three', '2026-02-01T23:00:00Z');
    await ask(endpoint, 'next', '2026-02-02T01:00:00Z');
    await bringWindows(endpoint);
    expect(await table(endpoint)).toEqual({ '2026-02-01': ['one', 'two', 'three'] });
    await writeOpenSpans({ clock: () => Date.now() + DAY });
    expect(await table(endpoint)).toEqual({
      '2026-02-01': ['one', 'two', 'three'],
      '2026-02-02': ['next'],
    });
    const [open, ...others] = await openOf(endpoint);
    expect(others).toEqual([]);
    expect(new Date(open?.start ?? 0).toISOString()).toBe('2026-02-02T00:00:00.000Z');
  });

  it('keeps back no other when it cannot be written', async () => {
    const endpoint = await serveTinyModel(platform, aContext());
    await ask(endpoint, 'a');
    const bucket = process.env.ARTIFACTS_BUCKET ?? '';
    process.env.ARTIFACTS_BUCKET = 'no-such-bucket';
    await expect(writeOpenSpans({ clock: () => Date.now() + DAY })).rejects.toThrow('Open spans');
    process.env.ARTIFACTS_BUCKET = bucket;
    expect(await table(endpoint)).toEqual({});
    await writeOpenSpans({ clock: () => Date.now() + DAY });
    expect(Object.values(await table(endpoint))).toEqual([['a']]);
  });
});
