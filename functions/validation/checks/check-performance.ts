import type { ValidationPolicy } from '../../policies/index.ts';
import { positionsWhere, requireColumn } from '../../search/index.ts';
import { type EvaluationSet, hasClasses, pick, requireClasses } from '../evaluation-set.ts';
import { directionOf, isOfClasses, metricValue } from '../metrics.ts';
import {
  type CheckResult,
  excess,
  type MetricRule,
  type Outcome,
  runCheck,
  within,
} from '../validation.ts';

/** What performance checks look at; the functions are called only when a rule needs them. */
export interface PerformanceData {
  readonly evaluation: () => Promise<EvaluationSet>;
  readonly scores: () => Promise<Float64Array>;
  /** The champion's scores of the same rows; undefined when there is no champion. */
  readonly championScores: () => Promise<Float64Array | undefined>;
  /** What needs no model: a heuristic's column, or one constant for all rows. */
  readonly baselineScores: () => Promise<Float64Array>;
}

/** Rows of a slice, by their positions in the evaluation data. */
interface Slice {
  readonly name: string;
  readonly positions: readonly number[];
}

/** One limit of a rule: how it is measured on a set of rows. */
interface Limit {
  readonly check: string;
  readonly unit: string;
  readonly bounds: {
    readonly min?: number | null | undefined;
    readonly max?: number | null | undefined;
  };
  /** Undefined: there is nothing to compare with. */
  readonly measure: (positions: readonly number[]) => Promise<number | undefined>;
}

const DEFAULT_MIN_ROWS = 30;

/** Databricks keeps as many slices of one column. */
const MAX_SLICES = 100;

/** Values of a column may be texts of any length. */
const MAX_NAME_LENGTH = 250;

const NO_CHAMPION = 'there is no champion to compare with';

/** Thresholds on all rows, then on each slice. */
export async function checkPerformance(
  policy: ValidationPolicy,
  data: PerformanceData,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const rule of policy.thresholds ?? []) {
    for (const limit of limitsOf(rule, data)) {
      const check = async () => {
        const { rows } = await data.evaluation();
        return judge(limit, [...rows.keys()]);
      };
      results.push(await runCheck(limit.check, check));
    }
  }
  for (const slice of policy.slices ?? []) {
    for (const limit of limitsOf(slice, data)) {
      results.push(
        slice.by === undefined
          ? await runCheck(
              limit.check,
              async () => judge(limit, await rowsWhere(slice.where ?? '', data)),
              slice.name,
            )
          : await runCheck(limit.check, () => judgeEach(limit, slice, data), slice.name),
      );
    }
  }
  return results;
}

function limitsOf(rule: MetricRule, data: PerformanceData): Limit[] {
  const { metric, min, max } = rule;
  const sign = directionOf(metric) === 'higher' ? 1 : -1;
  const metricOn = async (scores: Float64Array, positions: readonly number[]) => {
    const labels = pick((await data.evaluation()).labels, positions);
    if (isOfClasses(metric)) requireClasses(labels);
    return metricValue(metric, labels, pick(scores, positions));
  };
  /** The improvement over another's scores: for a metric of which less is better, the decrease. */
  const change =
    (other: () => Promise<Float64Array | undefined>, relative = false) =>
    async (positions: readonly number[]) => {
      const scores = await other();
      if (!scores) return undefined;
      const theirs = await metricOn(scores, positions);
      const gain = sign * ((await metricOn(await data.scores(), positions)) - theirs);
      return relative ? gain / Math.abs(theirs) : gain;
    };
  const limit = (check: string, unit: string, least: number, measure: Limit['measure']): Limit => ({
    check,
    unit,
    bounds: { min: least },
    measure,
  });
  const limits: Limit[] = [];
  if (min != null || max != null) {
    const measure = async (positions: readonly number[]) =>
      metricOn(await data.scores(), positions);
    limits.push({ check: metric, unit: metric, bounds: { min, max }, measure });
  }
  const { min_change_vs_champion: overChampion, min_relative_change_vs_champion: relative } = rule;
  if (overChampion != null) {
    const measure = change(data.championScores);
    limits.push(limit(`${metric}_vs_champion`, `${metric} change`, overChampion, measure));
  }
  if (relative != null) {
    const measure = change(data.championScores, true);
    const unit = `relative ${metric} change`;
    limits.push(limit(`${metric}_vs_champion_relative`, unit, relative, measure));
  }
  if (rule.min_change_vs_baseline != null) {
    const measure = change(data.baselineScores);
    const unit = `${metric} change`;
    limits.push(limit(`${metric}_vs_baseline`, unit, rule.min_change_vs_baseline, measure));
  }
  return limits;
}

async function judge(limit: Limit, positions: readonly number[]): Promise<Outcome> {
  const measured = await limit.measure(positions);
  if (measured === undefined) return { status: 'SKIPPED', message: NO_CHAMPION };
  return within(measured, limit.bounds, limit.unit);
}

async function rowsWhere(where: string, data: PerformanceData): Promise<number[]> {
  const positions = positionsWhere(where, (await data.evaluation()).rows);
  if (positions.length === 0) throw new Error('No row of the evaluation data is in the slice');
  return positions;
}

/** One slice per value of a column; the result is that of the worst, which the message names. */
async function judgeEach(
  limit: Limit,
  rule: MetricRule & {
    readonly by?: string | undefined;
    readonly min_rows?: number | undefined;
  },
  data: PerformanceData,
): Promise<Outcome> {
  const { by = '', min_rows: least = DEFAULT_MIN_ROWS } = rule;
  const all = await slicesBy(by, data);
  const large = all.filter(({ positions }) => positions.length >= least);
  const judged: { readonly name: string; readonly outcome: Outcome; readonly badness: number }[] =
    [];
  const { labels } = await data.evaluation();
  for (const { name, positions } of large.slice(0, MAX_SLICES)) {
    if (isOfClasses(rule.metric) && !hasClasses(pick(labels, positions))) continue;
    const measured = await limit.measure(positions);
    if (measured === undefined) return { status: 'SKIPPED', message: NO_CHAMPION };
    if (!Number.isFinite(measured)) continue;
    const outcome = within(measured, limit.bounds, limit.unit);
    judged.push({ name, outcome, badness: excess(measured, limit.bounds) });
  }
  const [first, ...rest] = judged;
  if (!first) {
    throw new Error(`No value of '${by}' has ${least} rows on which ${limit.unit} is defined`);
  }
  const worst = rest.reduce((a, b) => (b.badness > a.badness ? b : a), first);
  const left = all.length - judged.length;
  const others =
    left > 0
      ? `; ${left} are left out: too few rows, undefined, or not among the ${MAX_SLICES} largest`
      : '';
  return {
    ...worst.outcome,
    worst: { slice: worst.name.slice(0, MAX_NAME_LENGTH), of: judged.length },
    message: `${worst.outcome.message} in the worst of ${judged.length} slices, ${worst.name}${others}`,
  };
}

/** Largest first. */
async function slicesBy(column: string, data: PerformanceData): Promise<Slice[]> {
  const byValue = new Map<string, number[]>();
  const { rows } = await data.evaluation();
  requireColumn(column, rows);
  for (const [i, row] of rows.entries()) {
    const name = `${column} = ${JSON.stringify(row[column] ?? null)}`;
    const positions = byValue.get(name);
    if (positions) positions.push(i);
    else byValue.set(name, [i]);
  }
  return [...byValue]
    .map(([name, positions]) => ({ name, positions }))
    .sort((a, b) => b.positions.length - a.positions.length);
}
