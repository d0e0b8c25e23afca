import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chiSquareQuantile,
  gammaP,
  psiNoiseFloor,
} from '../../../../functions/monitoring/drift/chi-square.ts';
import {
  jsDistance,
  ksOnEdges,
  lInfinityDistance,
  psi,
  tvDistance,
} from '../../../../functions/monitoring/drift/drift.ts';

const counts = fc
  .array(fc.nat({ max: 1000 }), { minLength: 2, maxLength: 12 })
  .filter((list) => list.some((count) => count > 0));
const pair = fc
  .integer({ min: 2, max: 12 })
  .chain((length) =>
    fc.tuple(
      fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: length, maxLength: length }),
      fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: length, maxLength: length }),
    ),
  );

describe('psi', () => {
  it('matches the sum by hand', () => {
    // Shares 0.5/0.5 against 0.25/0.75; smoothing moves them by less than 1e-4.
    const exact = -0.25 * Math.log(0.25 / 0.5) + 0.25 * Math.log(0.75 / 0.5);
    expect(psi([50, 50], [25, 75])).toBeCloseTo(exact, 3);
  });

  it('stays finite for an empty bin, by the smoothing with 1e-4', () => {
    const p = [(100 + 0.02) / (200 * 1.0002), (100 + 0.02) / (200 * 1.0002)];
    const q = [0.01 / (100 * 1.0002), (100 + 0.01) / (100 * 1.0002)];
    const expected = p.reduce(
      (sum, share, i) => sum + (q[i]! - share) * Math.log(q[i]! / share),
      0,
    );
    expect(psi([100, 100], [0, 100])).toBeCloseTo(expected, 12);
  });

  it('is zero for equal shares, never negative, and blind to the order of the sides', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(
          psi(
            a,
            a.map((count) => count * 3),
          ),
        ).toBeCloseTo(0, 12);
        expect(psi(a, b)).toBeGreaterThanOrEqual(0);
        expect(psi(a, b)).toBeCloseTo(psi(b, a), 10);
      }),
    );
  });

  it('is zero when one side has no rows', () => {
    expect(psi([1, 2], [0, 0])).toBe(0);
  });
});

describe('the other distances', () => {
  it('know the extremes', () => {
    expect(jsDistance([10, 0], [0, 10])).toBe(1);
    expect(ksOnEdges([10, 0, 0], [0, 0, 10])).toBe(1);
    expect(tvDistance([10, 0], [0, 10])).toBe(1);
    expect(lInfinityDistance([10, 0], [0, 10])).toBe(1);
  });

  it('match values by hand', () => {
    // scipy's documentation: jensenshannon([1, 0], [.5, .5]) = 0.46450140402245893 to the base e.
    expect(jsDistance([10, 0], [5, 5])).toBeCloseTo(0.46450140402245893 / Math.sqrt(Math.LN2), 12);
    expect(ksOnEdges([5, 3, 2], [2, 3, 5])).toBeCloseTo(0.3, 12);
    expect(tvDistance([5, 3, 2], [2, 3, 5])).toBeCloseTo(0.3, 12);
    expect(lInfinityDistance([5, 3, 2], [2, 3, 5])).toBeCloseTo(0.3, 12);
  });

  it('lie between 0 and 1, with TV at least as large as KS and L∞', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const tv = tvDistance(a, b);
        expect(tv).toBeLessThanOrEqual(1 + 1e-12);
        expect(ksOnEdges(a, b)).toBeLessThanOrEqual(tv + 1e-12);
        expect(lInfinityDistance(a, b)).toBeLessThanOrEqual(2 * tv + 1e-12);
        expect(jsDistance(a, b)).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
    fc.assert(
      fc.property(counts, (a) => {
        expect(jsDistance(a, a)).toBeCloseTo(0, 6);
      }),
    );
  });
});

describe('the noise floor', () => {
  // scipy.stats.chi2.ppf
  it.each([
    [0.99, 1, 6.6348966],
    [0.99, 9, 21.6659943],
    [0.95, 9, 16.9189776],
    [0.99, 100, 135.8067232],
    [0.5, 2, 1.3862944],
  ])('takes the %d quantile of chi-square with %d degrees', (p, degrees, expected) => {
    expect(chiSquareQuantile(p, degrees)).toBeCloseTo(expected, 5);
  });

  it('inverts the distribution', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.999, noNaN: true }),
        fc.integer({ min: 1, max: 300 }),
        (p, degrees) => {
          expect(gammaP(degrees / 2, chiSquareQuantile(p, degrees) / 2)).toBeCloseTo(p, 9);
        },
      ),
    );
  });

  it('falls with the number of rows', () => {
    expect(psiNoiseFloor(10, 10_000, 500)).toBeCloseTo(21.6659943 * (1 / 10_000 + 1 / 500), 6);
    expect(psiNoiseFloor(10, 10_000, 50)).toBeGreaterThan(psiNoiseFloor(10, 10_000, 500));
    expect(psiNoiseFloor(1, 100, 100)).toBe(0);
  });
});
