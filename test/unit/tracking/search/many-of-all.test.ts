import { describe, expect, it, vi } from 'vitest';
import { getItem } from '../../../../functions/shared/dynamo/index.ts';
import { trackingTableName } from '../../../../functions/tracking/keys.ts';
import type { Metric } from '../../../../functions/tracking/runs/run.ts';
import { compactRuns, LIMITS } from '../../../../functions/tracking/segments/compact-runs.ts';
import { experimentsOf } from '../../../../functions/tracking/segments/stream-experiments.ts';
import { useCost } from '../../../support/figures/cost.ts';
import { anExperiment, aRun, get, log, post, runData, useTracking } from '../api.ts';

useTracking();

const costOf = useCost();

/** `MANY_POINTS=1e6` for a metric of a million. */
const MANY = Number(process.env.MANY_POINTS ?? 60_000);

const points = (count: number, from: number, key = 'loss') =>
  Array.from({ length: count }, (_, i) => ({
    key,
    value: Math.sin(from + i),
    timestamp: 1_750_000_000_000 + from + i,
    step: from + i,
  }));

describe('much of everything is an ordinary case', () => {
  it('two hundred runs that log at once: nothing is lost', async () => {
    const runs = await Promise.all(Array.from({ length: 200 }, () => aRun()));
    const logging = runs.map(async (run_id) => {
      for (const [from, count] of [
        [0, 1],
        [1, 40],
        [41, 60],
        [101, 1],
      ] as const) {
        const { status } = await log(run_id, { metrics: points(count, from) });
        expect(status).toBe(200);
      }
    });
    await Promise.all(logging);
    for (const run_id of runs) {
      const { body } = await get('/metrics/get-history', { run_id, metric_key: 'loss' });
      expect(body.metrics).toEqual(points(102, 0));
    }
  });

  it('a run of two thousand metrics shows the latest of each, logged again and again', async () => {
    const run_id = await aRun();
    for (let step = 0; step < 3; step++) {
      for (const half of [0, 1000]) {
        const metrics = Array.from({ length: 1000 }, (_, i) => ({
          key: `m${half + i}`,
          value: step,
          timestamp: 1_750_000_000_000 + step,
          step,
        }));
        expect((await log(run_id, { metrics })).status).toBe(200);
      }
    }
    const { metrics } = await runData(run_id);
    expect(metrics.length).toBe(2000);
    expect(new Set(metrics.map(({ key, step }: Metric) => `${key} ${step}`))).toEqual(
      new Set(Array.from({ length: 2000 }, (_, i) => `m${i} 2`)),
    );
  });

  it('a log call to a long history costs what one to a short history does', async () => {
    // Whether a call looks for others' blocks is left to chance, here spread evenly.
    let drawn = 0;
    const chance = vi.spyOn(Math, 'random').mockImplementation(() => (drawn++ * 0.618) % 1);
    const run_id = await aRun();
    let logged = 0;
    const batch = async () => {
      await log(run_id, { metrics: points(1000, logged) });
      logged += 1000;
    };
    const first = await costOf(28, batch);
    for (let i = 0; i < 40; i++) await batch();
    const last = await costOf(28, batch);
    chance.mockRestore();
    expect(last.calls).toBeLessThan(first.calls + 0.2);
    expect(last.units).toBeLessThan(first.units * 1.1);
  });

  it(`a metric of ${MANY} points is logged, read to its end, sampled, and goes on`, async () => {
    const run_id = await aRun();
    const total = MANY;
    for (let from = 0; from < total; from += 1000) {
      const { status } = await log(run_id, { metrics: points(1000, from) });
      if (status !== 200) throw new Error(`${status} at ${from}`);
    }
    let read = 0;
    let page_token: string | undefined;
    do {
      const query = { run_id, metric_key: 'loss', max_results: '25000' };
      const { body } = await get('/metrics/get-history', {
        ...query,
        ...(page_token && { page_token }),
      });
      for (const { step } of body.metrics) {
        if (step !== read++) throw new Error(`Step ${step} in place of ${read - 1}`);
      }
      page_token = body.next_page_token;
    } while (page_token);
    expect(read).toBe(total);
    const chart = async () => {
      const query = { run_ids: run_id, metric_key: 'loss', max_results: '320' };
      return (await get('/metrics/get-history-bulk-interval', query)).body.metrics;
    };
    const sampled = await chart();
    expect([sampled.length, sampled[0]?.step, sampled.at(-1)?.step]).toEqual([321, 0, total - 1]);
    const cost = await costOf(20, (i) => log(run_id, { metrics: points(1, total + i) }));
    expect(cost.calls).toBeLessThan(1.5);
    expect(cost.units).toBeLessThan(2);
    expect((await chart()).at(-1)).toMatchObject({ step: total + 19 });
    expect((await runData(run_id)).metrics).toEqual(points(1, total + 19));
  });

  it('a chart that is asked for again reads what came since, and nothing else', async () => {
    const run_id = await aRun();
    for (let i = 0; i < 20; i++) await log(run_id, { metrics: points(1000, i * 1000) });
    const chart = async () => {
      const query = { run_ids: run_id, metric_key: 'loss', max_results: '320' };
      return (await get('/metrics/get-history-bulk-interval', query)).body.metrics;
    };
    const whole = await costOf(1, chart);
    const again = await costOf(3, chart);
    expect(again.calls).toBe(1);
    expect(again.units).toBeLessThan(whole.units / 20);
    await log(run_id, { metrics: points(1, 20_000) });
    expect((await chart()).at(-1)).toMatchObject({ step: 20_000 });
  });

  it('runs that have only begun cost the compaction one query, however many they are', async () => {
    const experiment_id = await anExperiment();
    const start_time = Date.now();
    for (let i = 0; i < 100; i++) await aRun({ experiment_id, start_time });
    const { calls } = await costOf(1, () =>
      compactRuns(experiment_id, start_time, LIMITS, { ended: false, sought: false }),
    );
    expect(calls).toBe(1);
  });

  it('a crowd is settled soon; of it, a run that goes on is settled so but once', async () => {
    const experiment_id = await anExperiment();
    const start_time = Date.now();
    const limits = { ...LIMITS, crowd: 70, minRuns: 1 };
    const runs: string[] = [];
    for (let i = 0; i < 80; i++) runs.push(await aRun({ experiment_id, start_time }));
    const compacted = (now: number) =>
      compactRuns(experiment_id, now, limits, { ended: false, sought: false });
    const { calls } = await costOf(1, async () => {
      expect(await compacted(start_time + 9000)).toBe(0);
    });
    // Those that have just begun are not even read.
    expect(calls).toBe(1);
    const cost = await costOf(1, async () => {
      expect(await compacted(start_time + 60_000)).toBe(80);
    });
    // The list twice, heads, points, the manifest four times, the segment, three transactions.
    expect(cost.calls).toBe(12);
    expect(cost.units / 80).toBeLessThan(9);
    for (const run of runs) await log(run, { metrics: points(1, 0) });
    expect(await compacted(Date.now() + 60_000)).toBe(0);
    expect(await compacted(Date.now() + 20 * 60_000)).toBe(80);
  });

  it('a search that had to read many running runs asks for them to be settled, newest first ones only a crowd', async () => {
    const experiment_id = await anExperiment();
    const start_time = Date.now();
    for (let i = 0; i < 140; i++) await aRun({ experiment_id, start_time });
    const asked = async () => {
      const key = { pk: `EXPERIMENT#${experiment_id}`, sk: 'SOUGHT' };
      return (await getItem(trackingTableName(), key)) !== undefined;
    };
    const searched = (body: object) =>
      post('/runs/search', { experiment_ids: [experiment_id], ...body });
    await searched({ max_results: 10 });
    expect(await asked()).toBe(false);
    await searched({ filter: "params.p = 'x'" });
    expect(await asked()).toBe(true);
    const stream = {
      dynamodb: { Keys: { pk: { S: `EXPERIMENT#${experiment_id}` }, sk: { S: 'SOUGHT' } } },
    };
    const change = experimentsOf([stream]).get(experiment_id);
    expect(change).toEqual({ ended: false, sought: true });
    const compacted = (now: number, changes = change) =>
      compactRuns(experiment_id, now, LIMITS, changes);
    const later = Date.now() + 5000;
    expect(await compacted(later, { ended: false, sought: false })).toBe(0);
    expect(await compacted(start_time + 1000)).toBe(0);
    expect(await compacted(later)).toBe(140);
  });
});
