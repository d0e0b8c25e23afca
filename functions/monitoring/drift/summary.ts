/**
 * The summary that a training stores of its data, so that later data can be compared with it: bins of every
 * column, fixed once, and the counts in them. `column-counts.ts` counts later data over them.
 */

/** Counts of numbers over half-open bins `[edge i-1, edge i)` with open ends: one more than edges. */
interface Bins {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export interface Counted {
  /** Values that are present. */
  readonly count: number;
  /** Values that are null, not numbers (NaN) or empty texts. */
  readonly missing: number;
}

export interface NumericReference extends Counted {
  readonly type: 'numeric';
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Standard deviation of the population. */
  readonly std: number | null;
  /** Deciles, for PSI; single values when there are at most 20 of them. */
  readonly deciles: Bins;
  /** 256-quantiles, for the Kolmogorov–Smirnov distance. */
  readonly quantiles: Bins;
}

export interface CategoricalReference extends Counted {
  readonly type: 'categorical';
  /** The most frequent values, at most 100, the most frequent first. */
  readonly values: readonly string[];
  readonly counts: readonly number[];
  /** Number of values that are known but not among the most frequent. */
  readonly other: number;
  /**
   * The values counted by `other`: what is in neither list is unseen. Null when they are more than
   * 1000; then nothing counts as unseen.
   */
  readonly other_values: readonly string[] | null;
}

export type ColumnReference = NumericReference | CategoricalReference;

/** The artifact `baseline/summary.json` of a training run. */
export interface Baseline {
  readonly format: 'slipway.baseline';
  readonly version: 1;
  /** Rows that the model was trained on: those that `columns` and `label` describe. */
  readonly rows: number;
  /** The model's features by name. */
  readonly columns: Readonly<Record<string, ColumnReference>>;
  readonly label: {
    readonly name: string;
    readonly task: 'binary' | 'regression';
    /** Share of positives of a binary label, mean of a regression's. */
    readonly mean: number;
  };
  /** Predictions for the held-out rows: those for the training rows would be overconfident. */
  readonly prediction: NumericReference;
}

const FREQUENT = 100;
const REMEMBERED = 1000;
const FEW_VALUES = 20;

/** Describes the numbers of a column; missing ones (NaN) are only counted. */
export function numericReference(values: Iterable<number>): NumericReference {
  const all = Float64Array.from(values);
  const present = all.filter((value) => !Number.isNaN(value)).sort();
  const finite = present.filter(Number.isFinite);
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  const variance = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length;
  const bins = (parts: number): Bins => {
    const edges = quantileEdges(present, parts);
    return { edges, counts: countSorted(present, edges) };
  };
  return {
    type: 'numeric',
    count: present.length,
    missing: all.length - present.length,
    min: finite[0] ?? null,
    max: finite.at(-1) ?? null,
    mean: finite.length > 0 ? mean : null,
    std: finite.length > 0 ? Math.sqrt(variance) : null,
    deciles: bins(10),
    quantiles: bins(256),
  };
}

/** Describes the texts of a column by their frequencies; undefined counts as missing. */
export function categoricalReference(
  frequencies: ReadonlyMap<string, number>,
  missing: number,
): CategoricalReference {
  const sorted = [...frequencies]
    .filter(([, count]) => count > 0)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const total = (entries: readonly (readonly [string, number])[]) =>
    entries.reduce((sum, [, count]) => sum + count, 0);
  const [frequent, rest] = [sorted.slice(0, FREQUENT), sorted.slice(FREQUENT)];
  return {
    type: 'categorical',
    count: total(sorted),
    missing,
    values: frequent.map(([value]) => value),
    counts: frequent.map(([, count]) => count),
    other: total(rest),
    other_values: rest.length > REMEMBERED ? null : rest.map(([value]) => value),
  };
}

/**
 * Cut points at the quantiles `i/parts` by linear interpolation. A value that is repeated across
 * quantiles gets a bin of its own; at most 20 distinct values get one each. Both ends stay open, so
 * that change beyond them is seen.
 */
function quantileEdges(sorted: Float64Array, parts: number): number[] {
  if (sorted.length === 0) return [];
  const distinct = distinctUpTo(sorted, FEW_VALUES);
  if (distinct) return [...distinct, nextUp(distinct.at(-1) ?? 0)].filter(Number.isFinite);
  const edges = new Set<number>();
  let previous: number | undefined;
  for (let i = 1; i < parts; i++) {
    const position = (i / parts) * (sorted.length - 1);
    const low = sorted[Math.floor(position)] ?? 0;
    const high = sorted[Math.ceil(position)] ?? 0;
    const edge = low === high ? low : low + (position % 1) * (high - low);
    edges.add(edge);
    if (edge === previous) edges.add(nextUp(edge));
    previous = edge;
  }
  return [...edges].filter(Number.isFinite).sort((a, b) => a - b);
}

function distinctUpTo(sorted: Float64Array, limit: number): number[] | undefined {
  const distinct: number[] = [];
  for (const value of sorted) {
    if (value === distinct.at(-1)) continue;
    if (distinct.length === limit) return undefined;
    distinct.push(value);
  }
  return distinct;
}

/** The next larger double. */
function nextUp(value: number): number {
  if (value === Number.POSITIVE_INFINITY) return value;
  if (value === 0) return Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return view.getFloat64(0);
}

function countSorted(sorted: Float64Array, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  let bin = 0;
  for (const value of sorted) {
    while (bin < edges.length && value >= (edges[bin] ?? 0)) bin++;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}
