import { fromPageToken, pageSize, toPageToken } from '../mlflow/index.ts';
import {
  checkComparison,
  compareValues,
  holds,
  type Literal,
  type OrderClause,
  parseFilter,
  parseOrderBy,
} from '../search/index.ts';
import { describeRun } from './describe-run.ts';
import { latestMetrics } from './metric-chunk.ts';
import { metricsOfRun } from './metric-store.ts';
import type { Metric, Run } from './run.ts';
import { runsOfExperiment } from './run-store.ts';
import { RUN_FIELDS } from './search-fields.ts';
import { isInView, type ViewType } from './view-type.ts';

export interface SearchRunsInput {
  readonly experiment_ids: readonly string[];
  readonly filter?: string;
  readonly run_view_type?: ViewType;
  readonly max_results?: number;
  readonly order_by: readonly string[];
  readonly page_token?: string;
}

interface Candidate {
  readonly run: Run;
  readonly metrics?: readonly Metric[];
}

/** Sort values of the last run of a page: the next page starts behind it, whatever was added before. */
interface Position {
  readonly values: readonly (Literal | null)[];
}

const MAX_RESULTS = 50_000;

export async function searchRuns(input: SearchRunsInput): Promise<object> {
  const limit = pageSize(input.max_results, 1000, MAX_RESULTS);
  const comparisons = parseFilter(input.filter).map((one) => checkComparison(one, RUN_FIELDS));
  const order = parseOrderBy(input.order_by, RUN_FIELDS);
  const position = fromPageToken<Position>(input.page_token);
  const usesMetrics = [...comparisons, ...order].some(({ entity }) => entity === 'metrics');
  const lists = await Promise.all([...new Set(input.experiment_ids)].map(runsOfExperiment));
  const runs = lists.flat().filter((run) => isInView(run.lifecycle_stage, input.run_view_type));
  const candidates: Candidate[] = await Promise.all(
    runs.map(async (run) =>
      usesMetrics ? { run, metrics: latestMetrics(await metricsOfRun(run.run_id)) } : { run },
    ),
  );
  const sorted = candidates
    .filter((candidate) =>
      comparisons.every((one) => holds(one, fieldValue(candidate, one.entity, one.key))),
    )
    .map((candidate) => ({ candidate, values: sortValues(candidate, order) }))
    .sort((a, b) => compareRows(a.values, b.values, order));
  const rest = position
    ? sorted.filter(({ values }) => compareRows(values, position.values.map(restore), order) > 0)
    : sorted;
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const token = last && rest.length > limit && toPageToken({ values: last.values.map(keep) });
  return {
    runs: await Promise.all(
      page.map(({ candidate: { run, metrics } }) => describeRun(run, metrics)),
    ),
    ...(token && { next_page_token: token }),
  };
}

function fieldValue({ run, metrics }: Candidate, entity: string, key: string): Literal | undefined {
  if (entity === 'metrics') return metrics?.find((metric) => metric.key === key)?.value;
  if (entity === 'params') return run.params[key];
  if (entity === 'tags') return run.tags[key];
  return (run as unknown as Record<string, Literal | undefined>)[key];
}

/** The ordered fields, then MLflow's ties: newest first, then by id. */
const sortValues = (candidate: Candidate, order: readonly OrderClause[]) => [
  ...order.map(({ entity, key }) => fieldValue(candidate, entity, key)),
  candidate.run.start_time,
  candidate.run.run_id,
];

function compareRows(
  a: readonly (Literal | undefined)[],
  b: readonly (Literal | undefined)[],
  order: readonly OrderClause[],
): number {
  for (let i = 0; i < a.length; i++) {
    const descending = order[i]?.descending ?? i === order.length;
    const difference = compareValues(a[i], b[i], descending);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** JSON knows neither NaN nor a missing value. */
const keep = (value: Literal | undefined) =>
  value === undefined ? null : Number.isNaN(value) ? 'NaN' : value;
const restore = (value: Literal | null) =>
  value === null ? undefined : value === 'NaN' ? Number.NaN : value;
