import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../../functions/policies/index.ts';
import { metricValue, weightedMetric } from '../../../functions/validation/metrics.ts';
import { first, labels } from '../promotion/statistics/sixty-rows.ts';

describe('metrics', () => {
  it.each([
    ['roc_auc', 0.824375],
    ['log_loss', 0.4875237550897767],
    ['accuracy', 0.7],
    ['precision', 0.5416666666666666],
    ['recall', 0.65],
    ['f1', 0.5909090909090909],
    ['rmse', 0.4083095231153281],
    ['mae', 0.3493333333333333],
    ['r2', 0.249775],
  ] as const)('%s is what scikit-learn computes', (metric, expected) => {
    expect(metricValue(metric, labels, first)).toBeCloseTo(expected, 12);
  });

  it('count a row with weight k as k rows', () => {
    const rows = fc.array(
      fc.record({
        label: fc.integer({ min: 0, max: 1 }),
        score: fc.integer({ min: 1, max: 9 }).map((x) => x / 10),
        weight: fc.integer({ min: 0, max: 3 }),
      }),
      { minLength: 4, maxLength: 25 },
    );
    fc.assert(
      fc.property(rows, fc.constantFrom(...METRICS), (data, metric) => {
        const repeated = data.flatMap((row) => Array.from({ length: row.weight }, () => row));
        const of = (some: typeof data, key: 'label' | 'score' | 'weight') =>
          Float64Array.from(some, (row) => row[key]);
        const weighted = weightedMetric(
          metric,
          of(data, 'label'),
          of(data, 'score'),
        )(of(data, 'weight'));
        const plain = metricValue(metric, of(repeated, 'label'), of(repeated, 'score'));
        if (Number.isFinite(plain)) expect(weighted).toBeCloseTo(plain, 9);
        else expect(Number.isFinite(weighted)).toBe(false);
      }),
    );
  });

  it('are undefined, not wrong, where they cannot be computed', () => {
    const ones = Float64Array.from([1, 1, 1]);
    expect(metricValue('roc_auc', ones, Float64Array.from([0.1, 0.5, 0.9]))).toBeNaN();
    expect(
      metricValue('recall', Float64Array.from([0, 0]), Float64Array.from([0.9, 0.1])),
    ).toBeNaN();
  });
});
