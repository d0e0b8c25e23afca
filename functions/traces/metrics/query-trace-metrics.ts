import { DomainError, invalid } from '../../shared/errors.ts';
import type { HttpResult } from '../../shared/http/api.ts';
import { answer } from '../wire-trace.ts';
import { parseMetricFilter } from './metric-filter.ts';
import { type MetricRow, rowsOf } from './metric-rows.ts';
import { percentile } from './percentile.ts';
import { type Aggregation, checkMetric, type ViewType } from './trace-metrics.ts';

export { AGGREGATIONS, VIEW_TYPES } from './trace-metrics.ts';

interface QueryTraceMetricsInput {
  readonly experiment_ids: readonly string[];
  readonly view_type: ViewType;
  readonly metric_name: string;
  readonly aggregations: readonly Aggregation[];
  readonly dimensions: readonly string[];
  readonly filters: readonly string[];
  readonly time_interval_seconds?: number;
  /** Epoch milliseconds, both included. */
  readonly start_time_ms?: number;
  readonly end_time_ms?: number;
  readonly max_results?: number;
}

const STANDARD_SIZE = 1000;

const TIME_BUCKET = 'time_bucket';

/** Counts, sums, means and percentiles over traces, spans or assessments, in groups. */
export async function queryTraceMetrics(input: QueryTraceMetricsInput): Promise<HttpResult> {
  const { view_type, metric_name, aggregations, dimensions, time_interval_seconds } = input;
  const { start_time_ms: from, end_time_ms: to, max_results = STANDARD_SIZE } = input;
  checkMetric(view_type, metric_name, aggregations, dimensions);
  if (time_interval_seconds && (from === undefined || to === undefined)) {
    throw invalid('start_time_ms and end_time_ms are required if time_interval_seconds is set');
  }
  const filters = input.filters.map((filter) => parseMetricFilter(filter, view_type));
  if (aggregations.length === 0 && dimensions.length === 0 && !time_interval_seconds) {
    throw new DomainError('BAD_REQUEST', 'The query has neither aggregations nor dimensions');
  }
  const rows = await rowsOf(input.experiment_ids, {
    view: view_type,
    metric: metric_name,
    dimensions,
    filters,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  });
  const grouped = Boolean(time_interval_seconds) || dimensions.length > 0;
  const groups = grouped ? groupRows(rows, time_interval_seconds) : [everything(rows)];
  const data_points = groups.slice(0, max_results).flatMap(({ keys, values }) => {
    const measured = aggregations.flatMap((aggregation) => {
      const value = aggregate(values, aggregation);
      return value === undefined ? [] : [[labelOf(aggregation), value] as const];
    });
    if (measured.length === 0 || keys.includes(null)) return [];
    return [
      {
        metric_name,
        ...(keys.length > 0 && { dimensions: nameKeys(keys, dimensions) }),
        values: Object.fromEntries(measured),
      },
    ];
  });
  return answer({ ...(data_points.length > 0 && { data_points }) });
}

type GroupKey = string | number | null;

interface Group {
  readonly keys: readonly GroupKey[];
  readonly values: (number | null)[];
}

/** Without anything to group by, all rows are one group, even of none. */
const everything = (rows: readonly MetricRow[]): Group => ({
  keys: [],
  values: rows.map(({ value }) => value),
});

function groupRows(rows: readonly MetricRow[], interval: number | undefined): Group[] {
  const groups = new Map<string, Group>();
  const width = interval ? interval * 1000 : undefined;
  for (const { time, dimensions, value } of rows) {
    const keys = [...(width ? [Math.floor(time / width) * width] : []), ...dimensions];
    const name = JSON.stringify(keys);
    const group = groups.get(name) ?? { keys, values: [] };
    group.values.push(value);
    groups.set(name, group);
  }
  return [...groups.values()].sort((a, b) => compareKeys(a.keys, b.keys));
}

/** As databases order columns: what is missing first. */
function compareKeys(a: readonly GroupKey[], b: readonly GroupKey[]): number {
  for (const [i, one] of a.entries()) {
    const other = b[i] ?? null;
    if (one === other) continue;
    if (one === null || other === null) return one === null ? -1 : 1;
    return one < other ? -1 : 1;
  }
  return 0;
}

function nameKeys(keys: readonly GroupKey[], dimensions: readonly string[]): object {
  const names = keys.length > dimensions.length ? [TIME_BUCKET, ...dimensions] : dimensions;
  return Object.fromEntries(
    names.map((name, i) => [name, name === TIME_BUCKET ? isoTime(Number(keys[i])) : keys[i]]),
  );
}

/** Python's `isoformat`. */
const isoTime = (time: number) =>
  new Date(time)
    .toISOString()
    .replace(/(?:\.000|(\.\d{3}))Z$/, (_, rest = '') => `${rest && `${rest}000`}+00:00`);

function labelOf({ aggregation_type: type = 'COUNT', percentile_value: percent }: Aggregation) {
  if (type !== 'PERCENTILE' || percent === undefined) return type;
  return `P${Number.isInteger(percent) ? `${percent}.0` : percent}`;
}

/** Over the values that are there, as databases do. */
function aggregate(
  values: readonly (number | null)[],
  { aggregation_type: type = 'COUNT', percentile_value: percent = 0 }: Aggregation,
): number | undefined {
  const known = values.filter((value) => value !== null);
  if (type === 'COUNT') return known.length;
  if (known.length === 0) return undefined;
  const sum = known.reduce((total, value) => total + value, 0);
  switch (type) {
    case 'SUM':
      return sum;
    case 'AVG':
      return sum / known.length;
    case 'MIN':
      return known.reduce((a, b) => Math.min(a, b));
    case 'MAX':
      return known.reduce((a, b) => Math.max(a, b));
    case 'PERCENTILE':
      return percentile(known, percent);
  }
}
