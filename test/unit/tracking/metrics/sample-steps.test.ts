import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Int64 } from '../../../../functions/mlflow/index.ts';
import { toIntegers } from '../../../../functions/shared/columns/index.ts';
import {
  placesOf,
  type StepInterval,
  sampleSteps,
} from '../../../../functions/tracking/metrics/sample-steps.ts';

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const sample = (runs: readonly Int64[][], count: number, interval?: StepInterval) =>
  [...sampleSteps(runs.map(toIntegers), count, interval)].sort((a, b) => (a < b ? -1 : 1));

describe('the sample of steps', () => {
  it('is MLflow’s', () => {
    expect(sample([range(10)], 5)).toEqual([0, 2, 4, 6, 8, 9]);
    expect(sample([range(10), range(20)], 5)).toEqual([0, 4, 8, 9, 12, 16, 19]);
    expect(sample([range(10)], 10)).toEqual(range(10));
    expect(sample([], 5)).toEqual([]);
    expect(sample([[]], 5)).toEqual([]);
  });

  it('stays within the interval, both ends included, and starts at 0 without one', () => {
    expect(sample([range(10)], 5, { start: 2, end: 5 })).toEqual([2, 3, 4, 5]);
    expect(sample([range(10)], 5, { start: 20, end: 30 })).toEqual([]);
    expect(sample([[-2, -1, 0, 1]], 5)).toEqual([0, 1]);
  });

  it('takes integers of 64 bits as they are', () => {
    const far = [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n];
    expect(
      sample(
        [
          [1, ...far],
          [1, 7],
        ],
        10,
      ),
    ).toEqual([1, 7, ...far]);
    expect(placesOf(toIntegers([1, ...far]), new Set<Int64>([1, 2n ** 53n + 1n]))).toEqual([0, 2]);
    expect(placesOf(toIntegers([...far, 1]), new Set<Int64>([1, 2n ** 53n + 1n]))).toEqual([1, 3]);
  });

  it('has the first and last step of each run, no other than logged ones, and not too many', () => {
    const steps = fc.array(fc.nat(50), { maxLength: 60 });
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 4 }), fc.integer({ min: 1, max: 60 }), (runs, n) => {
        const chosen = sampleSteps(runs.map(toIntegers), n);
        for (const run of runs.filter((one) => one.length > 0)) {
          expect(chosen).toContain(Math.min(...run));
          expect(chosen).toContain(Math.max(...run));
        }
        const logged = new Set(runs.flat());
        expect([...chosen].filter((step) => !logged.has(Number(step)))).toEqual([]);
        expect(chosen.size).toBeLessThanOrEqual(n + 1 + 2 * runs.length);
      }),
    );
  });
});
