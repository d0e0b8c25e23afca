import type {
  CategoricalReference,
  ColumnReference,
  Counted,
  NumericReference,
} from './summary.ts';

/**
 * Later data counted over the bins of what training remembers. Counts add up, so those of hours merge
 * exactly into days and months.
 */

interface NumericCounts extends Counted {
  readonly type: 'numeric';
  /** Over the reference's `deciles.edges`. */
  readonly deciles: readonly number[];
  /** Over the reference's `quantiles.edges`. */
  readonly quantiles: readonly number[];
}

interface CategoricalCounts extends Counted {
  readonly type: 'categorical';
  /** In the order of the reference's `values`. */
  readonly counts: readonly number[];
  readonly other: number;
  /** Values that training never saw. */
  readonly unseen: number;
}

/** What came later, counted over the bins of a reference. */
export type ColumnCounts = NumericCounts | CategoricalCounts;

/** Number of the bin that holds a value: how many edges are not above it. */
export function binOf(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value >= (edges[middle] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Counts later values over the bins of a reference. Numbers as text or other kinds count as missing. */
export function countColumn(reference: ColumnReference, values: Iterable<unknown>): ColumnCounts {
  return reference.type === 'numeric'
    ? countNumbers(reference, values)
    : countCategories(reference, values);
}

function countNumbers(reference: NumericReference, values: Iterable<unknown>): NumericCounts {
  const deciles = new Array<number>(reference.deciles.edges.length + 1).fill(0);
  const quantiles = new Array<number>(reference.quantiles.edges.length + 1).fill(0);
  let [count, missing] = [0, 0];
  for (const value of values) {
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (typeof number !== 'number' || Number.isNaN(number)) {
      missing++;
      continue;
    }
    count++;
    const [d, q] = [
      binOf(reference.deciles.edges, number),
      binOf(reference.quantiles.edges, number),
    ];
    deciles[d] = (deciles[d] ?? 0) + 1;
    quantiles[q] = (quantiles[q] ?? 0) + 1;
  }
  return { type: 'numeric', count, missing, deciles, quantiles };
}

function countCategories(
  reference: CategoricalReference,
  values: Iterable<unknown>,
): CategoricalCounts {
  const position = new Map(reference.values.map((value, i) => [value, i]));
  const others = reference.other_values && new Set(reference.other_values);
  const counts = new Array<number>(reference.values.length).fill(0);
  let [count, missing, other, unseen] = [0, 0, 0, 0];
  for (const value of values) {
    if (value === null || value === undefined || value === '') {
      missing++;
      continue;
    }
    count++;
    const text = String(value);
    const index = position.get(text);
    if (index !== undefined) counts[index] = (counts[index] ?? 0) + 1;
    else if (!others || others.has(text)) other++;
    else unseen++;
  }
  return { type: 'categorical', count, missing, counts, other, unseen };
}

const add = (a: readonly number[], b: readonly number[]) => a.map((n, i) => n + (b[i] ?? 0));

/** The counts of two parts together. Throws when they were not made over the same reference. */
export function mergeCounts(a: ColumnCounts, b: ColumnCounts): ColumnCounts {
  const both = { count: a.count + b.count, missing: a.missing + b.missing };
  if (a.type === 'numeric' && b.type === 'numeric' && a.quantiles.length === b.quantiles.length) {
    return {
      type: 'numeric',
      ...both,
      deciles: add(a.deciles, b.deciles),
      quantiles: add(a.quantiles, b.quantiles),
    };
  }
  if (a.type === 'categorical' && b.type === 'categorical' && a.counts.length === b.counts.length) {
    return {
      type: 'categorical',
      ...both,
      counts: add(a.counts, b.counts),
      other: a.other + b.other,
      unseen: a.unseen + b.unseen,
    };
  }
  throw new Error('Counts over different references cannot be merged');
}

/** The two histograms whose distance is the drift of a column; categories: the frequent, other, unseen. */
export function histograms(
  reference: ColumnReference,
  counts: ColumnCounts,
): { readonly reference: readonly number[]; readonly current: readonly number[] } {
  if (reference.type === 'numeric' && counts.type === 'numeric') {
    return { reference: reference.deciles.counts, current: counts.deciles };
  }
  if (reference.type === 'categorical' && counts.type === 'categorical') {
    return {
      reference: [...reference.counts, reference.other, 0],
      current: [...counts.counts, counts.other, counts.unseen],
    };
  }
  throw new Error('Counts over a different reference cannot be compared');
}
