import { describe, expect, it } from 'vitest';
import {
  checkPerformance,
  type PerformanceData,
} from '../../../../functions/validation/checks/check-performance.ts';

interface Scored {
  readonly labels: readonly number[];
  readonly own: readonly number[];
  readonly champion?: readonly number[];
  readonly baseline?: readonly number[];
}

function dataOf({ labels, own, champion, baseline = [] }: Scored): PerformanceData {
  const rows = labels.map((_, i) => ({ place: i % 2 === 0 ? 'even' : 'odd' }));
  return {
    evaluation: async () => ({
      rows,
      labels: Float64Array.from(labels),
      digest: 'sha256:0',
      path: 'run:/x',
    }),
    scores: async () => Float64Array.from(own),
    championScores: async () => champion && Float64Array.from(champion),
    baselineScores: async () => Float64Array.from(baseline),
  };
}

/** The only check of one threshold. */
async function check(rule: object, data: Scored) {
  const policy = { mode: 'enabled', thresholds: [rule] } as Parameters<typeof checkPerformance>[0];
  const results = await checkPerformance(policy, dataOf(data));
  expect(results).toHaveLength(1);
  return results[0]!;
}

const labels = [1, 1, 1, 1, 0, 0, 0, 0];
/** Right on 7 rows of 8, and on 5 of 8. */
const good = [0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.9];
const fair = [0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9];
/** Errors of 1 and of 4 on every row. */
const by = (error: number) => labels.map((label) => label + error);

const relatively = (metric: string, least: number) => ({
  metric,
  min_relative_change_vs_champion: least,
});
const absolutely = (metric: string, least: number) => ({
  metric,
  min_change_vs_champion: least,
});

describe('the change against the champion', () => {
  it('is a share of the champion’s value where it is relative: 7/8 after 5/8 is 40 % more', async () => {
    const data = { labels, own: good, champion: fair };
    const passed = await check(relatively('accuracy', 0.39), data);
    expect(passed).toMatchObject({
      name: 'accuracy_vs_champion_relative',
      status: 'PASSED',
      limit: { min: 0.39 },
      unit: 'relative accuracy change',
    });
    expect(passed.measured).toBeCloseTo(0.4, 12);
    expect(await check(relatively('accuracy', 0.41), data)).toMatchObject({ status: 'FAILED' });
    expect((await check(absolutely('accuracy', 0), data)).measured).toBeCloseTo(0.25, 12);
  });

  it('is negative for a worse model: 5/8 after 7/8 is 2/7 less', async () => {
    const worse = await check(relatively('accuracy', 0), { labels, own: fair, champion: good });
    expect(worse.status).toBe('FAILED');
    expect(worse.measured).toBeCloseTo(-2 / 7, 12);
  });

  it('counts a decrease as a gain where less is better: an error of 1 after 4 is 75 % less', async () => {
    const data = { labels, own: by(1), champion: by(4) };
    expect((await check(relatively('rmse', 0.7), data)).measured).toBeCloseTo(0.75, 12);
    expect((await check(absolutely('rmse', 0), data)).measured).toBeCloseTo(3, 12);
    const reverse = { labels, own: by(4), champion: by(1) };
    expect(await check(relatively('rmse', 0), reverse)).toMatchObject({
      status: 'FAILED',
      measured: -3,
    });
  });

  it('keeps its sign where the champion’s value is negative', async () => {
    // R² = 1 − error² / 0.25 with half of the labels 1: −3 for errors of 1, −63 for errors of 4.
    const data = { labels, own: by(1), champion: by(4) };
    const better = await check(relatively('r2', 0.9), data);
    expect(better.status).toBe('PASSED');
    expect(better.measured).toBeCloseTo(60 / 63, 12);
    const worse = await check(relatively('r2', 0), { labels, own: by(4), champion: by(1) });
    expect(worse).toMatchObject({ status: 'FAILED', measured: expect.closeTo(-20, 9) });
  });

  it('is nothing to measure by against a champion whose value is 0, whichever way it went', async () => {
    for (const own of [by(1), by(0)]) {
      const zero = await check(relatively('rmse', 0), { labels, own, champion: by(0) });
      expect(zero).toMatchObject({
        status: 'ERROR',
        message: expect.stringContaining('undefined'),
      });
    }
  });

  it('is skipped without a champion', async () => {
    const skipped = await check(relatively('accuracy', 0.5), { labels, own: good });
    expect(skipped).toMatchObject({
      status: 'SKIPPED',
      message: 'there is no champion to compare with',
    });
  });

  it('is taken from the baseline’s scores, not the champion’s, where the rule says baseline', async () => {
    const data = { labels, own: good, champion: good, baseline: fair };
    const rule = { metric: 'accuracy', min_change_vs_baseline: 0.2 };
    expect((await check(rule, data)).measured).toBeCloseTo(0.25, 12);
  });

  it('is reckoned on the rows of the slice alone', async () => {
    const policy = {
      mode: 'enabled',
      slices: [
        { name: 'even', where: "place = 'even'", ...relatively('accuracy', 0.45) },
        { name: 'odd', where: "place = 'odd'", ...relatively('accuracy', 0.45) },
      ],
    } as Parameters<typeof checkPerformance>[0];
    const results = await checkPerformance(policy, dataOf({ labels, own: good, champion: fair }));
    expect(results).toMatchObject([
      { slice: 'even', status: 'FAILED', measured: expect.closeTo(1 / 3, 12) },
      { slice: 'odd', status: 'PASSED', measured: expect.closeTo(1 / 2, 12) },
    ]);
  });
});

describe('slices by the values of a column', () => {
  it('are the hundred largest, the worst of which is told of', async () => {
    // The values 0 to 100 have two rows more each than the one before; those of 0 are all wrong.
    const places = Array.from({ length: 101 }, (_, i) => Array(30 + 2 * i).fill(i)).flat();
    const labels = places.map((_, i) => i % 2);
    const own = labels.map((label, i) => (places[i] === 0 ? 1 - label : label));
    const data = dataOf({ labels, own });
    const rows = places.map((place) => ({ place }));
    const evaluation = async () => ({ ...(await data.evaluation()), rows });
    const slices = [{ name: 'place', by: 'place', metric: 'accuracy', min: 0.5 }];
    const policy = { mode: 'enabled', slices } as Parameters<typeof checkPerformance>[0];
    const [result] = await checkPerformance(policy, { ...data, evaluation });
    expect(result).toMatchObject({
      status: 'PASSED',
      measured: 1,
      message: expect.stringMatching(/worst of 100 slices, place = 100; 1 are left out/),
    });
  });

  it.each([{ by: 'plaice' }, { where: 'plaice = 1' }])(
    'is an error by a column that there is not: %j',
    async (rows) => {
      const data = dataOf({ labels: [0, 1], own: [0, 1] });
      const slices = [{ name: 'place', ...rows, metric: 'accuracy', min: 0.5 }];
      const policy = { mode: 'enabled', slices } as Parameters<typeof checkPerformance>[0];
      const evaluation = async () => ({
        ...(await data.evaluation()),
        rows: [{ place: 1 }, { place: 2 }],
      });
      const [result] = await checkPerformance(policy, { ...data, evaluation });
      expect(result).toMatchObject({
        status: 'ERROR',
        message: expect.stringContaining("no column 'plaice'; they have place"),
      });
    },
  );
});
