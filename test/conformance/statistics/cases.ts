import { METRICS } from '../../../functions/policies/index.ts';
import { compare } from '../../../functions/promotion/compare.ts';
import { resample } from '../../../functions/promotion/statistics/bootstrap.ts';
import type { Rule } from '../../../functions/promotion/statistics/comparison.ts';
import { exchangeP } from '../../../functions/promotion/statistics/exchange.ts';
import { holm } from '../../../functions/promotion/statistics/holm.ts';
import { exactP, midP } from '../../../functions/promotion/statistics/mcnemar.ts';
import {
  normalCdf,
  normalQuantile,
  normalSurvival,
} from '../../../functions/promotion/statistics/normal.ts';
import { directionOf, metricValue, weightedMetric } from '../../../functions/validation/index.ts';
import { normals, simulate } from '../../support/simulated-models.ts';

// Prints what Slipway computes, with everything that others need to compute the same.

const normal = normals('statistics lane');

const POINTS = [
  -37, -8.5, -6, -3.0001, -3, -2.9, -1.96, -1, -0.1, -1e-8, 0, 0.5, 1.645, 3, 5, 9, 20,
];
const PROBABILITIES = [
  1e-300,
  1e-12,
  1e-6,
  0.001,
  0.025,
  0.05,
  0.3,
  0.5,
  0.7,
  0.95,
  0.999,
  1 - 1e-9,
];

const DISCORDANT = [
  [0, 0],
  [1, 0],
  [0, 7],
  [10, 3],
  [12, 12],
  [25, 10],
  [300, 250],
  [5000, 4800],
] as const;

const RULES: Omit<Rule, 'direction'>[] = [
  { rule: 'superior', margin: 0, alpha: 0.05 },
  { rule: 'superior', margin: 0.02, alpha: 0.01 },
  { rule: 'non_inferior', margin: 0.03, alpha: 0.05 },
];

const comparisons = [60, 97, 400].flatMap((rows) =>
  RULES.flatMap((part) => {
    const scores = simulate(normal, rows, 1.3);
    // Rounded scores, so that there are ties.
    const rounded = {
      ...scores,
      challenger: scores.challenger.map((x) => Math.round(20 * x) / 20),
    };
    return [
      { test: 'delong' as const, metric: 'roc_auc' as const, scores },
      { test: 'delong' as const, metric: 'roc_auc' as const, scores: rounded },
      { test: 'mcnemar' as const, metric: 'accuracy' as const, scores },
    ].map(({ test, metric, scores }) => {
      const rule: Rule = { ...part, direction: 'higher' };
      return {
        test,
        rule,
        scores: plain(scores),
        found: compare({ test, metric }, scores, rule, ''),
      };
    });
  }),
);

/** Up to a hundred rows the jackknife leaves out single ones, on more of them groups. */
const RESAMPLED = [
  ['log_loss', 50],
  ['f1', 65],
  ['roc_auc', 80],
  ['rmse', 95],
  ['log_loss', 100],
  ['roc_auc', 101],
  ['f1', 250],
  ['rmse', 1000],
] as const;

const bootstraps = RESAMPLED.map(([metric, rows]) => {
  const scores = simulate(normal, rows, 1.5);
  const rule: Rule = {
    rule: 'superior',
    margin: 0.01,
    alpha: 0.05,
    direction: directionOf(metric),
  };
  const [own, other] = [scores.challenger, scores.champion].map((s) =>
    weightedMetric(metric, scores.labels, s),
  );
  const difference = (weights: Float64Array) => (own?.(weights) ?? 0) - (other?.(weights) ?? 0);
  const replicates = resample(scores.labels.length, difference, 'lane');
  const found = compare({ test: 'bootstrap', metric }, scores, rule, 'lane');
  return { metric, rule, scores: plain(scores), replicates: [...replicates], found };
});

const EXCHANGED = [
  ['log_loss', 10, 1.5],
  ['rmse', 12, 2],
  ['log_loss', 60, 1.3],
  ['rmse', 300, 1.2],
  ['accuracy', 200, 1.5],
] as const;

const exchanges = EXCHANGED.map(([metric, rows, gain]) => {
  const scores = simulate(normal, rows, gain);
  const direction = directionOf(metric);
  const difference = (exchanged: Uint8Array) => {
    const swap = (own: Float64Array, other: Float64Array) =>
      own.map((score, i) => (exchanged[i] ? (other[i] ?? score) : score));
    const { labels, challenger, champion } = scores;
    return (
      metricValue(metric, labels, swap(challenger, champion)) -
      metricValue(metric, labels, swap(champion, challenger))
    );
  };
  const p = exchangeP(difference, rows, direction, 'lane');
  return { metric, direction, scores: plain(scores), p };
});

const measured = [37, 500].map((rows) => {
  const scores = simulate(normal, rows, 1);
  const values = METRICS.map((metric) => [
    metric,
    metricValue(metric, scores.labels, scores.challenger),
  ]);
  return { scores: plain(scores), values: Object.fromEntries(values) as object };
});

function plain(scores: ReturnType<typeof simulate>) {
  return {
    labels: [...scores.labels],
    challenger: [...scores.challenger],
    champion: [...scores.champion],
  };
}

const families = [[0.01, 0.04, 0.03], [0.2], [0.5, 0.5, 0.001, 0.02, 0.02], [0.9, 0.8]];

process.stdout.write(
  JSON.stringify({
    normal: POINTS.map((x) => ({ x, cdf: normalCdf(x), survival: normalSurvival(x) })),
    quantiles: PROBABILITIES.map((p) => ({ p, x: normalQuantile(p) })),
    discordant: DISCORDANT.map(([b, c]) => ({ b, c, exact: exactP(b, c), mid: midP(b, c) })),
    holm: families.map((p) => ({ p, adjusted: holm(p) })),
    comparisons,
    bootstraps,
    exchanges,
    measured,
  }),
);
