import fc from 'fast-check';
import { type Int64, toInt64 } from '../../../functions/mlflow/index.ts';
import { distinctPoints, storedValue } from '../../../functions/tracking/metrics/metric-points.ts';
import type { Metric } from '../../../functions/tracking/runs/run.ts';

export const aMetric = (overrides: Partial<Metric> = {}): Metric => ({
  key: 'loss',
  value: 0.25,
  timestamp: 1_700_000_000_000,
  step: 0,
  ...overrides,
});

/** Few keys, steps and values, so that duplicates and ties happen. */
export const clashingMetric: fc.Arbitrary<Metric> = fc.record({
  key: fc.constantFrom('loss', 'acc', 'größe/β'),
  value: fc.constantFrom(0, 1, -1, Number.NaN, storedValue(Infinity)),
  timestamp: fc.integer({ min: 0, max: 2 }),
  step: fc.integer({ min: -1, max: 2 }),
});

/** Most are small, some beyond what a number holds exactly. */
const int64: fc.Arbitrary<Int64> = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => toInt64(value) ?? 0),
);

export const metrics: fc.Arbitrary<Metric[]> = fc.array(
  fc.oneof(
    clashingMetric,
    fc.record({
      key: fc.string({ minLength: 1, maxLength: 8 }),
      value: fc.double().map(storedValue),
      timestamp: int64.filter((time) => time >= 0),
      step: int64,
    }),
  ),
  { maxLength: 60 },
);

/** What the history of a metric must be after these points. */
export const historyOf = (metrics: readonly Metric[], key: string): Metric[] =>
  distinctPoints(metrics.filter((metric) => metric.key === key));
