import type { ValidationPolicy } from '../policies/index.ts';
import { compileRowFilter } from '../search/index.ts';
import { type EvaluationSet, pick, requireClasses } from './evaluation-set.ts';
import { directionOf, isOfClasses, metricValue } from './metrics.ts';
import { type CheckResult, type MetricRule, type Outcome, runCheck, within } from './validation.ts';

/** What performance checks look at; the functions are called only when a rule needs them. */
export interface PerformanceData {
  readonly evaluation: () => Promise<EvaluationSet>;
  readonly scores: () => Promise<Float64Array>;
  /** The champion's scores of the same rows; undefined when there is no champion. */
  readonly championScores: () => Promise<Float64Array | undefined>;
}

/** Thresholds on all rows, then on each slice. */
export async function checkPerformance(
  policy: ValidationPolicy,
  data: PerformanceData,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const rule of policy.thresholds ?? []) {
    results.push(...(await checkRule(rule, data, undefined)));
  }
  for (const slice of policy.slices ?? []) {
    results.push(...(await checkRule(slice, data, slice)));
  }
  return results;
}

interface Slice {
  readonly name: string;
  readonly where: string;
}

async function checkRule(
  rule: MetricRule,
  data: PerformanceData,
  slice: Slice | undefined,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const { metric, min, max, min_change_vs_champion: minChange } = rule;
  if (min != null || max != null) {
    const check = async () => {
      const { labels, positions } = await rowsOf(rule, data, slice);
      const scores = pick(await data.scores(), positions);
      return within(metricValue(metric, labels, scores), { min, max }, metric);
    };
    results.push(await runCheck(metric, check, slice?.name));
  }
  if (minChange != null) {
    const check = () => change(rule, minChange, data, slice);
    results.push(await runCheck(`${metric}_vs_champion`, check, slice?.name));
  }
  return results;
}

/** The improvement over the champion: for a metric of which less is better, the decrease. */
async function change(
  rule: MetricRule,
  minChange: number,
  data: PerformanceData,
  slice: Slice | undefined,
): Promise<Outcome> {
  const champion = await data.championScores();
  if (!champion) return { status: 'SKIPPED', message: 'there is no champion to compare with' };
  const { labels, positions } = await rowsOf(rule, data, slice);
  const value = metricValue(rule.metric, labels, pick(await data.scores(), positions));
  const championValue = metricValue(rule.metric, labels, pick(champion, positions));
  const sign = directionOf(rule.metric) === 'higher' ? 1 : -1;
  return within(sign * (value - championValue), { min: minChange }, `${rule.metric} change`);
}

async function rowsOf(rule: MetricRule, data: PerformanceData, slice: Slice | undefined) {
  const { rows, labels } = await data.evaluation();
  const inSlice = slice ? compileRowFilter(slice.where) : () => true;
  const positions = rows.flatMap((row, i) => (inSlice(row) ? [i] : []));
  if (positions.length === 0) throw new Error('No row of the evaluation data is in the slice');
  const own = pick(labels, positions);
  if (isOfClasses(rule.metric)) requireClasses(own);
  return { labels: own, positions };
}
