import { key, queryAll, updateItem } from '../../shared/dynamo/index.ts';
import { platformTableName } from '../endpoints/endpoint-store.ts';
import { BUCKETS_MS, type ServingMetrics } from './serving-metrics.ts';

/** Stands for no entity: a sort key must not be empty. */
const NO_ENTITY = '-';

interface MetricsRow {
  readonly sk: string;
  readonly requests: number;
  readonly errors4xx: number;
  readonly errors5xx: number;
  /** Absent in rows that are older than these counters. */
  readonly modelErrors?: number;
  readonly fallbacks?: number;
  readonly milliseconds: number;
  readonly [bucket: `bucket${number}`]: number;
}

/** Adds to the counters of a served entity: one write for a batch of requests. */
export async function addMetrics(endpointId: string, added: ServingMetrics): Promise<void> {
  const { entity, buckets, ...counters } = added;
  const values = {
    ...counters,
    ...Object.fromEntries(buckets.map((count, i) => [`bucket${i}`, count])),
  };
  const names = Object.keys(values);
  await updateItem(
    {
      table: platformTableName(),
      key: { pk: key('SERVED', endpointId), sk: entity || NO_ENTITY },
      update: `ADD ${names.map((name) => `${name} :${name}`).join(', ')}`,
      values: Object.fromEntries(
        Object.entries(values).map(([name, value]) => [`:${name}`, value]),
      ),
    },
    'UPDATED_NEW',
  );
}

export async function listMetrics(endpointId: string): Promise<ServingMetrics[]> {
  const found: ServingMetrics[] = [];
  const rows = queryAll<MetricsRow>({
    table: platformTableName(),
    condition: 'pk = :pk',
    values: { ':pk': key('SERVED', endpointId) },
  });
  for await (const row of rows) {
    found.push({
      entity: row.sk === NO_ENTITY ? '' : row.sk,
      requests: row.requests,
      errors4xx: row.errors4xx,
      errors5xx: row.errors5xx,
      modelErrors: row.modelErrors ?? 0,
      fallbacks: row.fallbacks ?? 0,
      milliseconds: row.milliseconds,
      buckets: [...BUCKETS_MS, 0].map((_, i) => row[`bucket${i}`] ?? 0),
    });
  }
  return found;
}
