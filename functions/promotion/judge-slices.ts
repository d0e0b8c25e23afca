import type { PromotionPolicy } from '../policies/index.ts';
import { positionsWhere } from '../search/index.ts';
import {
  directionOf,
  type EvaluationSet,
  hasClasses,
  metricValue,
  pick,
} from '../validation/index.ts';
import { compare } from './compare.ts';
import type { Comparison, PairedScores, Rule } from './statistics/comparison.ts';
import { holm } from './statistics/holm.ts';

/** What the comparison found on one slice. */
export interface SliceEvidence {
  readonly name: string;
  readonly n: number;
  /** SKIPPED: too few rows, or the metric is not defined on them. */
  readonly status: 'PASSED' | 'FAILED' | 'SKIPPED';
  readonly comparison?: Comparison;
  /** By Holm, over all slices: of harm with `no_harm`, of non-inferiority with `non_inferior`. */
  readonly p_adjusted?: number;
  readonly message: string;
}

interface Paired {
  readonly challenger: Float64Array;
  readonly champion: Float64Array;
}

/**
 * Compares slice by slice. `no_harm`: a slice fails where the challenger is shown to be worse than the
 * champion by more than the margin. `non_inferior`: where it is not shown to be no worse. Either way the
 * p-values are corrected for the number of slices.
 */
export function judgeSlices(
  policy: PromotionPolicy,
  evaluation: EvaluationSet,
  scores: Paired,
): SliceEvidence[] {
  const { slices = [], slice_rule: kind, slice_margin: margin, alpha, metric } = policy;
  const rule: Rule = { rule: 'non_inferior', margin, alpha, direction: directionOf(metric) };
  const found = slices.map(({ name, where }) => {
    const positions = positionsWhere(where, evaluation.rows);
    const rows: PairedScores = {
      labels: pick(evaluation.labels, positions),
      challenger: pick(scores.challenger, positions),
      champion: pick(scores.champion, positions),
    };
    const reason = unfit(policy, rows);
    if (reason) return { name, n: positions.length, reason };
    const seed = `${evaluation.digest}:${name}`;
    const comparison = compare(policy, rows, rule, seed);
    const p =
      kind === 'no_harm'
        ? compare(policy, reversed(rows), harm(rule), seed).p_value
        : comparison.p_value;
    return { name, n: positions.length, comparison, p };
  });
  const adjusted = holm(found.flatMap(({ p }) => (p === undefined ? [] : [p])));
  let next = 0;
  return found.map(({ name, n, reason, comparison }): SliceEvidence => {
    if (!comparison) {
      const status = kind === 'no_harm' ? 'SKIPPED' : 'FAILED';
      return { name, n, status, message: `${name}: ${reason}` };
    }
    const p_adjusted = adjusted[next++] ?? 1;
    const shown = p_adjusted < alpha;
    const status = shown === (kind === 'no_harm') ? 'FAILED' : 'PASSED';
    return { name, n, status, comparison, p_adjusted, message: sentence(name, kind, shown) };
  });
}

const sentence = (name: string, kind: PromotionPolicy['slice_rule'], shown: boolean): string => {
  if (kind === 'no_harm') return `${name}: ${shown ? 'worse than the champion' : 'no harm found'}`;
  return `${name}: ${shown ? 'no worse than the champion' : 'not shown to be no worse'}`;
};

/** Harm is that the champion is better by more than the margin: the test with the models exchanged. */
const harm = (rule: Rule): Rule => ({ ...rule, rule: 'superior' });
const reversed = ({ labels, challenger, champion }: PairedScores): PairedScores => ({
  labels,
  challenger: champion,
  champion: challenger,
});

const MIN_ROWS = 2;

/** Why the rows of a slice say nothing about the metric. */
function unfit(
  { metric }: PromotionPolicy,
  { labels, challenger, champion }: PairedScores,
): string | undefined {
  if (labels.length < MIN_ROWS) return 'too few rows to compare on';
  if (metric !== 'roc_auc') {
    const values = [challenger, champion].map((scores) => metricValue(metric, labels, scores));
    return values.every(Number.isFinite) ? undefined : `${metric} is not defined on its rows`;
  }
  if (!hasClasses(labels)) return 'rows of one class only';
  const positives = labels.reduce((sum, label) => sum + label, 0);
  return Math.min(positives, labels.length - positives) < MIN_ROWS
    ? 'too few rows of one class'
    : undefined;
}
