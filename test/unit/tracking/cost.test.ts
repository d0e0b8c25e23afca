import { describe, expect, it } from 'vitest';
import { compactRuns, LIMITS } from '../../../functions/tracking/segments/compact-runs.ts';
import { useCost } from '../../support/figures/cost.ts';
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
    ['many keys', 500, () => Math.random(), 0.03],
  ])('for a thousand points with %s is little a point, compaction included', async (...given) => {
    const [, keys, value, limit] = given;
    const experiment_id = await anExperiment();
    const run_id = await aRun({ experiment_id });
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
    const settling = await costOf(1, () =>
      compactRuns(experiment_id, Date.now() + 3_600_000, { ...LIMITS, minRuns: 1 }),
    );
    expect(settling.calls).toBeGreaterThan(0);
    expect((40 * units + settling.units) / 40_000).toBeLessThanOrEqual(limit);
  });

  it('for a param is one call and one unit', async () => {
    const run_id = await aRun();
    const cost = await costOf(5, (i) => log(run_id, { params: [{ key: `p${i}`, value: '1' }] }));
    expect(cost).toEqual({ calls: 1, units: 1 });
  });

  it('for the deletion of an experiment is a few calls, however many runs are at rest', async () => {
    const experiment_id = await anExperiment();
    for (let i = 0; i < 40; i++) await aRun({ experiment_id, start_time: i });
    const rest = { ended: 0, running: 0, crowd: 0, sought: 0 };
    const settled = () => compactRuns(experiment_id, Date.now(), { ...LIMITS, minRuns: 1, rest });
    expect(await settled()).toBe(40);
    const found = async (run_view_type: string) => {
      const { body } = await post('/runs/search', {
        experiment_ids: [experiment_id],
        run_view_type,
      });
      return body.runs ?? [];
    };
    const { calls } = await costOf(1, () => post('/experiments/delete', { experiment_id }));
    // The experiment, its mark, the list and the segment, and whose assessments go.
    expect(calls).toBeLessThanOrEqual(10);
    expect([(await found('DELETED_ONLY')).length, (await found('ACTIVE_ONLY')).length]).toEqual([
      40, 0,
    ]);
    expect(await settled()).toBe(0);
    await post('/experiments/restore', { experiment_id });
    const [first] = await found('ACTIVE_ONLY');
    const run_id = first?.info.run_id ?? '';
    expect((await log(run_id, { params: [{ key: 'late', value: '1' }] })).status).toBe(200);
    expect((await found('ACTIVE_ONLY')).map(({ data }) => data.params?.length ?? 0)).toEqual([
      1,
      ...Array(39).fill(0),
    ]);
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
