import { STRIDE } from './histogram.ts';

export interface SplitOptions {
  /** Fewest rows on either side of a split. */
  readonly minChildSamples: number;
  /** Smallest sum of hessians on either side. */
  readonly minChildWeight: number;
  readonly lambdaL2: number;
  /** Smallest gain that a split must bring. */
  readonly minGain: number;
  /** Added to a category's hessians when categories are put in order. */
  readonly catSmooth: number;
  /** Added to `lambdaL2` in categorical splits. */
  readonly catL2: number;
  /** Most categories on the side that a split names. */
  readonly maxCatThreshold: number;
  /** A category with fewer rows in the node goes with the larger child. */
  readonly minCategoryRows: number;
}

export interface Sums {
  readonly gradient: number;
  readonly hessian: number;
  readonly rows: number;
}

/** A way to part the rows of a leaf. */
export interface Split {
  readonly feature: number;
  readonly gain: number;
  /** 1 for each bin that goes left. */
  readonly goesLeft: Uint8Array;
  /** Last bin of values on the left of a numeric split, -1 for a categorical one. */
  readonly bin: number;
  readonly left: Sums;
  readonly right: Sums;
}

/** A histogram's part that belongs to one feature. */
interface FeatureHistogram {
  readonly feature: number;
  readonly histogram: Float64Array;
  readonly offset: number;
  readonly bins: number;
  readonly categorical: boolean;
}

const NO_SUMS: Sums = { gradient: 0, hessian: 0, rows: 0 };

const plus = (a: Sums, b: Sums): Sums => ({
  gradient: a.gradient + b.gradient,
  hessian: a.hessian + b.hessian,
  rows: a.rows + b.rows,
});

const minus = (a: Sums, b: Sums): Sums => ({
  gradient: a.gradient - b.gradient,
  hessian: a.hessian - b.hessian,
  rows: a.rows - b.rows,
});

/** Loss that a leaf saves: G²/(H+λ), twice the second-order gain (Chen & Guestrin 2016, eq. 6). */
const leafScore = ({ gradient, hessian }: Sums, l2: number): number =>
  gradient ** 2 / (hessian + l2);

const sumsAt = ({ histogram, offset }: FeatureHistogram, bin: number): Sums => {
  const at = offset + bin * STRIDE;
  return {
    gradient: histogram[at] as number,
    hessian: histogram[at + 1] as number,
    rows: histogram[at + 2] as number,
  };
};

const allowed = ({ rows, hessian }: Sums, { minChildSamples, minChildWeight }: SplitOptions) =>
  rows >= minChildSamples && hessian >= minChildWeight;

/** The best split of a leaf by one feature; undefined when none is allowed and gains enough. */
export function findSplit(
  of: FeatureHistogram,
  total: Sums,
  options: SplitOptions,
): Split | undefined {
  return of.categorical ? categoricalSplit(of, total, options) : numericSplit(of, total, options);
}

/** Tries every threshold, with missing values on the right and, where there are any, on the left. */
function numericSplit(of: FeatureHistogram, total: Sums, options: SplitOptions): Split | undefined {
  const missing = sumsAt(of, of.bins - 1);
  const before = leafScore(total, options.lambdaL2);
  let [bestGain, bestBin, bestMissingLeft] = [options.minGain, -1, false];
  let bestLeft = NO_SUMS;
  for (const missingLeft of missing.rows > 0 ? [false, true] : [false]) {
    let [gradient, hessian, rows] = missingLeft
      ? [missing.gradient, missing.hessian, missing.rows]
      : [0, 0, 0];
    // The last threshold parts present from missing values.
    const thresholds = missing.rows > 0 && !missingLeft ? of.bins - 1 : of.bins - 2;
    for (let bin = 0; bin < thresholds; bin++) {
      const at = of.offset + bin * STRIDE;
      gradient += of.histogram[at] as number;
      hessian += of.histogram[at + 1] as number;
      rows += of.histogram[at + 2] as number;
      if (rows < options.minChildSamples || hessian < options.minChildWeight) continue;
      if (total.rows - rows < options.minChildSamples) break;
      const other = total.hessian - hessian;
      if (other < options.minChildWeight) break;
      const rest = total.gradient - gradient;
      const gain =
        (gradient * gradient) / (hessian + options.lambdaL2) +
        (rest * rest) / (other + options.lambdaL2) -
        before;
      if (gain <= bestGain) continue;
      [bestGain, bestBin, bestMissingLeft] = [gain, bin, missingLeft];
      bestLeft = { gradient, hessian, rows };
    }
  }
  if (bestBin < 0) return undefined;
  const right = minus(total, bestLeft);
  const goesLeft = new Uint8Array(of.bins).fill(1, 0, bestBin + 1);
  // A direction that no row has taught: with the larger child.
  const missingLeft = missing.rows > 0 ? bestMissingLeft : bestLeft.rows >= right.rows;
  goesLeft[of.bins - 1] = missingLeft ? 1 : 0;
  return { feature: of.feature, gain: bestGain, goesLeft, bin: bestBin, left: bestLeft, right };
}

/**
 * Orders the categories by gradient over hessian and cuts the order in two: the best of all subsets for
 * a convex loss (Fisher 1958). Missing values and pooled texts are categories like others. The smaller
 * child gets the categories named; all else, seen in the node or not, goes with the larger one.
 */
function categoricalSplit(
  of: FeatureHistogram,
  total: Sums,
  options: SplitOptions,
): Split | undefined {
  const order = Array.from({ length: of.bins }, (_, bin) => ({ bin, sums: sumsAt(of, bin) }))
    .filter(({ sums }) => sums.rows >= options.minCategoryRows)
    .map(({ bin, sums }) => ({
      bin,
      sums,
      key: sums.gradient / (sums.hessian + options.catSmooth),
    }))
    .sort((a, b) => a.key - b.key || a.bin - b.bin);
  const l2 = options.lambdaL2 + options.catL2;
  const before = leafScore(total, options.lambdaL2);
  const most = Math.min(options.maxCatThreshold, order.length - 1);
  let bestGain = options.minGain;
  let best: { readonly taken: readonly { bin: number }[]; readonly sums: Sums } | undefined;
  for (const from of [order, order.toReversed()]) {
    let sums = NO_SUMS;
    for (const [i, entry] of from.slice(0, most).entries()) {
      sums = plus(sums, entry.sums);
      const rest = minus(total, sums);
      if (sums.rows > rest.rows) break;
      if (!allowed(sums, options) || !allowed(rest, options)) continue;
      const gain = leafScore(sums, l2) + leafScore(rest, l2) - before;
      if (gain <= bestGain) continue;
      bestGain = gain;
      best = { taken: from.slice(0, i + 1), sums };
    }
  }
  if (!best) return undefined;
  const goesLeft = new Uint8Array(of.bins);
  for (const { bin } of best.taken) goesLeft[bin] = 1;
  const right = minus(total, best.sums);
  return { feature: of.feature, gain: bestGain, goesLeft, bin: -1, left: best.sums, right };
}
