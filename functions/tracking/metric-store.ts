import { key, queryAll, type Write } from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import { newId } from '../shared/ids.ts';
import { packMetrics, unpackMetrics } from './metric-chunk.ts';
import type { Metric } from './run.ts';

/** The points of one log call as one item. */
export const chunkWrite = (runId: string, metrics: readonly Metric[]): Write => ({
  table: requiredEnv('METRICS_TABLE'),
  put: { pk: key('RUN', runId), sk: newId(), points: packMetrics(metrics) },
});

/** All points of a run, in the order of their log calls. */
export async function metricsOfRun(runId: string): Promise<Metric[]> {
  const metrics: Metric[] = [];
  for await (const chunk of queryAll<{ points: Uint8Array }>({
    table: requiredEnv('METRICS_TABLE'),
    condition: 'pk = :pk',
    values: { ':pk': key('RUN', runId) },
  })) {
    metrics.push(...unpackMetrics(chunk.points));
  }
  return metrics;
}
