import { fromPageToken, pageSize, toPageToken } from '../mlflow/index.ts';
import { comparePoints, metricHistory } from './metric-points.ts';
import { metricsOfRun } from './metric-store.ts';
import type { Metric } from './run.ts';
import { loadRun } from './run-store.ts';

const MAX_RESULTS = 25_000;

/** The last point of a page; `value` is null for NaN. */
interface Position {
  readonly timestamp: number;
  readonly step: number;
  readonly value: number | null;
}

/** Points of one metric by time; paged only when a page size is given, as MLflow does. */
export async function getMetricHistory(input: {
  readonly run_id: string;
  readonly metric_key: string;
  readonly max_results?: number;
  readonly page_token?: string;
}): Promise<object> {
  const { run_id, metric_key, max_results, page_token } = input;
  const paged = max_results !== undefined;
  const limit = paged ? pageSize(max_results, MAX_RESULTS, MAX_RESULTS) : undefined;
  const after = fromPageToken<Position>(
    page_token,
    ({ timestamp, step }) => Number.isInteger(timestamp) && Number.isInteger(step),
  );
  await loadRun(run_id);
  const history = metricHistory(await metricsOfRun(run_id), metric_key);
  const rest = after
    ? history.filter((point) => comparePoints(point, pointAt(after)) > 0)
    : history;
  const metrics = rest.slice(0, limit);
  const last = metrics.at(-1);
  const more = last && metrics.length < rest.length;
  return { metrics, ...(more && { next_page_token: toPageToken(positionOf(last)) }) };
}

const pointAt = ({ timestamp, step, value }: Position): Metric => ({
  key: '',
  timestamp,
  step,
  value: value ?? Number.NaN,
});

const positionOf = ({ timestamp, step, value }: Metric): Position => ({
  timestamp,
  step,
  value: Number.isNaN(value) ? null : value,
});
