import { describe, expect, it } from 'vitest';
import {
  area,
  difference,
  differenceOfProportions,
  mean,
  proportion,
  quantile,
  ranks,
  ratio,
} from '../../../../functions/monitoring/ab/intervals.ts';
import { forMeans, forProportions } from '../../../../functions/monitoring/ab/sample-size.ts';

const rounded = (values: readonly number[], digits: number) =>
  values.map((value) => Number(value.toFixed(digits)));

describe('intervals', () => {
  it.each([
    // Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
    [81, 263, [0.2553, 0.3662]],
    [15, 148, [0.0624, 0.1605]],
    [0, 20, [0, 0.1611]],
  ])('of a proportion are those of the paper: %d of %d', (count, n, expected) => {
    expect(rounded(proportion(count, n, 0.05)?.interval ?? [], 4)).toEqual(expected);
  });

  it('of a difference of proportions are those of the paper', () => {
    // Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10, 56/70 less 48/80.
    const [a, b] = [proportion(48, 80, 0.05), proportion(56, 70, 0.05)];
    if (!a || !b) throw new Error('no interval');
    expect(rounded(differenceOfProportions(a, b).interval, 4)).toEqual([0.0524, 0.3339]);
  });

  it('of a median take the 40th and the 61st of a hundred values', () => {
    // Conover, Practical Nonparametric Statistics; coverage 0.9648.
    expect(ranks(100, 0.5, 0.05)).toEqual([40, 61]);
    const values = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(quantile(values, 0.5, 0.05)).toEqual({ estimate: 50, interval: [40, 61] });
  });

  it('of a 99th percentile have no upper end below 368 values', () => {
    // 0.99^n ≤ 0.025 from n = 368 on.
    expect(ranks(367, 0.99, 0.05)[1]).toBe(368);
    expect(ranks(368, 0.99, 0.05)[1]).toBe(368);
    expect(quantile([3], 0.99, 0.05)).toEqual({ estimate: 3, interval: [3, null] });
  });

  it('of a mean and of a difference follow from the standard errors', () => {
    const a = mean([1, 2, 3, 4, 5]);
    expect(a).toEqual({ value: 3, error: Math.sqrt(2.5 / 5) });
    if (!a) throw new Error('no mean');
    const { estimate, interval } = difference(a, { value: 4, error: 0 }, 0.05);
    expect([estimate, ...rounded(interval, 4)]).toEqual([1, -0.3859, 2.3859]);
  });

  it('of a ratio are those of a mean when every request has one prediction', () => {
    const values = [3, 1, 4, 1, 5, 9];
    expect(ratio(values.map((y) => ({ y, x: 1 })))).toEqual(mean(values));
    expect(ratio(values.map((y) => ({ y: 2 * y, x: y })))).toEqual({ value: 2, error: 0 });
  });

  it('of an area under the curve have an estimate that counts the pairs in order', () => {
    const scores = [0.1, 0.4, 0.35, 0.8];
    expect(area(scores, [0, 0, 1, 1])?.value).toBe(0.75);
    expect(area(scores, [0, 0, 0, 1])).toBeNull();
  });
});

describe('the planner', () => {
  it("agrees with R's power.prop.test", () => {
    // power.prop.test(p1 = .10, p2 = .12, power = .8): n = 3840.847; p1 = .5, p2 = .75, power = .9: 76.7.
    expect(forProportions(0.1, { effect: 0.02, alpha: 0.05, power: 0.8 })).toBe(3841);
    expect(forProportions(0.5, { effect: 0.25, alpha: 0.05, power: 0.9 })).toBe(77);
  });

  it('agrees with the rule of sixteen for means', () => {
    // Lehr, Statistics in Medicine 11 (1992): 15.7 times the variance over the squared difference.
    expect(forMeans({ a: 1, b: 1 }, { effect: 0.1, alpha: 0.05, power: 0.8 })).toBe(1570);
  });
});
