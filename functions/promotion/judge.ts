import type { MetricName, PromotionPolicy } from '../policies/index.ts';
import {
  directionOf,
  type EvaluationSet,
  isOfClasses,
  metricValue,
  requireClasses,
  weightedMetric,
  within,
} from '../validation/index.ts';
import { comparisonText, type Evidence } from './promotion.ts';
import { bootstrap } from './statistics/bootstrap.ts';
import { type Comparison, type PairedScores, type Rule, wins } from './statistics/comparison.ts';
import { delong } from './statistics/delong.ts';
import { mcnemar } from './statistics/mcnemar.ts';

export interface Judgement {
  readonly wins: boolean;
  readonly evidence: Evidence;
  readonly text: string;
}

/** Challenger against champion on the same rows, by the policy's test and rule. */
export function judgeComparison(
  policy: PromotionPolicy,
  evaluation: EvaluationSet,
  scores: { readonly challenger: Float64Array; readonly champion: Float64Array },
): Judgement {
  const { metric, rule, margin, alpha } = policy;
  if (isOfClasses(metric)) requireClasses(evaluation.labels);
  const by: Rule = { rule, margin, alpha, direction: directionOf(metric) };
  const paired = { labels: evaluation.labels, ...scores };
  const comparison = compare(policy, paired, by, evaluation.digest);
  return {
    wins: wins(comparison, by),
    evidence: {
      kind: 'comparison',
      metric,
      rule,
      margin,
      alpha,
      comparison,
      data: about(evaluation),
    },
    text: comparisonText(metric, comparison),
  };
}

function compare(
  { test, metric }: PromotionPolicy,
  scores: PairedScores,
  rule: Rule,
  seed: string,
): Comparison {
  switch (test) {
    case 'delong':
      return delong(scores, rule);
    case 'mcnemar':
      return mcnemar(scores, rule);
    case 'bootstrap':
      return bootstrap(
        {
          n: scores.labels.length,
          challenger: weightedMetric(metric, scores.labels, scores.challenger),
          champion: weightedMetric(metric, scores.labels, scores.champion),
          seed,
        },
        rule,
      );
  }
}

/** The first champion of a model has to meet the policy's baseline. */
export function judgeBaseline(
  baseline: NonNullable<PromotionPolicy['baseline']>,
  evaluation: EvaluationSet,
  scores: Float64Array,
): Judgement {
  const metric: MetricName = baseline.metric;
  if (isOfClasses(metric)) requireClasses(evaluation.labels);
  const measured = metricValue(metric, evaluation.labels, scores);
  const { status, message, limit } = within(measured, baseline, metric);
  return {
    wins: status === 'PASSED',
    evidence: {
      kind: 'baseline',
      metric,
      ...(Number.isFinite(measured) && {
        baseline: { measured, min: limit?.min, max: limit?.max },
      }),
      data: about(evaluation),
    },
    text: `${message} on ${evaluation.labels.length} rows`,
  };
}

const about = ({ path, digest, labels }: EvaluationSet) => ({ path, digest, rows: labels.length });
