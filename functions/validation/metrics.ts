import type { MetricName } from '../policies/index.ts';

/** A metric over all rows, each counted as often as its weight says; NaN where it is undefined. */
export type WeightedMetric = (weights: Float64Array) => number;

/** Labels and scores of the same rows; a label of a classifier is 0 or 1, a score its probability. */
type MetricOf = (labels: Float64Array, scores: Float64Array) => WeightedMetric;

/** A row counts as positive from this probability on. */
const THRESHOLD = 0.5;

/** Keeps the logarithm finite, as scikit-learn's `log_loss` does. */
const EPSILON = Number.EPSILON;

const METRIC_OF: Readonly<Record<MetricName, MetricOf>> = {
  roc_auc: rocAuc,
  log_loss: meanOf((label, score) => {
    const p = Math.min(Math.max(score, EPSILON), 1 - EPSILON);
    return label === 1 ? -Math.log(p) : -Math.log(1 - p);
  }),
  accuracy: meanOf((label, score) => (score >= THRESHOLD === (label === 1) ? 1 : 0)),
  precision: confusion(({ tp, fp }) => (tp + fp > 0 ? tp / (tp + fp) : 0)),
  recall: confusion(({ tp, fn }) => tp / (tp + fn)),
  f1: confusion(({ tp, fp, fn }) => (2 * tp) / (2 * tp + fp + fn)),
  rmse: (labels, scores) => {
    const mean = meanOf((label, score) => (label - score) ** 2)(labels, scores);
    return (weights) => Math.sqrt(mean(weights));
  },
  mae: meanOf((label, score) => Math.abs(label - score)),
  r2: rSquared,
};

/** Metrics of which less is better. */
const LOWER_IS_BETTER: ReadonlySet<MetricName> = new Set(['log_loss', 'rmse', 'mae']);

/** Metrics of classifiers: labels must be 0 or 1. */
const OF_CLASSES: ReadonlySet<MetricName> = new Set([
  'roc_auc',
  'log_loss',
  'accuracy',
  'precision',
  'recall',
  'f1',
]);

export const directionOf = (metric: MetricName) =>
  LOWER_IS_BETTER.has(metric) ? 'lower' : 'higher';

export const isOfClasses = (metric: MetricName) => OF_CLASSES.has(metric);

/** The metric prepared for repeated weighting (a bootstrap weighs the same rows 2,000 times). */
export const weightedMetric = (
  metric: MetricName,
  labels: Float64Array,
  scores: Float64Array,
): WeightedMetric => METRIC_OF[metric](labels, scores);

/** The metric of plain rows. */
export const metricValue = (metric: MetricName, labels: Float64Array, scores: Float64Array) =>
  METRIC_OF[metric](labels, scores)(new Float64Array(labels.length).fill(1));

function meanOf(loss: (label: number, score: number) => number): MetricOf {
  return (labels, scores) => {
    const losses = labels.map((label, i) => loss(label, scores[i] ?? 0));
    return (weights) => {
      let sum = 0;
      let total = 0;
      for (let i = 0; i < losses.length; i++) {
        const weight = weights[i] ?? 0;
        sum += weight * (losses[i] ?? 0);
        total += weight;
      }
      return sum / total;
    };
  };
}

function confusion(rate: (cells: { tp: number; fp: number; fn: number }) => number): MetricOf {
  return (labels, scores) => (weights) => {
    const cells = { tp: 0, fp: 0, fn: 0 };
    for (let i = 0; i < labels.length; i++) {
      const positive = (scores[i] ?? 0) >= THRESHOLD;
      if (positive && labels[i] === 1) cells.tp += weights[i] ?? 0;
      else if (positive) cells.fp += weights[i] ?? 0;
      else if (labels[i] === 1) cells.fn += weights[i] ?? 0;
    }
    return rate(cells);
  };
}

/** Area under the ROC curve as the Mann-Whitney statistic, ties counting half. */
function rocAuc(labels: Float64Array, scores: Float64Array): WeightedMetric {
  const order = Uint32Array.from(labels.keys()).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  return (weights) => {
    let pairs = 0;
    let negatives = 0;
    let positives = 0;
    for (let start = 0; start < order.length; ) {
      const score = scores[order[start] ?? 0];
      let tiedNegatives = 0;
      let tiedPositives = 0;
      let end = start;
      for (; end < order.length && scores[order[end] ?? 0] === score; end++) {
        const row = order[end] ?? 0;
        if (labels[row] === 1) tiedPositives += weights[row] ?? 0;
        else tiedNegatives += weights[row] ?? 0;
      }
      pairs += tiedPositives * (negatives + tiedNegatives / 2);
      negatives += tiedNegatives;
      positives += tiedPositives;
      start = end;
    }
    return pairs / (negatives * positives);
  };
}

function rSquared(labels: Float64Array, scores: Float64Array): WeightedMetric {
  const squared = meanOf((label, score) => (label - score) ** 2)(labels, scores);
  const mean = meanOf((label) => label)(labels, scores);
  return (weights) => {
    const center = mean(weights);
    const spread = meanOf((label) => (label - center) ** 2)(labels, scores)(weights);
    return 1 - squared(weights) / spread;
  };
}
