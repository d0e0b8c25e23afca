import type { Objective } from '../../../../../functions/serving/scorers/gbdt-model.ts';

/** Probabilities are clipped by the machine epsilon of float64 before the logarithm, as scikit-learn does. */
const CLIP = 2.220446049250313e-16;

/** Area under the ROC curve by midranks (ties count half); NaN when one class is missing. */
export function rocAuc(scores: Float64Array, labels: Float64Array): number {
  const order = Uint32Array.from(scores.keys()).sort(
    (a, b) => (scores[a] as number) - (scores[b] as number),
  );
  let [rankSum, positives] = [0, 0];
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && scores[order[end] as number] === scores[order[start] as number]) {
      end++;
    }
    for (let i = start; i < end; i++) {
      if ((labels[order[i] as number] as number) !== 1) continue;
      rankSum += (start + 1 + end) / 2;
      positives++;
    }
    start = end;
  }
  const negatives = scores.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Named as the validation's thresholds name them. Keys whose value is no number are left out. */
export function metricsOf(
  objective: Objective,
  scores: Float64Array,
  labels: Float64Array,
): Record<string, number> {
  const all = objective === 'binary' ? binaryMetrics(scores, labels) : errors(scores, labels);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => Number.isFinite(value)));
}

function binaryMetrics(scores: Float64Array, labels: Float64Array): Record<string, number> {
  let loss = 0;
  let brier = 0;
  let [truePositives, predicted, positives, correct] = [0, 0, 0, 0];
  for (const [i, label] of labels.entries()) {
    const score = scores[i] as number;
    const p = Math.min(1 - CLIP, Math.max(CLIP, score));
    loss -= Math.log(label === 1 ? p : 1 - p);
    brier += (score - label) ** 2;
    const positive = score >= 0.5;
    if (positive) predicted++;
    if (label === 1) positives++;
    if (positive && label === 1) truePositives++;
    if (positive === (label === 1)) correct++;
  }
  const rows = labels.length;
  return {
    roc_auc: rocAuc(scores, labels),
    log_loss: loss / rows,
    brier_score: brier / rows,
    accuracy: correct / rows,
    precision: truePositives / predicted,
    recall: truePositives / positives,
    f1: (2 * truePositives) / (predicted + positives),
    positive_rate: positives / rows,
  };
}

function errors(scores: Float64Array, labels: Float64Array): Record<string, number> {
  const rows = labels.length;
  const mean = labels.reduce((sum, label) => sum + label, 0) / rows;
  let [squared, absolute, spread] = [0, 0, 0];
  for (const [i, label] of labels.entries()) {
    const error = (scores[i] as number) - label;
    squared += error ** 2;
    absolute += Math.abs(error);
    spread += (label - mean) ** 2;
  }
  return {
    rmse: Math.sqrt(squared / rows),
    mae: absolute / rows,
    r2: 1 - squared / spread,
  };
}
