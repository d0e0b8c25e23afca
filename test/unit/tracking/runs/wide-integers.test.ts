import { describe, expect, it } from 'vitest';
import { compactRuns } from '../../../../functions/tracking/segments/compact-runs.ts';
import { handler } from '../../../../functions/tracking/tracking.lambda.ts';
import { callForText } from '../../../support/call-api.ts';
import { anExperiment, aRun, log, useTracking } from '../api.ts';

useTracking();

/** Integers that doubles do not hold, and neighbours that they would not tell apart. */
const WIDE = [
  '9007199254740993',
  '9007199254740992',
  '9223372036854775806',
  '9223372036854775807',
  '1',
];
const ASCENDING = [...WIDE].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));

const PREFIX = '/api/2.0/mlflow';

const get = async (path: string, query: Record<string, string>) =>
  (await callForText(handler, 'GET', `${PREFIX}${path}?${new URLSearchParams(query)}`)).text;

const post = async (path: string, body: object) =>
  (await callForText(handler, 'POST', PREFIX + path, body)).text;

const tokenIn = (text: string): string => JSON.parse(text).next_page_token ?? '';

/** Digits of all fields of the name. */
const field = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`"${name}":(-?\\d+)`, 'g'))].map(([, digits]) => digits);

const pointsAt = (column: 'timestamp' | 'step') =>
  WIDE.map((one) => ({ key: 'loss', value: 1, timestamp: '5', step: '5', [column]: one }));

describe('metrics at integers of 64 bits', () => {
  it.each(['timestamp', 'step'] as const)(
    'keep every %s, in order, page by page',
    async (column) => {
      const run_id = await aRun();
      expect((await log(run_id, { metrics: pointsAt(column) })).status).toBe(200);
      const query = { run_id, metric_key: 'loss' };
      const text = await get('/metrics/get-history', query);
      expect(field(text, column)).toEqual(ASCENDING);
      const paged: (string | undefined)[] = [];
      let page_token = '';
      do {
        const token: Record<string, string> = page_token ? { page_token } : {};
        const page = await get('/metrics/get-history', { ...query, max_results: '1', ...token });
        paged.push(...field(page, column));
        page_token = tokenIn(page);
      } while (page_token);
      expect(paged).toEqual(ASCENDING);
      const run = await get('/runs/get', { run_id });
      expect(field(run, column)).toEqual(['9223372036854775807']);
      const bulk = await get('/metrics/get-history-bulk-interval', {
        run_ids: run_id,
        metric_key: 'loss',
        start_step: '-9223372036854775808',
        end_step: '9223372036854775807',
      });
      expect(field(bulk, column)).toEqual(ASCENDING);
    },
  );

  it('are kept through blocks, beside points of usual size', async () => {
    const run_id = await aRun();
    const points = Array.from({ length: 1000 }, (_, i) => ({
      key: 'loss',
      value: i,
      timestamp: String(2n ** 62n + BigInt(i)),
      step: String(i - 2 ** 40),
    }));
    await log(run_id, { metrics: points.slice(0, 500) });
    await log(run_id, { metrics: points.slice(500) });
    await log(run_id, { metrics: [{ key: 'loss', value: 0, timestamp: 7, step: 7 }] });
    const text = await get('/metrics/get-history', {
      run_id,
      metric_key: 'loss',
      max_results: '600',
    });
    expect(field(text, 'timestamp')).toEqual([
      '7',
      ...points.slice(0, 599).map((one) => one.timestamp),
    ]);
  });
});

describe('runs at integers of 64 bits', () => {
  const times = ['9223372036854775807', '9007199254740993', '5', '0', '-1', '-9223372036854775808'];
  const search = (experiment_id: string, more: object = {}) =>
    post('/runs/search', { experiment_ids: [experiment_id], ...more });

  it('have their times as they were given, newest first, fresh and settled', async () => {
    const experiment_id = await anExperiment();
    for (const start_time of [...times].reverse()) {
      const run_id = await aRun({ experiment_id, start_time });
      const update = { run_id, status: 'FINISHED', end_time: '9223372036854775807' };
      expect(field(await post('/runs/update', update), 'end_time')).toEqual([
        '9223372036854775807',
      ]);
      await log(run_id, {
        metrics: [{ key: 'm', value: 1, timestamp: '9007199254740993', step: 0 }],
      });
    }
    for (let pass = 0; pass < 2; pass++) {
      const text = await search(experiment_id);
      expect(field(text, 'start_time')).toEqual(times);
      expect(field(text, 'end_time')).toEqual(times.map(() => '9223372036854775807'));
      expect(field(text, 'timestamp')).toEqual(times.map(() => '9007199254740993'));
      const page_token = tokenIn(await search(experiment_id, { max_results: 2 }));
      expect(field(await search(experiment_id, { page_token }), 'start_time')).toEqual(
        times.slice(2),
      );
      const old = await search(experiment_id, { filter: 'attributes.start_time < 0' });
      expect(field(old, 'start_time')).toEqual(times.slice(4));
      const settled = await compactRuns(experiment_id, Date.now() + 60_000, {
        minRuns: 1,
        maxFresh: 1000,
        maxRuns: 100,
        maxRows: 100,
        crowd: 1000,
        rest: { ended: 0, running: 0, crowd: 0, sought: 0 },
      });
      expect(settled).toBe(pass === 0 ? times.length : 0);
    }
  });

  it('have models at any step', async () => {
    const run_id = await aRun();
    const models = [{ model_id: 'm-1', step: '9007199254740993' }];
    expect(await post('/runs/outputs', { run_id, models })).toBe('{}');
    expect(field(await get('/runs/get', { run_id }), 'step')).toEqual(['9007199254740993']);
  });
});
