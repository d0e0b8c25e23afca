import { batchGet, queryPage } from '../../shared/dynamo/index.ts';
import { platformTableName } from '../endpoint-store.ts';
import type { LogRow } from '../invoke/log-entry.ts';
import { readLogPayload } from '../invoke/log-store.ts';
import { LOG_SHARDS } from '../log-key.ts';
import type { Evidence, LabelSeen, RequestSeen } from './evidence.ts';
import { type LabelValue, lossOf } from './loss.ts';
import type { RolloutStrategy } from './strategy.ts';
import { labelsPartition, requestsPartition, type TrialColumns } from './trial-columns.ts';

/** What one look reads at most of each partition; the rest is there at the next. */
const PAGE = 5000;

type Arrival = TrialColumns & { readonly pk: string; readonly executionTimeMs: number } & {
  readonly eventTime?: number;
  readonly timestampMs: number;
  readonly request?: string;
  readonly label?: LabelValue | readonly LabelValue[];
};

export interface Arrivals<T> {
  readonly seen: readonly T[];
  readonly cursors: Evidence['cursors'];
}

/** Requests of both arms that arrived since the last look, in the order of their arrival. */
export async function readRequests(
  rollout: string,
  { cursors }: Evidence,
): Promise<Arrivals<RequestSeen>> {
  const found = await readArrivals((shard) => requestsPartition(rollout, shard), cursors);
  return {
    cursors: found.cursors,
    seen: found.rows.map((row) => ({
      ...row,
      role: row.arm,
      time: row.eventTime ?? row.timestampMs,
    })),
  };
}

/** Labels that came since the last look, with the loss of the answers that they are for. */
export async function readLabels(
  rollout: string,
  { cursors }: Evidence,
  quality: NonNullable<RolloutStrategy['analysis']['quality']>,
): Promise<Arrivals<LabelSeen>> {
  const found = await readArrivals((shard) => labelsPartition(rollout, shard), cursors);
  const keys = found.rows.map(({ pk, request }) => ({ pk, sk: request ?? '' }));
  const rows = await batchGet<LogRow>(platformTableName(), keys);
  const requests = new Map(rows.map((row) => [`${row.pk} ${row.sk}`, row]));
  const seen: LabelSeen[] = [];
  for (const { pk, request, label, ...row } of found.rows) {
    const logged = requests.get(`${pk} ${request}`);
    if (!logged || label === undefined) continue;
    const { response } = await readLogPayload(logged);
    const loss = lossOf(response.predictions ?? [], label, quality);
    if (loss !== undefined) seen.push({ ...row, role: row.arm, loss });
  }
  return { cursors: found.cursors, seen };
}

async function readArrivals(
  partition: (shard: number) => string,
  cursors: Evidence['cursors'],
): Promise<{ rows: Arrival[]; cursors: Record<string, string> }> {
  const next: Record<string, string> = {};
  const pages = await Promise.all(
    Array.from({ length: LOG_SHARDS }, async (_, shard) => {
      const name = partition(shard);
      const { items } = await queryPage<Arrival>({
        table: platformTableName(),
        index: 'byRollout',
        condition: 'rollout = :rollout AND arrival > :after',
        values: { ':rollout': name, ':after': cursors[name] ?? '0' },
        limit: PAGE,
      });
      const last = items.at(-1)?.arrival ?? cursors[name];
      if (last !== undefined) next[name] = last;
      return items;
    }),
  );
  const rows = pages.flat().sort((a, b) => (a.arrival < b.arrival ? -1 : 1));
  return { rows, cursors: next };
}
