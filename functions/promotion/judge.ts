import type { MetricName, PromotionPolicy } from '../policies/index.ts';
import { invalid } from '../shared/errors.ts';
import {
  directionOf,
  type EvaluationSet,
  isOfClasses,
  metricValue,
  requireClasses,
  within,
} from '../validation/index.ts';
import { compare } from './compare.ts';
import type { CostEvidence } from './compare-costs.ts';
import { judgeSlices } from './judge-slices.ts';
import { comparisonText, type Evidence } from './promotion.ts';
import { type Rule, wins } from './statistics/comparison.ts';

export interface Judgement {
  readonly wins: boolean;
  readonly evidence: Evidence;
  readonly text: string;
}

/**
 * Challenger against champion, or against a heuristic's scores, on the same rows: by the policy's test
 * and rule, then slice by slice, then by cost where the rule asks for it.
 */
export function judgeComparison(
  policy: PromotionPolicy,
  evaluation: EvaluationSet,
  scores: { readonly challenger: Float64Array; readonly champion: Float64Array },
  options: { readonly against?: string; readonly cost?: CostEvidence } = {},
): Judgement {
  const { metric, rule, margin, alpha } = policy;
  if (isOfClasses(metric)) requireClasses(evaluation.labels);
  const tested = rule === 'superior' ? 'superior' : 'non_inferior';
  const by: Rule = { rule: tested, margin, alpha, direction: directionOf(metric) };
  const paired = { labels: evaluation.labels, ...scores };
  for (const [model, own] of Object.entries(scores)) {
    const value = metricValue(metric, evaluation.labels, own);
    if (!Number.isFinite(value))
      throw invalid(`${metric} of the ${model} is not defined: ${value}`);
  }
  const comparison = compare(policy, paired, by, evaluation.digest);
  const slices = judgeSlices(policy, evaluation, scores);
  if (rule === 'non_inferior_and_cheaper' && !options.cost) {
    throw new Error(`The rule ${rule} needs the costs of both models`);
  }
  const cost = rule === 'non_inferior_and_cheaper' ? options.cost : undefined;
  const failed = slices.filter(({ status }) => status === 'FAILED');
  const notes = [...failed.map(({ message }) => message), ...(cost ? [costText(cost)] : [])];
  return {
    wins: wins(comparison, by) && failed.length === 0 && (cost?.cheaper ?? true),
    evidence: {
      kind: 'comparison',
      ...(options.against && { against: options.against }),
      metric,
      rule,
      margin,
      alpha,
      comparison,
      ...(slices.length > 0 && { slices }),
      ...(cost && { cost }),
      data: about(evaluation),
    },
    text: [comparisonText(metric, comparison), ...notes].join('; '),
  };
}

type Threshold = Extract<NonNullable<PromotionPolicy['baseline']>, { metric: MetricName }>;

/** The first champion of a model has to meet the policy's baseline. */
export function judgeBaseline(
  baseline: Threshold,
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

const costText = ({ cheaper, measure, predictions }: CostEvidence) =>
  `${cheaper ? 'cheaper' : 'not cheaper'} by ${measure}${predictions ? `, of ${predictions} predictions each` : ''}`;
