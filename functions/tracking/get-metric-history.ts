import { fromPageToken, pageSize, toPageToken } from '../mlflow/index.ts';
import { metricHistory } from './metric-chunk.ts';
import { metricsOfRun } from './metric-store.ts';
import { loadRun } from './run-store.ts';

/** Points of one metric by time; paged only when a page size is given, as MLflow does. */
export async function getMetricHistory(input: {
  readonly run_id: string;
  readonly metric_key: string;
  readonly max_results?: number;
  readonly page_token?: string;
}): Promise<object> {
  await loadRun(input.run_id);
  const history = metricHistory(await metricsOfRun(input.run_id), input.metric_key);
  if (input.max_results === undefined) return { metrics: history };
  const limit = pageSize(input.max_results, 25_000, 25_000);
  const start = fromPageToken<{ offset: number }>(input.page_token)?.offset ?? 0;
  const end = start + limit;
  return {
    metrics: history.slice(start, end),
    ...(end < history.length && { next_page_token: toPageToken({ offset: end }) }),
  };
}
