import { randomBytes } from 'node:crypto';
import {
  batchGet,
  ConditionFailed,
  key,
  queryAll,
  updateItem,
  type Write,
  writeOne,
} from '../shared/dynamo/index.ts';
import { newId } from '../shared/ids.ts';
import { log } from '../shared/log.ts';
import type { LifecycleStage } from './experiment.ts';
import { packMetrics, unpackMetrics } from './metric-codec.ts';
import { distinctPoints, latestMetrics } from './metric-points.ts';
import { type Metric, runPartition, runRefused } from './run.ts';
import { metricsTableName, openKey } from './run-keys.ts';
import { NOT_SETTLED, onFreshRun, RunSettled } from './settled-run-store.ts';

/**
 * A run's points: recent log calls in the item OPEN, older ones in sealed blocks, and the latest point
 * of each key of the sealed ones in SUMMARY. Sealing copies before it removes and every reader starts
 * with OPEN (it sorts first), so a point is seen at least once at any moment; exact duplicates count
 * once anyway.
 */
interface OpenItem {
  readonly pk: string;
  readonly lifecycle_stage: LifecycleStage;
  /** Packed points of each log call. */
  readonly chunks: Readonly<Record<string, Uint8Array>>;
  /** How often the item was emptied. */
  readonly sealed: number;
  /** A ULID of its last change. */
  readonly version: string;
  /** The segment that holds the run, while nobody writes to it. */
  readonly settled?: string;
}

interface SummaryItem {
  readonly pk: string;
  /** Absent when there are too many keys for one item: then the blocks are read. */
  readonly latest?: Uint8Array;
  /** Counts changes: two sealers must not overwrite each other. */
  readonly revision: number;
}

/** Bytes of OPEN from which on it is sealed: a log call is charged for the whole item. */
const SEAL_FROM = 2048;

/** Bytes of packed points in one item; DynamoDB takes 400 KB. */
const MAX_ITEM = 256 * 1024;

const table = metricsTableName;
const summaryKey = (runId: string) => ({ pk: runPartition(runId), sk: 'SUMMARY' });

/** Makes room for a new run's points. */
export const openMetrics = (runId: string, version: string): Write => ({
  table: table(),
  put: { ...openKey(runId), lifecycle_stage: 'active', chunks: {}, sealed: 0, version },
});

/** Lets a run take points, or not. */
export const setMetricsStage = (runId: string, stage: LifecycleStage, version: string): Write => ({
  table: table(),
  key: openKey(runId),
  update: 'SET lifecycle_stage = :stage, version = :version',
  condition: `attribute_exists(pk) AND ${NOT_SETTLED}`,
  values: { ':stage': stage, ':version': version },
});

/** Versions of the runs' open points, by run. */
export async function metricVersions(
  runIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const open = await batchGet<OpenItem>(table(), runIds.map(openKey));
  return new Map(open.map(({ pk, version }) => [pk.slice('RUN#'.length), version]));
}

/** Adds points in one write that also checks the run. Throws for missing and deleted runs. */
export async function appendMetrics(runId: string, metrics: readonly Metric[]): Promise<void> {
  const chunk = packMetrics(metrics);
  if (chunk.length > MAX_ITEM && metrics.length > 1) {
    const half = Math.ceil(metrics.length / 2);
    await appendMetrics(runId, metrics.slice(0, half));
    return appendMetrics(runId, metrics.slice(half));
  }
  const open = await onFreshRun(runId, () => append(runId, chunk));
  const size = Object.values(open.chunks).reduce((sum, bytes) => sum + bytes.length, 0);
  if (!isTimeToSeal(size, chunk.length)) return;
  try {
    await seal(runId, open);
  } catch (error) {
    // The points are durable; whoever logs next seals.
    log.warn('metrics not sealed', { runId, error: error as Error });
  }
}

/** The call that makes OPEN too large seals it; if that one died, a later call does. */
const isTimeToSeal = (size: number, added: number) =>
  size >= SEAL_FROM && (size - added < SEAL_FROM || size >= 2 * SEAL_FROM);

async function append(runId: string, chunk: Uint8Array): Promise<OpenItem> {
  try {
    return await updateItem<OpenItem>(
      {
        table: table(),
        key: openKey(runId),
        update: 'SET chunks.#id = :chunk, version = :version',
        condition: `${NOT_SETTLED} AND lifecycle_stage = :active`,
        names: { '#id': randomBytes(9).toString('base64url') },
        values: { ':chunk': chunk, ':active': 'active', ':version': newId() },
      },
      'ALL_NEW',
    );
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const present = error.item as OpenItem | undefined;
    throw runRefused(runId, present) ?? (present?.settled ? new RunSettled() : error);
  }
}

/** Moves the chunks of OPEN to a block. Two that do it at once write the same points twice. */
async function seal(runId: string, open: OpenItem): Promise<void> {
  const points = distinctPoints(unpackAll(open));
  await writeOne({
    table: table(),
    put: { pk: runPartition(runId), sk: key('SEALED', newId()), points: packMetrics(points) },
  });
  await summarize(runId, points);
  const ids = Object.keys(open.chunks);
  try {
    await writeOne({
      table: table(),
      key: openKey(runId),
      update: `REMOVE ${ids.map((_, i) => `chunks.#${i}`).join(', ')} SET sealed = :next`,
      condition: 'sealed = :seen',
      names: Object.fromEntries(ids.map((id, i) => [`#${i}`, id])),
      values: { ':seen': open.sealed, ':next': open.sealed + 1 },
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

async function summarize(runId: string, points: readonly Metric[]): Promise<void> {
  for (;;) {
    const [present] = await batchGet<SummaryItem>(table(), [summaryKey(runId)]);
    const known = present?.latest ? unpackMetrics(present.latest) : [];
    const latest = packMetrics(latestMetrics([...known, ...points]));
    const complete = (!present || present.latest) && latest.length <= MAX_ITEM;
    const revision = (present?.revision ?? 0) + 1;
    try {
      return await writeOne({
        table: table(),
        put: { ...summaryKey(runId), revision, ...(complete && { latest }) },
        ...(present
          ? { condition: 'revision = :seen', values: { ':seen': present.revision } }
          : { condition: 'attribute_not_exists(pk)' }),
      });
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

const unpackAll = (open: OpenItem) => Object.values(open.chunks).flatMap(unpackMetrics);

/** All points of a run, in no particular order, some of them twice. */
export async function metricsOfRun(runId: string): Promise<Metric[]> {
  const metrics: Metric[] = [];
  for await (const item of queryAll<Partial<OpenItem> & { points?: Uint8Array }>({
    table: table(),
    condition: 'pk = :pk AND sk < :summary',
    values: { ':pk': runPartition(runId), ':summary': 'SUMMARY' },
  })) {
    if (item.points) metrics.push(...unpackMetrics(item.points));
    for (const chunk of Object.values(item.chunks ?? {})) metrics.push(...unpackMetrics(chunk));
  }
  return metrics;
}

/** The latest point of every key, by run. */
export async function latestOfRuns(
  runIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Metric[]>> {
  const open = await batchGet<OpenItem>(table(), runIds.map(openKey));
  const latest = new Map(open.map((item) => [item.pk, unpackAll(item)]));
  const sealed = open.filter((item) => item.sealed > 0).map(({ pk }) => ({ pk, sk: 'SUMMARY' }));
  for (const summary of await batchGet<SummaryItem>(table(), sealed)) {
    const points = summary.latest
      ? unpackMetrics(summary.latest)
      : await metricsOfRun(summary.pk.slice('RUN#'.length));
    latest.set(summary.pk, [...(latest.get(summary.pk) ?? []), ...points]);
  }
  return new Map(runIds.map((id) => [id, latestMetrics(latest.get(runPartition(id)) ?? [])]));
}
