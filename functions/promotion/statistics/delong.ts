import { type Comparison, demanded, type PairedScores, type Rule } from './comparison.ts';
import { normalQuantile, normalSurvival } from './normal.ts';

/**
 * DeLong's test of two correlated areas under ROC curves (Biometrics 44, 1988), with the placement
 * values from midranks (Sun and Xu, IEEE Signal Processing Letters 21, 2014): O(n log n).
 * Both classes have to be there, at least twice each.
 */
export function delong(scores: PairedScores, rule: Rule): Comparison {
  const challenger = placements(scores.labels, scores.challenger);
  const champion = placements(scores.labels, scores.champion);
  const variance =
    varianceOfDifference(challenger.positives, champion.positives) +
    varianceOfDifference(challenger.negatives, champion.negatives);
  const estimate = challenger.auc - champion.auc;
  const error = Math.sqrt(variance);
  const half = normalQuantile(1 - rule.alpha) * error;
  return {
    test: 'delong',
    n: scores.labels.length,
    challenger: challenger.auc,
    champion: champion.auc,
    estimate,
    interval: [estimate - half, estimate + half],
    confidence: 1 - 2 * rule.alpha,
    p_value: tail(estimate - demanded(rule), error),
  };
}

/** Two equal classifiers have no variance: then a difference is certain, and none is no evidence. */
const tail = (excess: number, error: number) => {
  if (error > 0) return normalSurvival(excess / error);
  return excess > 0 ? 0 : 1;
};

interface Placements {
  readonly auc: number;
  /** For each positive the share of negatives below it (a tie counts half), and the reverse. */
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

export function placements(labels: Float64Array, scores: Float64Array): Placements {
  const positive = scores.filter((_, i) => labels[i] === 1);
  const negative = scores.filter((_, i) => labels[i] !== 1);
  if (positive.length < 2 || negative.length < 2) {
    throw new RangeError('The area under the ROC curve needs two rows of each class');
  }
  const all = new Float64Array(scores.length);
  all.set(positive);
  all.set(negative, positive.length);
  const ranks = midranks(all);
  const own = midranks(positive);
  const other = midranks(negative);
  const positives = own.map((rank, i) => ((ranks[i] ?? 0) - rank) / negative.length);
  const negatives = other.map(
    (rank, i) => 1 - ((ranks[positive.length + i] ?? 0) - rank) / positive.length,
  );
  return { auc: mean(positives), positives, negatives };
}

/** Ranks from 1; equal values share the mean of theirs. */
export function midranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    const value = values[order[start] ?? 0];
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === value) end++;
    for (let i = start; i < end; i++) ranks[order[i] ?? 0] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}

const mean = (values: Float64Array) => values.reduce((sum, x) => sum + x, 0) / values.length;

function varianceOfDifference(a: Float64Array, b: Float64Array): number {
  const difference = a.map((x, i) => x - (b[i] ?? 0));
  const center = mean(difference);
  const squares = difference.reduce((sum, x) => sum + (x - center) ** 2, 0);
  return squares / (difference.length - 1) / difference.length;
}
