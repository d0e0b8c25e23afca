/** Bins of the score histogram of a window. */
export const SCORE_BINS = 512;

/** Counts of scores by bin and label: windows add up, and with them every figure drawn from it. */
interface ScoreHistogram {
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
}

export interface ClassificationQuality {
  readonly rows: number;
  readonly positives: number;
  /** Null when one class is missing. */
  readonly roc_auc: number | null;
  readonly log_loss: number;
  readonly accuracy: number;
  readonly histogram: ScoreHistogram;
}

/** Scores are clipped by this much before the logarithm, as scikit-learn does for float64. */
const CLIP = 2.220446049250313e-16;

/**
 * Quality of probabilities against 0/1 labels: area under the ROC curve from midranks (ties count
 * half), mean log loss in nats, accuracy at 0.5. Undefined without rows.
 */
export function classificationQuality(
  scores: readonly number[],
  labels: readonly (0 | 1)[],
): ClassificationQuality | undefined {
  const rows = scores.length;
  if (rows === 0) return undefined;
  const positives = new Array<number>(SCORE_BINS).fill(0);
  const negatives = new Array<number>(SCORE_BINS).fill(0);
  let [loss, correct, count] = [0, 0, 0];
  for (const [i, score] of scores.entries()) {
    const label = labels[i] === 1;
    const p = Math.min(1 - CLIP, Math.max(CLIP, score));
    loss -= Math.log(label ? p : 1 - p);
    if (score >= 0.5 === label) correct++;
    if (label) count++;
    const histogram = label ? positives : negatives;
    const bin = scoreBin(score);
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  return {
    rows,
    positives: count,
    roc_auc: rocAuc(scores, labels),
    log_loss: loss / rows,
    accuracy: correct / rows,
    histogram: { positives, negatives },
  };
}

const scoreBin = (score: number) =>
  Math.min(SCORE_BINS - 1, Math.max(0, Math.floor(score * SCORE_BINS)));

/** Mann–Whitney: the share of (positive, negative) pairs in the right order, ties half. */
export function rocAuc(scores: readonly number[], labels: readonly (0 | 1)[]): number | null {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let [rankSum, positives] = [0, 0];
  for (let start = 0; start < order.length; ) {
    const score = scores[order[start] ?? 0];
    let end = start + 1;
    while (end < order.length && scores[order[end] ?? 0] === score) end++;
    const midrank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) {
      if (labels[order[i] ?? 0] !== 1) continue;
      rankSum += midrank;
      positives++;
    }
    start = end;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
