import fc from 'fast-check';
import { storedValue } from '../../../functions/tracking/metric-points.ts';
import type { Metric } from '../../../functions/tracking/run.ts';

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

export const metrics: fc.Arbitrary<Metric[]> = fc.array(
  fc.oneof(
    clashingMetric,
    fc.record({
      key: fc.string({ minLength: 1, maxLength: 8 }),
      value: fc.double().map(storedValue),
      timestamp: fc.maxSafeNat(),
      step: fc.maxSafeInteger(),
    }),
  ),
  { maxLength: 60 },
);
