import {
  batchGet,
  ConditionFailed,
  type Key,
  queryPage,
  writeOne,
} from '../../shared/dynamo/index.ts';
import { platformTableName } from '../endpoints/endpoint-store.ts';
import type { LogRow } from '../invoke/log-entry.ts';
import { readLogPayload } from '../invoke/log-store.ts';
import { LOG_SHARDS } from '../log-key.ts';
import type { LabelSeen, RequestSeen } from './evidence.ts';
import { type LabelValue, lossOf } from './loss.ts';
import type { RolloutStrategy } from './strategy.ts';
import { labelsPartition, requestsPartition, type TrialColumns } from './trial-columns.ts';

/** What is read at once of each partition; the names of what is counted have to fit into a row. */
const PAGE = 1000;

/** Rows that are taken out of the index side by side. */
const CONCURRENCY = 32;

type Arrival = TrialColumns & { readonly pk: string; readonly sk: string } & {
  readonly executionTimeMs: number;
  readonly eventTime?: number;
  readonly timestampMs: number;
  readonly request?: string;
  readonly label?: LabelValue | readonly LabelValue[];
};

export interface Arrivals<T> {
  readonly seen: readonly T[];
  /** Where they lie in the log. */
  readonly rows: readonly Key[];
  readonly more: boolean;
}

/** Requests of both arms that are not counted yet, in the order of their arrival. */
export async function readRequests(rollout: string): Promise<Arrivals<RequestSeen>> {
  const { found, rows, more } = await readArrivals((shard) => requestsPartition(rollout, shard));
  const seen = found.map((row) => ({
    ...row,
    role: row.arm,
    time: row.eventTime ?? row.timestampMs,
  }));
  return { seen, rows, more };
}

/** Labels that are not counted yet, with the loss of the answers that they are for. */
export async function readLabels(
  rollout: string,
  quality: NonNullable<RolloutStrategy['analysis']['quality']>,
): Promise<Arrivals<LabelSeen>> {
  const { found, rows, more } = await readArrivals((shard) => labelsPartition(rollout, shard));
  const keys = found.map(({ pk, request }) => ({ pk, sk: request ?? '' }));
  const logged = await batchGet<LogRow>(platformTableName(), keys);
  const requests = new Map(logged.map((row) => [`${row.pk} ${row.sk}`, row]));
  const seen: LabelSeen[] = [];
  for (const { pk, request, label, ...row } of found) {
    const answered = requests.get(`${pk} ${request}`);
    if (!answered || label === undefined) continue;
    const { response } = await readLogPayload(answered);
    const loss = lossOf(response.predictions ?? [], label, quality);
    if (loss !== undefined) seen.push({ ...row, role: row.arm, loss });
  }
  return { seen, rows, more };
}

/**
 * The index holds what is not counted yet: a row is found however late it comes. What the index has is
 * checked against the table, for an index may still show a row that was taken out of it.
 */
async function readArrivals(partition: (shard: number) => string) {
  const table = platformTableName();
  const pages = await Promise.all(
    Array.from({ length: LOG_SHARDS }, (_, shard) =>
      queryPage<Arrival>({
        table,
        index: 'byRollout',
        condition: 'rollout = :rollout',
        values: { ':rollout': partition(shard) },
        limit: PAGE,
      }),
    ),
  );
  const shown = pages.flatMap(({ items }) => items);
  const keys = shown.map(({ pk, sk }) => ({ pk, sk }));
  const present = await batchGet<Partial<Arrival>>(table, keys, { attributes: ['arrival'] });
  const uncounted = new Set(present.map(({ arrival }) => arrival));
  const found = shown
    .filter(({ arrival }) => uncounted.has(arrival))
    .sort((a, b) => (a.arrival < b.arrival ? -1 : 1));
  return {
    found,
    rows: found.map(({ pk, sk }) => ({ pk, sk })),
    more: pages.some(({ nextKey }) => nextKey !== undefined),
  };
}

/** Takes rows that are counted out of the index; those that are out already stay as they are. */
export async function takeOut(rows: readonly Key[]): Promise<void> {
  const queue = rows.values();
  const work = async () => {
    for (const key of queue) {
      try {
        await writeOne({
          key,
          table: platformTableName(),
          update: 'REMOVE rollout, arrival',
          condition: 'attribute_exists(rollout)',
        });
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}
