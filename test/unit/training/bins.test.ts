import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binRows, makeBins } from '../../../lib/training/images/gbdt/trees/bins.ts';
import { numbers, texts } from './examples.ts';

describe('bins of numbers', () => {
  it('hold exactly the values between their thresholds', () => {
    void fc.assert(
      fc.property(fc.array(fc.double()), fc.integer({ min: 3, max: 20 }), (values, maxBins) => {
        const column = numbers('x', values);
        const bins = makeBins(column, maxBins);
        expect(bins.count).toBeLessThanOrEqual(maxBins);
        for (const [row, bin] of binRows(bins, column).entries()) {
          const value = Math.fround(values[row]!);
          const expected = Number.isNaN(value)
            ? bins.count - 1
            : bins.edges.filter((edge) => value > edge).length;
          expect(bin).toBe(expected);
        }
      }),
    );
  });

  it('part neighbouring single-precision numbers', () => {
    const next = 1 + 2 ** -23;
    const bins = makeBins(numbers('x', [1, next]), 10);
    expect(Array.from(binRows(bins, numbers('x', [1, next, Number.NaN])))).toEqual([0, 1, 2]);
  });

  it('are about equally full, and a frequent value has its own', () => {
    const column = numbers(
      'x',
      Array.from({ length: 10_000 }, (_, i) => (i < 5000 ? 0 : i)),
    );
    const counts = new Array(11).fill(0);
    for (const bin of binRows(makeBins(column, 11), column)) counts[bin]++;
    expect(counts[0]).toBe(5000);
    for (const count of counts.slice(1, 10)) expect(Math.abs(count - 555)).toBeLessThan(60);
  });
});

describe('bins of texts', () => {
  it('pool rare texts and keep missing ones apart', () => {
    const values = [...Array(30).fill('often'), ...Array(12).fill('less'), 'rare', null];
    const column = texts('city', values);
    const bins = makeBins(column, 255);
    expect(bins.feature).toMatchObject({ categories: ['often', 'less'] });
    expect(Array.from(binRows(bins, column)).slice(-3)).toEqual([1, 2, 3]);
  });

  it('keep the most frequent when there are too many', () => {
    const values = Array.from({ length: 40 }, (_, i) => Array(50 - i).fill(`v${i}`)).flat();
    expect(makeBins(texts('v', values), 6).feature).toMatchObject({
      categories: ['v0', 'v1', 'v2', 'v3'],
    });
  });
});
