import type { Feature } from '../../../../../functions/serving/scorers/gbdt-model.ts';
import type { FeatureColumn, NumericColumn, TextColumn } from '../data/columns.ts';

/** Rarer categories are pooled: their gradients say little. */
const MIN_CATEGORY_ROWS = 10;
const LARGEST_SINGLE = 3.4028234663852886e38;

/**
 * How a feature's values become at most 256 bins. Numeric: bin `i` holds values up to `edges[i]`, the
 * last but one those above all edges. Categorical: bins are the model's codes, the last but one for
 * every other text. The last bin holds missing values.
 */
export interface FeatureBins {
  readonly feature: Feature;
  readonly count: number;
  /** Single-precision thresholds between bins; empty for categorical features. */
  readonly edges: Float32Array;
}

/** Chooses bins by the values of the training rows. `maxBins` (3 to 256) counts all bins of a feature. */
export function makeBins(column: FeatureColumn, maxBins: number): FeatureBins {
  return column.kind === 'text' ? textBins(column, maxBins) : numericBins(column, maxBins);
}

function textBins({ name, codes, dictionary }: TextColumn, maxBins: number): FeatureBins {
  const frequency = new Uint32Array(dictionary.length);
  for (const code of codes) if (code >= 0) frequency[code] = (frequency[code] ?? 0) + 1;
  const categories = [...dictionary.keys()]
    .filter((code) => (frequency[code] ?? 0) >= MIN_CATEGORY_ROWS)
    .sort((a, b) => (frequency[b] ?? 0) - (frequency[a] ?? 0) || a - b)
    .slice(0, maxBins - 2)
    .map((code) => dictionary[code] ?? '');
  return {
    feature: { name, type: 'categorical', categories },
    count: categories.length + 2,
    edges: new Float32Array(0),
  };
}

function numericBins({ name, values }: NumericColumn, maxBins: number): FeatureBins {
  const sorted = Float32Array.from(values.filter((value) => !Number.isNaN(value))).sort();
  const edges = equalFrequencyEdges(sorted, maxBins - 1);
  return { feature: { name, type: 'numeric' }, count: edges.length + 2, edges };
}

/**
 * Thresholds that part sorted values into bins of about equal size; a value never stands in two bins,
 * and one that fills a bin alone gets its own.
 */
function equalFrequencyEdges(sorted: Float32Array, maxBins: number): Float32Array {
  const [values, counts] = runs(sorted);
  const edges: number[] = [];
  let [restRows, restBins, inBin] = [sorted.length, maxBins, 0];
  const fewValues = values.length <= maxBins;
  for (let i = 0; i + 1 < values.length && restBins > 1; i++) {
    inBin += counts[i] ?? 0;
    const share = restRows / restBins;
    const nextIsHeavy = (counts[i + 1] ?? 0) >= share;
    if (!fewValues && inBin < share && !(nextIsHeavy && inBin >= share / 2)) continue;
    edges.push(between(values[i] ?? 0, values[i + 1] ?? 0));
    restRows -= inBin;
    restBins--;
    inBin = 0;
  }
  return Float32Array.from(edges);
}

function runs(sorted: Float32Array): [number[], number[]] {
  const values: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (value === values.at(-1)) counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1;
    else {
      values.push(value);
      counts.push(1);
    }
  }
  return [values, counts];
}

/** A finite single-precision number `t` with `low <= t < high`. */
function between(low: number, high: number): number {
  const middle = Math.fround(low / 2 + high / 2);
  if (middle >= low && middle < high && Number.isFinite(middle)) return middle;
  return Number.isFinite(low) ? low : -LARGEST_SINGLE;
}

/** The bin of every row. */
export function binRows({ feature, edges, count }: FeatureBins, column: FeatureColumn): Uint8Array {
  const missing = count - 1;
  if (column.kind === 'text' && feature.type === 'categorical') {
    const codes = new Map(feature.categories.map((text, code) => [text, code]));
    const binOf = Uint8Array.from(column.dictionary, (text) => codes.get(text) ?? missing - 1);
    return Uint8Array.from(column.codes, (code) => (code < 0 ? missing : (binOf[code] ?? missing)));
  }
  if (column.kind === 'text' || feature.type === 'categorical') {
    throw new Error(`Column '${column.name}' has changed its type`);
  }
  const { values } = column;
  const bins = new Uint8Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    bins[row] = Number.isNaN(value) ? missing : lowerBound(edges, Math.fround(value));
  }
  return bins;
}

function lowerBound(edges: Float32Array, value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= (edges[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
