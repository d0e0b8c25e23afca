import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  normalCdf,
  normalQuantile,
  normalSurvival,
} from '../../../../functions/promotion/statistics/normal.ts';

const relative = (value: number, expected: number) => Math.abs(value / expected - 1);

describe('the normal distribution', () => {
  it.each([
    [-8, 6.22096057427174e-16],
    [-3.5, 0.00023262907903552502],
    [-1, 0.15865525393145707],
    [-0.1, 0.460172162722971],
    [0.5, 0.6914624612740131],
    [1.96, 0.9750021048517795],
    [3, 0.9986501019683699],
  ])('has the cumulative probability at %d that scipy has', (x, expected) => {
    expect(relative(normalCdf(x), expected)).toBeLessThan(1e-12);
  });

  it('keeps the digits of a small upper tail', () => {
    expect(relative(normalSurvival(5), 2.866515718791933e-7)).toBeLessThan(1e-12);
    expect(relative(normalSurvival(1.96), 0.024997895148220435)).toBeLessThan(1e-12);
  });

  it.each([
    [1e-10, -6.361340902404056],
    [0.001, -3.090232306167813],
    [0.05, -1.6448536269514729],
    [0.8, 0.8416212335729143],
    [0.975, 1.959963984540054],
  ])('has the quantile of %d that scipy has', (p, expected) => {
    expect(normalQuantile(p)).toBeCloseTo(expected, 11);
  });

  it('inverts itself', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }), (p) => {
        expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 12);
      }),
    );
  });

  it.each([0, 1, -0.1, Number.NaN])('has no quantile of %d', (p) => {
    expect(() => normalQuantile(p)).toThrow(RangeError);
  });
});
