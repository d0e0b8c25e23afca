import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { getItem, queryAll, writeOne } from '../../../../functions/shared/dynamo/index.ts';
import { log as logger } from '../../../../functions/shared/log.ts';
import { packMetrics, unpackMetrics } from '../../../../functions/tracking/metrics/metric-codec.ts';
import { latestMetrics } from '../../../../functions/tracking/metrics/metric-points.ts';
import type { OpenItem } from '../../../../functions/tracking/metrics/metric-store.ts';
import { chunksIn } from '../../../../functions/tracking/metrics/open-chunks.ts';
import type { Metric } from '../../../../functions/tracking/runs/run.ts';
import { callApi } from '../../../support/call-api.ts';
import { killAt } from '../../../support/crash/kill-at.ts';
import { aRun, asObject, get, log, runData, useTracking } from '../api.ts';
import { clashingMetric, historyOf } from '../arbitraries.ts';

useTracking();

const wire = (points: readonly Metric[]) =>
  points.map((point) => ({ ...point, value: Number.isNaN(point.value) ? 'NaN' : point.value }));

const series = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({
    key: 'loss',
    value: Math.sin(from + i),
    timestamp: 1_700_000_000_000 + from + i,
    step: from + i,
  }));

const history = async (run_id: string, query: Record<string, string> = {}) =>
  (await get('/metrics/get-history', { run_id, metric_key: 'loss', ...query })).body;

async function chunksOf(run_id: string): Promise<Uint8Array[]> {
  const open = await getItem<OpenItem>('metrics', { pk: `RUN#${run_id}`, sk: 'OPEN' });
  return open ? [...chunksIn(open).values()] : [];
}

describe('a run that is not there', () => {
  it.each(['1.5', 'a'.repeat(32)])('has no points: %s', async (run_id) => {
    expect(await history(run_id)).toEqual({});
  });
});

describe('a history asked for with a size that is no number of 32 bits', () => {
  it.each([
    [{ metric_key: 'loss' }, 'run_id'],
    [{ run_id: 'r' }, 'metric_key'],
  ])('has no run or key of the right type, where it has none: %j', async (given, name) => {
    const { status, body } = await get('/metrics/get-history', { ...given, max_results: '2e9x' });
    expect([status, body.message]).toEqual([
      400,
      expect.stringContaining(`Invalid value null for parameter '${name}' supplied`),
    ]);
  });
});

describe('a run whose sealing was interrupted', () => {
  it('reads as before, and goes on', async () => {
    const run_id = await aRun();
    await log(run_id, { metrics: series(100) });
    const pk = `RUN#${run_id}`;
    const [points] = await chunksOf(run_id);
    await writeOne({ table: 'metrics', put: { pk, sk: 'SEALED#0', points } });
    await writeOne({ table: 'metrics', put: { pk, sk: 'SUMMARY', latest: points, revision: 1 } });
    expect((await history(run_id)).metrics).toEqual(series(100));
    expect((await runData(run_id)).metrics).toEqual(series(1, 99));
    for (let step = 100; step < 200; step++) await log(run_id, { metrics: series(1, step) });
    expect((await history(run_id)).metrics).toEqual(series(200));
    expect((await runData(run_id)).metrics).toEqual(series(1, 199));
  });
});

describe('a run whose open points were written as a map', () => {
  it('is read, and goes on', async () => {
    const run_id = await aRun();
    const key = { pk: `RUN#${run_id}`, sk: 'OPEN' };
    const chunks = { a: packMetrics(series(40)), b: packMetrics(series(1, 40)) };
    const values = { ':chunks': chunks, ':bytes': chunks.a.length + chunks.b.length };
    const update = 'SET chunks = :chunks, #bytes = :bytes';
    await writeOne({ table: 'metrics', key, update, names: { '#bytes': 'bytes' }, values });
    expect((await runData(run_id)).metrics).toEqual(series(1, 40));
    for (let step = 41; step < 200; step++) await log(run_id, { metrics: series(1, step) });
    expect((await history(run_id)).metrics).toEqual(series(200));
    const open = await getItem<OpenItem>('metrics', key);
    expect(open?.chunks).toEqual({});
  });
});

describe('a run with more metrics than fit one item', () => {
  it('shows all of them', async () => {
    const run_id = await aRun();
    const letter = () => String.fromCharCode(0x4e00 + Math.floor(Math.random() * 20_000));
    const keys = Array.from({ length: 2000 }, () => Array.from({ length: 240 }, letter).join(''));
    for (const batch of [keys.slice(0, 1000), keys.slice(1000)]) {
      const metrics = batch.map((key) => ({ key, value: 1, timestamp: 1, step: 0 }));
      expect((await log(run_id, { metrics })).status).toBe(200);
    }
    const { metrics } = await runData(run_id);
    expect(metrics.map(({ key }: Metric) => key).sort()).toEqual(keys.sort());
  });
});

describe('the history of a metric', () => {
  it('holds every point of a run that logged for long, once, in order', async () => {
    const run_id = await aRun();
    for (let step = 0; step < 300; step++) await log(run_id, { metrics: series(1, step) });
    expect((await history(run_id)).metrics).toEqual(series(300));
    expect((await runData(run_id)).metrics).toEqual(series(1, 299));
  });

  it('is read page by page, also while points are added before the page', async () => {
    const run_id = await aRun();
    await log(run_id, { metrics: series(250, 1000) });
    const pages: (readonly unknown[])[] = [];
    let token: string | undefined;
    do {
      const query = { max_results: '100', ...(token && { page_token: token }) };
      const page = await history(run_id, query);
      pages.push(page.metrics);
      token = page.next_page_token;
      await log(run_id, { metrics: series(10, pages.length * 10) });
    } while (token);
    expect(pages.map((page) => page.length)).toEqual([100, 100, 50]);
    expect(pages.flat()).toEqual(series(250, 1000));
  });

  it('is empty for a metric that nobody logged and for a run that is not there', async () => {
    expect(await history(await aRun())).toEqual({});
    expect(await history('x')).toEqual({});
  });

  it('takes pages of any size', async () => {
    const run_id = await aRun();
    await log(run_id, { metrics: series(3, 0) });
    const query = { run_id, metric_key: 'loss', max_results: '2000000000' };
    expect((await get('/metrics/get-history', query)).body.metrics).toEqual(series(3, 0));
  });

  it.each([
    [{ max_results: '0' }, 'max_results'],
    [{ page_token: 'x' }, 'page token'],
    [{ max_results: '0', page_token: 'x' }, 'page token'],
  ])('refuses %j for its %s', async (query, what) => {
    const run_id = await aRun();
    const answer = await get('/metrics/get-history', { run_id, metric_key: 'm', ...query });
    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(what) } });
  });

  it('agrees with a list in memory after any calls, whole, twice or at once', async () => {
    const batch = fc.array(clashingMetric, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), async (batches) => {
        const run_id = await aRun();
        for (const points of batches) {
          const metrics = wire(points);
          await Promise.all([log(run_id, { metrics }), log(run_id, { metrics })]);
        }
        const expected = historyOf(batches.flat(), 'loss');
        expect((await history(run_id)).metrics ?? []).toEqual(wire(expected));
      }),
      { numRuns: 15 },
    );
  });
});

describe('metrics of many sizes', () => {
  const batch = fc.record({
    from: fc.nat(400),
    count: fc.constantFrom(1, 3, 40, 250),
    step: fc.constantFrom(1, 1000, -3),
    kill: fc.option(fc.record({ call: fc.integer({ min: 1, max: 6 }), done: fc.boolean() })),
  });

  it('read the same as a list, whole, by pages and the latest, whoever died while logging', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(batch, { minLength: 1, maxLength: 14 }),
        fc.constantFrom('1', '100', '333'),
        async (batches, max_results) => {
          const run_id = await aRun();
          const all: Metric[] = [];
          for (const { from, count, step, kill } of batches) {
            const metrics = Array.from({ length: count }, (_, i) => ({
              key: i % 2 === 0 ? 'loss' : 'acc',
              value: Math.sin(from + i * 7),
              timestamp: 100_000 + (from + i) * step,
              step: from + i,
            }));
            if (kill) await killAt(kill.call, kill.done, () => log(run_id, { metrics }));
            expect((await log(run_id, { metrics })).status).toBe(200);
            all.push(...metrics);
          }
          const expected = historyOf(all, 'loss');
          expect((await history(run_id)).metrics).toEqual(expected);
          if (expected.length < 50 || max_results !== '1') {
            expect(await pagesOf(run_id, max_results)).toEqual(expected);
          }
          const byKey = (a: Metric, b: Metric) => (a.key < b.key ? -1 : 1);
          const { metrics } = await runData(run_id);
          expect(metrics.toSorted(byKey)).toEqual(latestMetrics(all).sort(byKey));
        },
      ),
      { numRuns: 25 },
    );
  });

  async function pagesOf(run_id: string, max_results: string): Promise<unknown[]> {
    const found: unknown[] = [];
    let token: string | undefined;
    do {
      const page = await history(run_id, { max_results, ...(token && { page_token: token }) });
      found.push(...(page.metrics ?? []));
      token = page.next_page_token;
    } while (token);
    return found;
  }
});

describe('processes that log to one run in turns, each knowing only what it did', () => {
  const call = fc.record({
    process: fc.nat(2),
    count: fc.constantFrom(1, 20, 60, 250),
    times: fc.integer({ min: 1, max: 12 }),
    read: fc.boolean(),
  });

  it('lose nothing, and readers that remember histories see every point at once', async () => {
    const handlers = [await anotherProcess(), await anotherProcess(), await anotherProcess()];
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 12 }), async (calls) => {
        const run_id = await aRun();
        let logged = 0;
        for (const { process, count, times, read } of calls) {
          for (let i = 0; i < times; i++) {
            const metrics = series(count, logged);
            const handler = handlers[process];
            if (!handler) throw new Error('There are three processes');
            const { status } = await callApi(handler, 'POST', LOG_BATCH, { run_id, metrics });
            expect(status).toBe(200);
            logged += count;
          }
          if (!read) continue;
          const query = { run_ids: run_id, metric_key: 'loss', max_results: '2500' };
          const { metrics } = (await get('/metrics/get-history-bulk-interval', query)).body;
          expect(metrics.length).toBe(Math.min(logged, 2501));
          expect((await runData(run_id)).metrics).toEqual(series(1, logged - 1));
        }
        expect((await history(run_id)).metrics).toEqual(series(logged));
      }),
      { numRuns: 15 },
    );
  });

  it('lose nothing when each replaces its chunk while others seal', async () => {
    const handlers = [await anotherProcess(), await anotherProcess(), await anotherProcess()];
    const run_id = await aRun();
    const calls = 120;
    await Promise.all(
      handlers.map(async (handler, process) => {
        for (let i = 0; i < calls; i++) {
          const metrics = series(4, 4 * (process * calls + i));
          const { status } = await callApi(handler, 'POST', LOG_BATCH, { run_id, metrics });
          expect(status).toBe(200);
        }
      }),
    );
    expect((await history(run_id)).metrics).toEqual(series(4 * calls * handlers.length));
  });

  it('have one chunk each, and none of what another has sealed', async () => {
    const [one, other] = [await anotherProcess(), await anotherProcess()];
    const run_id = await aRun();
    const from = (handler: typeof one, at: number, count = 1) =>
      callApi(handler, 'POST', LOG_BATCH, { run_id, metrics: series(count, at) });
    for (let i = 0; i < 6; i++) await from(i % 2 ? one : other, i);
    expect((await pointsOfChunks(run_id)).sort()).toEqual([3, 3]);
    // Together they are too many for the run's item, as the next call learns.
    await from(other, 6, 80);
    await from(one, 86, 80);
    await from(one, 166);
    expect(await pointsOfChunks(run_id)).toEqual([]);
    await from(other, 167);
    expect(await pointsOfChunks(run_id)).toEqual([1]);
    expect((await history(run_id)).metrics).toEqual(series(168));
  });

  async function pointsOfChunks(run_id: string): Promise<number[]> {
    return (await chunksOf(run_id)).map((chunk) => unpackMetrics(chunk).length);
  }

  const LOG_BATCH = '/api/2.0/mlflow/runs/log-batch';

  async function anotherProcess() {
    vi.resetModules();
    return (await import('../../../../functions/tracking/tracking-ingest.lambda.ts')).handler;
  }
});

describe('damage', () => {
  const damaged = (bytes: Uint8Array | undefined) => {
    const points = Uint8Array.from(bytes ?? []);
    const place = points.length - 8;
    points[place] = (points[place] ?? 0) ^ 1;
    return points;
  };

  /** Places that were reported as damaged since. */
  const reports = () => {
    const told = vi.spyOn(logger, 'error').mockImplementation(() => {});
    return () => told.mock.calls.map(([, more]) => (more as unknown as { where: string }).where);
  };

  it('of a block is reported, it is left out, and the rest is served', async () => {
    const run_id = await aRun();
    for (const from of [0, 250, 500]) await log(run_id, { metrics: series(250, from) });
    const pk = `RUN#${run_id}`;
    const blocks: { sk: string; points: Uint8Array }[] = [];
    const query = { table: 'metrics', condition: 'pk = :pk AND begins_with(sk, :sealed)' };
    const values = { ':pk': pk, ':sealed': 'SEALED#' };
    for await (const block of queryAll<(typeof blocks)[number]>({ ...query, values })) {
      blocks.push(block);
    }
    expect(blocks).toHaveLength(3);
    const [, second] = blocks;
    await writeOne({ table: 'metrics', put: { ...second, points: damaged(second?.points) } });
    const reported = reports();
    const left = [...series(250), ...series(250, 500)];
    expect((await history(run_id)).metrics).toEqual(left);
    expect(reported()).toEqual([`${pk} ${second?.sk}`]);
    expect((await runData(run_id)).metrics).toEqual(series(1, 749));
  });

  it('of an open chunk is reported, it is left out, and the run goes on', async () => {
    const run_id = await aRun();
    await log(run_id, { metrics: series(3) });
    const key = { pk: `RUN#${run_id}`, sk: 'OPEN' };
    const open = await getItem<OpenItem>('metrics', key);
    const [[name, chunk] = []] = open ? [...chunksIn(open)] : [];
    const update = { update: 'SET #chunk = :bytes', names: { '#chunk': String(name) } };
    await writeOne({ table: 'metrics', key, ...update, values: { ':bytes': damaged(chunk) } });
    const reported = reports();
    expect(await history(run_id)).toEqual({});
    expect(reported()).toEqual([key.pk]);
    expect((await log(run_id, { metrics: series(300, 3) })).status).toBe(200);
    expect((await history(run_id)).metrics?.slice(-300)).toEqual(series(300, 3));
  });

  it('of the summary is made good from the blocks, now and when more is folded in', async () => {
    const run_id = await aRun();
    const keys = ['a', 'b', 'c'];
    const batch = (key: string, from: number) =>
      log(run_id, { metrics: series(400, from).map((point) => ({ ...point, key })) });
    const latest = async () => {
      const { metrics } = await runData(run_id);
      return asObject(metrics.map(({ key, step }) => ({ key, value: step })));
    };
    for (let i = 0; i < 9; i++) await batch(keys[i % 3] ?? '', 400 * i);
    const before = await latest();
    const summary = { pk: `RUN#${run_id}`, sk: 'SUMMARY' };
    const item = await getItem<{ latest: Uint8Array }>('metrics', summary);
    await writeOne({ table: 'metrics', put: { ...item, latest: damaged(item?.latest) } });
    const reported = reports();
    expect(await latest()).toEqual(before);
    expect(reported()).toEqual([`${summary.pk} SUMMARY`]);
    for (let i = 9; i < 20; i++) await batch('d', 400 * i);
    expect(await latest()).toEqual({ ...before, d: 7999 });
    const after = await getItem<{ latest: Uint8Array }>('metrics', summary);
    const kept = unpackMetrics(after?.latest ?? new Uint8Array()).map(({ key }) => key);
    expect(kept.toSorted()).toEqual([...keys, 'd']);
  });
});

describe('a history beyond what an answer can hold', () => {
  it('comes in pages although nobody asked for them', async () => {
    const run_id = await aRun();
    const key = 'k'.repeat(250);
    for (let from = 0; from < 12_000; from += 1000) {
      const metrics = series(1000, from).map((point) => ({ ...point, key }));
      await log(run_id, { metrics });
    }
    const first = (await get('/metrics/get-history', { run_id, metric_key: key })).body;
    const { next_page_token: page_token = '' } = first;
    const rest = (await get('/metrics/get-history', { run_id, metric_key: key, page_token })).body;
    const steps = [...first.metrics, ...rest.metrics].map(({ step }) => step);
    expect(steps).toEqual(Array.from({ length: 12_000 }, (_, step) => step));
    expect(rest.next_page_token).toBeUndefined();
  });
});
