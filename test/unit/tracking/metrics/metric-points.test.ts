import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  distinctPoints,
  latestMetrics,
  storedValue,
} from '../../../../functions/tracking/metrics/metric-points.ts';
import { aMetric, clashingMetric, historyOf } from '../arbitraries.ts';

const points = fc.array(clashingMetric, { maxLength: 30 });
const sorted = (values: readonly object[]) => values.map((one) => JSON.stringify(one)).sort();

describe('the latest point of a metric', () => {
  it.each([
    ['the greatest step', { step: 2, timestamp: 1 }, { step: 1, timestamp: 9 }],
    ['then the greatest timestamp', { step: 1, timestamp: 2 }, { step: 1, timestamp: 1 }],
    ['then the greatest value', { value: 2 }, { value: 1 }],
    ['a NaN over a negative value', { value: Number.NaN }, { value: -1 }],
    ['a positive value over NaN', { value: 1 }, { value: Number.NaN }],
  ])('has %s', (_, winner, loser) => {
    const [first, second] = [aMetric(winner), aMetric(loser)];
    expect(latestMetrics([first, second])).toEqual([first]);
    expect(latestMetrics([second, first])).toEqual([first]);
  });

  it('does not depend on order, repetition or how the points were split', () => {
    fc.assert(
      fc.property(points, fc.nat(), (all, cut) => {
        const latest = sorted(latestMetrics(all));
        expect(sorted(latestMetrics([...all].reverse()))).toEqual(latest);
        expect(sorted(latestMetrics([...all, ...all]))).toEqual(latest);
        const [head, tail] = [all.slice(0, cut % 31), all.slice(cut % 31)];
        expect(sorted(latestMetrics([...latestMetrics(head), ...tail]))).toEqual(latest);
      }),
    );
  });
});

describe('the history of a metric', () => {
  it('is ordered by timestamp, step and value, exact duplicates once', () => {
    const history = historyOf(
      [
        aMetric({ timestamp: 2, step: 0, value: 1 }),
        aMetric({ timestamp: 1, step: 5, value: 1 }),
        aMetric({ timestamp: 1, step: 5, value: 1 }),
        aMetric({ timestamp: 1, step: 0, value: 2 }),
        aMetric({ timestamp: 1, step: 0, value: 1 }),
        aMetric({ key: 'other' }),
      ],
      'loss',
    );
    expect(history.map(({ timestamp, step, value }) => [timestamp, step, value])).toEqual([
      [1, 0, 1],
      [1, 0, 2],
      [1, 5, 1],
      [2, 0, 1],
    ]);
  });

  it('tells NaN from 0 and drops duplicates of either', () => {
    const twice = [0, Number.NaN, 0, Number.NaN].map((value) => aMetric({ value }));
    expect(historyOf(twice, 'loss').map(({ value }) => value)).toEqual([0, Number.NaN]);
  });

  it('is the same from the points and from the points without duplicates', () => {
    fc.assert(
      fc.property(points, (all) => {
        expect(distinctPoints(distinctPoints(all))).toEqual(distinctPoints(all));
        expect(distinctPoints([...all, ...all])).toHaveLength(distinctPoints(all).length);
      }),
    );
  });
});

describe('a stored value', () => {
  it.each([
    [Infinity, 1.7976931348623157e308],
    [-Infinity, -1.7976931348623157e308],
    [Number.NaN, Number.NaN],
    [-0, 0],
    [0.1, 0.1],
  ])('of %d is %d', (given, expected) => {
    expect(storedValue(given)).toBe(expected);
  });
});
