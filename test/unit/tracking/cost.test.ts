import { describe, expect, it } from 'vitest';
import { useCost } from '../../support/cost.ts';
import { anExperiment, aRun, get, log, post, useTracking } from './api.ts';

useTracking();

const costOf = useCost();

describe('the bill of tracking', () => {
  it('for one point is one call and little more than a write unit, sealing included', async () => {
    const run_id = await aRun();
    const point = (step: number) => ({ key: 'loss', value: Math.sin(step), timestamp: step, step });
    const { calls, units } = await costOf(200, (i) =>
      post('/runs/log-metric', { run_id, ...point(i) }),
    );
    expect(calls).toBeLessThan(1.2);
    expect(units).toBeLessThan(1.2);
  });

  it.each([
    ['values of full precision', 10, () => Math.random(), 0.024],
    ['values of single precision', 10, () => Math.fround(Math.random()), 0.018],
    ['many keys', 500, () => Math.random(), 0.031],
  ])('for a thousand points with %s is little a point', async (_, keys, value, limit) => {
    const run_id = await aRun();
    const { units } = await costOf(40, (i) =>
      log(run_id, {
        metrics: Array.from({ length: 1000 }, (__, n) => ({
          key: `metric-${n % keys}`,
          value: value(),
          timestamp: 1_750_000_000_000 + i * 1000 + n,
          step: i * 1000 + n,
        })),
      }),
    );
    expect(units / 1000).toBeLessThan(limit);
  });

  it('for a param is one call and one unit', async () => {
    const run_id = await aRun();
    const cost = await costOf(5, (i) => log(run_id, { params: [{ key: `p${i}`, value: '1' }] }));
    expect(cost).toEqual({ calls: 1, units: 1 });
  });

  it('for a list of experiments is one call, and one more when some have changed', async () => {
    const ids = [await anExperiment(), await anExperiment()];
    await post('/experiments/search', {});
    const search = () => post('/experiments/search', {});
    expect(await costOf(1, search)).toEqual({ calls: 1, units: 1 });
    for (const experiment_id of ids) {
      await post('/experiments/set-experiment-tag', { experiment_id, key: 'k', value: 'v' });
    }
    expect((await costOf(1, search)).calls).toBe(2);
    expect((await costOf(1, search)).calls).toBe(1);
  });

  it('for a page of the newest runs does not depend on how many runs there are', async () => {
    const experiment_id = await anExperiment();
    for (let i = 0; i < 60; i++) await aRun({ experiment_id, start_time: i });
    const search = () => post('/runs/search', { experiment_ids: [experiment_id], max_results: 5 });
    const { calls, units } = await costOf(1, search);
    // The fresh runs, the segments, the heads of the page and their metrics.
    expect(calls).toBe(4);
    expect(units).toBeLessThan(15);
  });

  it('for a history that is asked for again is one call, however many blocks it has', async () => {
    const run_id = await aRun();
    for (let i = 0; i < 5; i++) {
      const point = (n: number) => ({ key: 'loss', value: Math.random(), timestamp: n, step: n });
      const metrics = Array.from({ length: 400 }, (_, n) => point(400 * i + n));
      await log(run_id, { metrics });
    }
    const history = () => get('/metrics/get-history', { run_id, metric_key: 'loss' });
    const { body } = await history();
    const { calls, units } = await costOf(3, async () => {
      expect((await history()).body).toEqual(body);
    });
    expect(body.metrics).toHaveLength(2000);
    expect({ calls, units }).toEqual({ calls: 1, units: 1 });
  });

  it('for a run is one call, and two when points of it are in blocks', async () => {
    const run_id = await aRun();
    const { calls: few, units } = await costOf(1, () => get('/runs/get', { run_id }));
    expect({ few, units }).toEqual({ few: 1, units: 2 });
    for (let i = 0; i < 200; i++) {
      const value = Math.random();
      await log(run_id, { metrics: [{ key: `m${i}`, value, timestamp: 1, step: 0 }] });
    }
    const { calls } = await costOf(1, () => get('/runs/get', { run_id }));
    expect(calls).toBe(2);
  });
});
