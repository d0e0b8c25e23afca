import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binOf,
  type ColumnCounts,
  countColumn,
  histograms,
  mergeCounts,
} from '../../../../functions/monitoring/drift/column-counts.ts';
import {
  categoricalReference,
  numericReference,
} from '../../../../functions/monitoring/drift/summary.ts';

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('numericReference', () => {
  it('cuts at the deciles of numpy.quantile', () => {
    // numpy.quantile(arange(101) ** 2, arange(1, 10) / 10)
    const { deciles } = numericReference(range(101).map((i) => i ** 2));
    expect(deciles.edges).toEqual([100, 400, 900, 1600, 2500, 3600, 4900, 6400, 8100]);
    expect(deciles.counts).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10, 11]);
  });

  it('describes the finite values and counts the missing ones', () => {
    const reference = numericReference([1, 2, 3, 4, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(reference).toMatchObject({ count: 5, missing: 1, min: 1, max: 4, mean: 2.5 });
    expect(reference.std).toBeCloseTo(Math.sqrt(1.25), 15);
  });

  it('gives each of a few distinct values a bin of its own, with open ends', () => {
    const reference = numericReference([0, 0, 0, 1]);
    expect(reference.deciles.counts).toEqual([0, 3, 1, 0]);
    const counts = countColumn(reference, [-1, 0, 1, 1.5, 2]);
    expect(counts).toMatchObject({ deciles: [1, 1, 1, 2] });
  });

  it('sees change on both sides of a value that fills several deciles', () => {
    const reference = numericReference([...new Array(500).fill(0), ...range(501).slice(1)]);
    const zero = binOf(reference.deciles.edges, 0);
    expect(reference.deciles.counts[zero]).toBe(500);
    expect(binOf(reference.deciles.edges, -1e-9)).toBeLessThan(zero);
    expect(binOf(reference.deciles.edges, 1e-9)).toBeGreaterThan(zero);
  });

  it('survives JSON', () => {
    for (const values of [[], [Number.NaN], [Number.NEGATIVE_INFINITY, 1], range(1000)]) {
      const reference = numericReference(values);
      expect(JSON.parse(JSON.stringify(reference))).toEqual(reference);
    }
  });

  it('counts its own values as it did', () => {
    void fc.assert(
      fc.property(fc.array(fc.double()), (values) => {
        const reference = numericReference(values);
        const counts = countColumn(reference, values) as ColumnCounts & { type: 'numeric' };
        expect(counts.deciles).toEqual(reference.deciles.counts);
        expect(counts.quantiles).toEqual(reference.quantiles.counts);
        expect(counts).toMatchObject({ count: reference.count, missing: reference.missing });
      }),
    );
  });
});

describe('categoricalReference', () => {
  const many = new Map(range(150).map((i) => [`v${i}`, 1000 - i]));

  it('keeps the hundred most frequent values and knows the others', () => {
    const reference = categoricalReference(many, 7);
    expect(reference.values).toHaveLength(100);
    expect(reference.values[0]).toBe('v0');
    expect(reference.other).toBe(range(50).reduce((sum, i) => sum + 900 - i, 0));
    const counts = countColumn(reference, ['v0', 'v149', 'new', null, '', 'v0']);
    expect(counts).toMatchObject({ count: 4, missing: 2, other: 1, unseen: 1 });
    expect(histograms(reference, counts).current.slice(-2)).toEqual([1, 1]);
  });

  it('calls nothing unseen when it cannot remember what it saw', () => {
    const reference = categoricalReference(new Map(range(1101).map((i) => [`v${i}`, 1])), 0);
    expect(countColumn(reference, ['new'])).toMatchObject({ other: 1, unseen: 0 });
  });
});

describe('mergeCounts', () => {
  it('makes the counts of a whole from those of its parts', () => {
    const reference = numericReference(range(1000));
    const text = categoricalReference(new Map([['a', 3]]), 0);
    void fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -10, max: 1010 })),
        fc.array(fc.constantFrom('a', 'b', null)),
        fc.nat(),
        (numbers, texts, at) => {
          for (const [ref, all] of [
            [reference, numbers],
            [text, texts],
          ] as const) {
            const cut = at % (all.length + 1);
            const parts = [all.slice(0, cut), all.slice(cut)].map((p) => countColumn(ref, p));
            expect(mergeCounts(parts[0]!, parts[1]!)).toEqual(countColumn(ref, all));
          }
        },
      ),
    );
  });

  it('refuses counts over different references', () => {
    const [a, b] = [numericReference(range(1000)), numericReference([1])];
    expect(() => mergeCounts(countColumn(a, []), countColumn(b, []))).toThrow('different');
  });
});
