import { randomBytes } from 'node:crypto';
import {
  batchGet,
  ConditionFailed,
  getItem,
  type Key,
  queryAll,
  transactWrite,
  updateItem,
  type Write,
  writeOne,
} from '../shared/dynamo/index.ts';
import { newId } from '../shared/ids.ts';
import { log } from '../shared/log.ts';
import type { LifecycleStage } from './experiment.ts';
import { newBlockKey, readChunk, spanOf } from './metric-blocks.ts';
import { packMetrics } from './metric-codec.ts';
import { distinctPoints, latestMetrics } from './metric-points.ts';
import { type Metric, runPartition, runRefused } from './run.ts';
import { metricsTableName, openKey } from './run-keys.ts';
import { NOT_SETTLED, onFreshRun, RunSettled } from './settled-run-store.ts';

/**
 * A run's points: recent log calls in the item OPEN, older and larger ones in blocks, and the latest
 * point of each key in SUMMARY, but for the blocks that OPEN names as pending. Whatever moves is
 * copied before it is removed, and every reader starts with OPEN, so a point is seen at least once at
 * any moment; exact duplicates count once anyway.
 */
export interface OpenItem {
  readonly pk: string;
  readonly lifecycle_stage: LifecycleStage;
  /** Packed points of each log call. */
  readonly chunks: Readonly<Record<string, Uint8Array>>;
  /** Keys of blocks whose points are not in SUMMARY yet. */
  readonly pending: Readonly<Record<string, true>>;
  /** Times that blocks span, as exponents of two. */
  readonly spans: Readonly<Record<string, true>>;
  /** How often the item was emptied. */
  readonly sealed: number;
  /** There is a SUMMARY. */
  readonly folded?: true;
  /** A ULID of its last change. */
  readonly version: string;
  /** The segment that holds the run, while nobody writes to it. */
  readonly settled?: string;
}

interface BlockItem extends Key {
  readonly points: Uint8Array;
}

interface SummaryItem extends Key {
  /** Absent when there are too many keys for one item: then the blocks are read. */
  readonly latest?: Uint8Array;
  /** Counts changes: two that fold must not overwrite each other. */
  readonly revision: number;
}

/** Bytes of points in OPEN from which on it is sealed: a log call is charged for the whole item. */
const SEAL_FROM = 1024;

/** Bytes of a call's points that are a block at once: to copy them later would cost more. */
const BLOCK_FROM = 1024;

/** Blocks that are folded into SUMMARY together: it is written anew each time. */
const FOLD_FROM = 4;

/** Bytes of packed points in one item; DynamoDB takes 400 KB. */
const MAX_ITEM = 256 * 1024;

const table = metricsTableName;
const summaryKey = (runId: string) => ({ pk: runPartition(runId), sk: 'SUMMARY' });

/** Makes room for a new run's points. */
export const openMetrics = (runId: string, version: string) => ({
  table: table(),
  put: {
    ...openKey(runId),
    lifecycle_stage: 'active',
    chunks: {},
    pending: {},
    spans: {},
    sealed: 0,
    version,
  },
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
  if (chunk.length >= BLOCK_FROM) return appendBlock(runId, metrics, chunk);
  const open = await onFreshRun(runId, () => append(runId, chunk));
  const size = Object.values(open.chunks).reduce((sum, bytes) => sum + bytes.length, 0);
  if (isTimeToSeal(size, chunk.length)) await inSpareTime(runId, () => seal(runId, open));
}

/** The points are durable: when this fails, whoever logs next does it. */
async function inSpareTime(runId: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn('metrics not compacted', { runId, error: error as Error });
  }
}

/** The call that makes OPEN too large seals it; if that one died, a later call does. */
const isTimeToSeal = (size: number, added: number) =>
  size >= SEAL_FROM && (size - added < SEAL_FROM || size >= 2 * SEAL_FROM);

const WRITABLE = `${NOT_SETTLED} AND lifecycle_stage = :active`;

async function append(runId: string, chunk: Uint8Array): Promise<OpenItem> {
  try {
    return await updateItem<OpenItem>(
      {
        table: table(),
        key: openKey(runId),
        update: 'SET chunks.#id = :chunk, version = :version',
        condition: WRITABLE,
        names: { '#id': randomBytes(9).toString('base64url') },
        values: { ':chunk': chunk, ':active': 'active', ':version': newId() },
      },
      'ALL_NEW',
    );
  } catch (error) {
    throw refusal(runId, error);
  }
}

function refusal(runId: string, error: unknown): unknown {
  if (!(error instanceof ConditionFailed)) return error;
  const present = error.item as OpenItem | undefined;
  return runRefused(runId, present) ?? (present?.settled ? new RunSettled() : error);
}

/** Writes a block and names it in OPEN, both or neither. */
async function appendBlock(
  runId: string,
  metrics: readonly Metric[],
  points: Uint8Array,
): Promise<void> {
  await onFreshRun(runId, async () => {
    const block = { pk: runPartition(runId), sk: newBlockKey(metrics), points };
    try {
      await transactWrite([
        {
          table: table(),
          key: openKey(runId),
          update: 'SET pending.#block = :true, spans.#span = :true, version = :version',
          condition: WRITABLE,
          names: { '#block': block.sk, '#span': String(spanOf(metrics)) },
          values: { ':true': true, ':active': 'active', ':version': newId() },
        },
        { table: table(), put: block },
      ]);
    } catch (error) {
      throw refusal(runId, error);
    }
  });
  // Nobody counts the blocks of a run; on average the right number comes together.
  if (Math.random() * FOLD_FROM >= 1) return;
  await inSpareTime(runId, async () => {
    const open = await getItem<OpenItem>(table(), openKey(runId));
    if (open) await fold(runId, open);
  });
}

/** Moves the chunks of OPEN to a block. Two that do it at once write the same points twice. */
async function seal(runId: string, open: OpenItem): Promise<void> {
  const points = distinctPoints(pointsOf(open));
  const block = { pk: runPartition(runId), sk: newBlockKey(points), points: packMetrics(points) };
  await writeOne({ table: table(), put: block });
  const ids = Object.keys(open.chunks);
  try {
    await writeOne({
      table: table(),
      key: openKey(runId),
      update:
        `REMOVE ${ids.map((_, i) => `chunks.#${i}`).join(', ')} ` +
        'SET sealed = :next, pending.#block = :true, spans.#span = :true',
      condition: 'sealed = :seen',
      names: {
        ...Object.fromEntries(ids.map((id, i) => [`#${i}`, id])),
        '#block': block.sk,
        '#span': String(spanOf(points)),
      },
      values: { ':seen': open.sealed, ':next': open.sealed + 1, ':true': true },
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return;
  }
  await fold(runId, { ...open, pending: { ...open.pending, [block.sk]: true } });
}

/** Adds the pending blocks to SUMMARY when there are enough; to do it twice changes nothing. */
async function fold(runId: string, { pending }: OpenItem): Promise<void> {
  const blocks = Object.keys(pending);
  if (blocks.length < FOLD_FROM) return;
  const keys = blocks.map((sk) => ({ pk: runPartition(runId), sk }));
  await summarize(runId, (await batchGet<BlockItem>(table(), keys)).flatMap(blockPoints));
  await writeOne({
    table: table(),
    key: openKey(runId),
    update: `REMOVE ${blocks.map((_, i) => `pending.#${i}`).join(', ')} SET folded = :true`,
    names: Object.fromEntries(blocks.map((sk, i) => [`#${i}`, sk])),
    values: { ':true': true },
  });
}

async function summarize(runId: string, points: readonly Metric[]): Promise<void> {
  for (;;) {
    const present = await getItem<SummaryItem>(table(), summaryKey(runId));
    const known = present?.latest ? readChunk(present.pk, present.latest) : [];
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

const blockPoints = ({ pk, sk, points }: BlockItem) => readChunk(`${pk} ${sk}`, points);

const pointsOf = ({ pk, chunks }: OpenItem) =>
  Object.values(chunks).flatMap((chunk) => readChunk(pk, chunk));

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
  const open = await batchGet<OpenItem>(table(), runIds.map(openKey));
  const found = new Map(open.map((item) => [item.pk, pointsOf(item)]));
  const more = open.flatMap(({ pk, pending, folded }) => [
    ...Object.keys(pending).map((sk) => ({ pk, sk })),
    ...(folded ? [{ pk, sk: 'SUMMARY' }] : []),
  ]);
  for (const item of await batchGet<BlockItem | SummaryItem>(table(), more)) {
    const known = found.get(item.pk) ?? [];
    found.set(item.pk, [...known, ...(await pointsIn(item))]);
  }
  return new Map(runIds.map((id) => [id, latestMetrics(found.get(runPartition(id)) ?? [])]));
}

async function pointsIn(item: BlockItem | SummaryItem): Promise<readonly Metric[]> {
  if ('points' in item) return blockPoints(item);
  if (item.latest) return readChunk(item.pk, item.latest);
  return metricsOfRun(item.pk.slice('RUN#'.length));
}
