import { batchGet, type Key, queryAll, type Write } from '../../shared/dynamo/index.ts';
import type { LifecycleStage } from '../experiments/experiment.ts';
import { metricsTableName, openKey } from '../keys.ts';
import { type Metric, runPartition } from '../runs/run.ts';
import { NOT_SETTLED } from '../segments/settled-run-store.ts';
import { readChunk, readIntact } from './metric-blocks.ts';
import { latestMetrics } from './metric-points.ts';
import { type Chunks, chunksIn } from './open-chunks.ts';

/**
 * A run's points: recent log calls in chunks of the item OPEN, older and larger ones in blocks, and the latest
 * point of each key in SUMMARY, but for the blocks that OPEN names as pending. Whatever moves is
 * copied before it is removed, and every reader starts with OPEN, so a point is seen at least once at
 * any moment; exact duplicates count once anyway.
 */
export interface OpenItem extends Chunks {
  readonly pk: string;
  readonly lifecycle_stage: LifecycleStage;
  /** Keys of blocks whose points are not in SUMMARY yet. */
  readonly pending: Readonly<Record<string, true>>;
  /** Times that blocks span, as exponents of two. */
  readonly spans: Readonly<Record<string, true>>;
  /** How often the item was emptied. */
  readonly sealed: number;
  /** There is a SUMMARY. */
  readonly folded?: true;
  /** Bytes of the chunks; absent in items that were made before it was counted. */
  readonly bytes?: number;
  /** How often blocks stopped being pending. */
  readonly folds?: number;
  /** A ULID of its last change. */
  readonly version: string;
  /** The segment that holds the run, while nobody writes to it. */
  readonly settled?: string;
}

export interface BlockItem extends Key {
  readonly points: Uint8Array;
}

export interface SummaryItem extends Key {
  /** Absent when there are too many keys for one item: then the blocks are read. */
  readonly latest?: Uint8Array;
  /** Counts changes: two that fold must not overwrite each other. */
  readonly revision: number;
}

const table = metricsTableName;
export const summaryKey = (runId: string) => ({ pk: runPartition(runId), sk: 'SUMMARY' });

/** The empty item for a new run's points. */
export const openMetrics = (runId: string, version: string) => ({
  table: table(),
  put: {
    ...openKey(runId),
    lifecycle_stage: 'active',
    pending: {},
    spans: {},
    sealed: 0,
    bytes: 0,
    version,
  },
});

/** Lets an active run take points; a deleted one refuses them. */
export const setMetricsStage = (runId: string, stage: LifecycleStage, version: string): Write => ({
  table: table(),
  key: openKey(runId),
  update: 'SET lifecycle_stage = :stage, version = :version',
  condition: `attribute_exists(pk) AND ${NOT_SETTLED}`,
  values: { ':stage': stage, ':version': version },
});

/** The open points of runs, by run. */
export async function openItems(runIds: readonly string[]): Promise<ReadonlyMap<string, OpenItem>> {
  const open = await batchGet<OpenItem>(table(), runIds.map(openKey));
  return new Map(open.map((item) => [item.pk.slice('RUN#'.length), item]));
}

export const blockPoints = ({ pk, sk, points }: BlockItem) => readChunk(`${pk} ${sk}`, points);

const pointsOf = (open: OpenItem) =>
  [...chunksIn(open).values()].flatMap((chunk) => readChunk(open.pk, chunk));

/** All points of a run, in no particular order, some of them twice. */
async function metricsOfRun(runId: string): Promise<Metric[]> {
  const metrics: Metric[] = [];
  for await (const item of queryAll<OpenItem | BlockItem>({
    table: table(),
    condition: 'pk = :pk AND sk < :summary',
    values: { ':pk': runPartition(runId), ':summary': 'SUMMARY' },
  })) {
    for (const point of 'points' in item ? blockPoints(item) : pointsOf(item)) metrics.push(point);
  }
  return metrics;
}

/** The latest point of every key, by run. */
export async function latestOfRuns(
  runIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Metric[]>> {
  return latestPoints(await openItems(runIds));
}

/** The latest point of every key, by run, of runs whose open points were read. */
export async function latestPoints(
  open: ReadonlyMap<string, OpenItem>,
): Promise<ReadonlyMap<string, readonly Metric[]>> {
  const items = [...open.values()];
  const found = new Map(items.map((item) => [item.pk, pointsOf(item)]));
  const more = items.flatMap(({ pk, pending, folded }) => [
    ...Object.keys(pending).map((sk) => ({ pk, sk })),
    ...(folded ? [{ pk, sk: 'SUMMARY' }] : []),
  ]);
  for (const item of await batchGet<BlockItem | SummaryItem>(table(), more)) {
    const known = found.get(item.pk) ?? [];
    found.set(item.pk, [...known, ...(await pointsIn(item))]);
  }
  return new Map([...open].map(([id, { pk }]) => [id, latestMetrics(found.get(pk) ?? [])]));
}

async function pointsIn(item: BlockItem | SummaryItem): Promise<readonly Metric[]> {
  if ('points' in item) return blockPoints(item);
  return summarized(item);
}

/** The latest points that SUMMARY has: of a damaged one, or one without room for them, all points of the run. */
export const summarized = async (item: SummaryItem): Promise<readonly Metric[]> =>
  (item.latest && readIntact(`${item.pk} ${item.sk}`, item.latest)) ??
  metricsOfRun(item.pk.slice('RUN#'.length));
