import {
  batchGet,
  ConditionFailed,
  getItem,
  transactWrite,
  updateItem,
  writeOne,
} from '../../shared/dynamo/index.ts';
import { newId, newShortId } from '../../shared/ids.ts';
import { log } from '../../shared/log.ts';
import { metricsTableName, openKey } from '../keys.ts';
import { type Metric, runPartition, runRefused } from '../runs/run.ts';
import { NOT_SETTLED, onFreshRun, RunSettled } from '../segments/settled-run-store.ts';
import { newBlockKey, readChunk, spanOf } from './metric-blocks.ts';
import { packMetrics } from './metric-codec.ts';
import { distinctPoints, latestMetrics } from './metric-points.ts';
import {
  type BlockItem,
  blockPoints,
  type OpenItem,
  type SummaryItem,
  summaryKey,
} from './metric-store.ts';
import {
  forgetPoints,
  type KnownPoints,
  knownPoints,
  noteBlock,
  noteChunk,
} from './open-points.ts';

/** Bytes of points in OPEN from which on it is sealed: a log call is charged for the whole item. */
const SEAL_FROM = 1024;

/** Bytes of a call's points that are a block at once: to copy them later would cost more. */
const BLOCK_FROM = 1024;

/** Blocks, or bytes of blocks, that are folded into SUMMARY together: it is written anew each time. */
const FOLD_FROM = { blocks: 7, bytes: 48 * 1024 };

/** Pending blocks of several processes that one of them folds for all. */
const MANY_PENDING = 16;

/** One in so many blocks has its writer look for blocks that others left pending. */
const LOOK_EVERY = 32;

/** Bytes of packed points in one item; DynamoDB takes 400 KB. */
const MAX_ITEM = 256 * 1024;

const table = metricsTableName;

const WRITABLE = `${NOT_SETTLED} AND lifecycle_stage = :active`;

/** Adds points in one write that also checks the run. Throws for missing and deleted runs. */
export async function appendMetrics(runId: string, metrics: readonly Metric[]): Promise<void> {
  const chunk = packMetrics(metrics);
  if (chunk.length > MAX_ITEM && metrics.length > 1) {
    const half = Math.ceil(metrics.length / 2);
    await appendMetrics(runId, metrics.slice(0, half));
    return appendMetrics(runId, metrics.slice(half));
  }
  try {
    await appendPacked(runId, metrics, chunk);
  } catch (error) {
    forgetPoints(runId);
    throw error;
  }
}

async function appendPacked(
  runId: string,
  metrics: readonly Metric[],
  chunk: Uint8Array,
): Promise<void> {
  if (chunk.length >= BLOCK_FROM) return appendBlock(runId, metrics, chunk);
  const { bytes } = knownPoints(runId);
  if (bytes === 0 || bytes + chunk.length < SEAL_FROM) return appendChunk(runId, chunk);
  // The call that would make OPEN too large writes what is there together with its own as a block.
  const chunks = await chunksOf(runId);
  if (chunks.size === 0) return appendChunk(runId, chunk);
  await sealWith(runId, chunks, metrics);
}

type Chunks = ReadonlyMap<string, Uint8Array>;

/** What OPEN holds: this process knows it if nobody else has written. */
async function chunksOf(runId: string): Promise<Chunks> {
  const { chunks, bytes } = knownPoints(runId);
  if (sizeOf(chunks.values()) === bytes) return chunks;
  const open = await getItem<OpenItem>(table(), openKey(runId));
  if (open && Object.keys(open.pending).length >= MANY_PENDING) {
    await inSpareTime(runId, () => fold(runId, open));
  }
  return new Map(Object.entries(open?.chunks ?? {}));
}

/** Moves chunks to a block, with more points. Two that do it at once write the same points twice. */
async function sealWith(runId: string, chunks: Chunks, more: readonly Metric[]): Promise<void> {
  const there = [...chunks.values()].flatMap((one) => readChunk(runId, one));
  const points = distinctPoints([...there, ...more]);
  await appendBlock(runId, points, packMetrics(points), [...chunks.keys()]);
}

const sizeOf = (chunks: Iterable<Uint8Array>): number => {
  let size = 0;
  for (const { length } of chunks) size += length;
  return size;
};

async function appendChunk(runId: string, chunk: Uint8Array): Promise<void> {
  const id = newShortId();
  const { bytes } = await onFreshRun(runId, () => append(runId, id, chunk));
  noteChunk(runId, id, chunk, bytes);
  // Many processes that know nothing of each other have let it grow.
  if (bytes < 2 * SEAL_FROM) return;
  await inSpareTime(runId, async () => sealWith(runId, await chunksOf(runId), []));
}

/** The points are durable: when this fails, whoever logs next does it. */
async function inSpareTime(runId: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn('metrics not compacted', { runId, error: error as Error });
  }
}

/** Answers with the bytes of all chunks: they themselves would be much to read after each call. */
async function append(runId: string, id: string, chunk: Uint8Array): Promise<{ bytes: number }> {
  try {
    return await updateItem<{ bytes: number }>(
      {
        table: table(),
        key: openKey(runId),
        update: 'SET chunks.#id = :chunk, version = :version ADD #bytes :size',
        condition: WRITABLE,
        names: { '#id': id, '#bytes': 'bytes' },
        values: {
          ':chunk': chunk,
          ':size': chunk.length,
          ':active': 'active',
          ':version': newId(),
        },
      },
      'UPDATED_NEW',
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

/**
 * Writes a block and names it in OPEN, both or neither, and takes away what it replaces (chunks that are
 * in it) and what needs no mention any more (blocks that SUMMARY has). All of that may be gone already.
 */
async function appendBlock(
  runId: string,
  metrics: readonly Metric[],
  points: Uint8Array,
  moved: readonly string[] = [],
): Promise<void> {
  const folded = await foldKnown(runId, knownPoints(runId));
  const block = { pk: runPartition(runId), sk: newBlockKey(metrics), points };
  const removed = [
    ...moved.map((id, i) => [`chunks.#c${i}`, `#c${i}`, id] as const),
    ...folded.map((sk, i) => [`pending.#f${i}`, `#f${i}`, sk] as const),
  ];
  const update = {
    table: table(),
    key: openKey(runId),
    update:
      'SET pending.#block = :true, spans.#span = :true, version = :version' +
      `${moved.length > 0 ? ', sealed = sealed + :one, #bytes = :none' : ''}` +
      `${folded.length > 0 ? ', folded = :true' : ''}` +
      `${removed.length > 0 ? ` REMOVE ${removed.map(([path]) => path).join(', ')}` : ''}` +
      `${folded.length > 0 ? ' ADD folds :one' : ''}`,
    condition: WRITABLE,
    names: {
      '#block': block.sk,
      '#span': String(spanOf(metrics)),
      ...(moved.length > 0 && { '#bytes': 'bytes' }),
      ...Object.fromEntries(removed.map(([, name, value]) => [name, value])),
    },
    values: {
      ':true': true,
      ':active': 'active',
      ...(removed.length > 0 && { ':one': 1 }),
      ...(moved.length > 0 && { ':none': 0 }),
    },
  };
  await onFreshRun(runId, async () => {
    try {
      await transactWrite([
        { ...update, values: { ...update.values, ':version': newId() } },
        { table: table(), put: block },
      ]);
    } catch (error) {
      throw refusal(runId, error);
    }
  });
  noteBlock(runId, { sk: block.sk, bytes: points.length, metrics, moved, folded });
  // Processes that ended may have left blocks that nobody remembers.
  if (Math.random() * LOOK_EVERY >= 1) return;
  await inSpareTime(runId, async () => {
    const open = await getItem<OpenItem>(table(), openKey(runId));
    if (open && Object.keys(open.pending).length >= MANY_PENDING) await fold(runId, open);
  });
}

/**
 * Adds blocks that this process wrote to SUMMARY when there are enough. Returns their keys: they need
 * no longer be pending.
 */
async function foldKnown(runId: string, known: KnownPoints): Promise<readonly string[]> {
  const { pending, pendingBytes, latest } = known;
  if (pending.length < FOLD_FROM.blocks && pendingBytes < FOLD_FROM.bytes) return [];
  let folded: readonly string[] = [];
  await inSpareTime(runId, async () => {
    await summarize(runId, latest);
    folded = pending;
  });
  return folded;
}

/** Adds all pending blocks to SUMMARY; to do it twice changes nothing. */
async function fold(runId: string, { pending }: OpenItem): Promise<void> {
  const blocks = Object.keys(pending);
  const keys = blocks.map((sk) => ({ pk: runPartition(runId), sk }));
  await summarize(runId, (await batchGet<BlockItem>(table(), keys)).flatMap(blockPoints));
  await writeOne({
    table: table(),
    key: openKey(runId),
    update: `REMOVE ${blocks.map((_, i) => `pending.#${i}`).join(', ')} SET folded = :true ADD folds :one`,
    names: Object.fromEntries(blocks.map((sk, i) => [`#${i}`, sk])),
    values: { ':true': true, ':one': 1 },
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
