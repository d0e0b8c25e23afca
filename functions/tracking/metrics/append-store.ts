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
  noteBytes,
  noteChunk,
  type OwnChunk,
  takeOwnChunk,
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
  if (bytes === 0 || bytes + chunk.length < SEAL_FROM) return appendChunk(runId, metrics, chunk);
  // The call that would make OPEN too large writes what is there together with its own as a block.
  const open = await openChunks(runId);
  if (open.ids.length === 0) return appendChunk(runId, metrics, chunk);
  await sealWith(runId, open, metrics);
}

interface OpenChunks {
  readonly ids: readonly string[];
  readonly points: readonly Metric[];
}

/** What OPEN holds: this process knows it if nobody else has written. */
async function openChunks(runId: string): Promise<OpenChunks> {
  const { own, bytes } = knownPoints(runId);
  if (own?.bytes === bytes) return { ids: [own.id], points: own.points };
  const open = await getItem<OpenItem>(table(), openKey(runId));
  if (open && Object.keys(open.pending).length >= MANY_PENDING) {
    await inSpareTime(runId, () => fold(runId, open));
  }
  const chunks = Object.entries(open?.chunks ?? {});
  return {
    ids: chunks.map(([id]) => id),
    points: chunks.flatMap(([, chunk]) => readChunk(runId, chunk)),
  };
}

/** Moves chunks to a block, with more points. Two that do it at once write the same points twice. */
async function sealWith(runId: string, open: OpenChunks, more: readonly Metric[]): Promise<void> {
  const points = distinctPoints([...open.points, ...more]);
  await appendBlock(runId, points, packMetrics(points), open.ids);
}

/**
 * Adds points to the chunk of this process: as a new chunk that replaces it, for the old one may be
 * about to be sealed. If it has been, the points alone are the new chunk.
 */
async function appendChunk(
  runId: string,
  metrics: readonly Metric[],
  chunk: Uint8Array,
): Promise<void> {
  const own = takeOwnChunk(runId);
  if (own) {
    const points = [...own.points, ...metrics];
    const longer = { points, chunk: packMetrics(points), replaces: own };
    if (await appendOwn(runId, longer)) return;
  }
  await appendOwn(runId, { points: metrics, chunk });
}

interface NewChunk {
  readonly points: readonly Metric[];
  /** The points, packed. */
  readonly chunk: Uint8Array;
  readonly replaces?: OwnChunk;
}

/** Whether it was added: it is not when the one that it was to replace is gone. */
async function appendOwn(runId: string, added: NewChunk): Promise<boolean> {
  const id = newShortId();
  const after = await onFreshRun(runId, () => append(runId, id, added));
  if ('gone' in after) {
    noteBytes(runId, after.bytes);
    return false;
  }
  const { bytes, sealed } = after;
  const { points, chunk } = added;
  noteChunk(runId, { id, points, bytes: chunk.length, sealed }, bytes);
  // Many processes that know nothing of each other have let it grow.
  if (bytes < 2 * SEAL_FROM) return true;
  await inSpareTime(runId, async () => sealWith(runId, await openChunks(runId), []));
  return true;
}

/** The points are durable: when this fails, whoever logs next does it. */
async function inSpareTime(runId: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn('metrics not compacted', { runId, error: error as Error });
  }
}

/** OPEN after a chunk was added, or was not because the one that it was to replace is gone. */
type Appended =
  | Pick<Required<OpenItem>, 'bytes' | 'sealed'>
  | { readonly gone: true; readonly bytes: number };

/** Answers with the bytes of all chunks: they themselves would be much to read after each call. */
async function append(runId: string, id: string, { chunk, replaces }: NewChunk): Promise<Appended> {
  const values = {
    ':chunk': chunk,
    ':size': chunk.length - (replaces?.bytes ?? 0),
    ':active': 'active',
    ':version': newId(),
    // Without a chunk to replace, the answer is to say how often OPEN was emptied: adding none asks for it.
    ':sealed': replaces?.sealed ?? 0,
  };
  const update = 'SET chunks.#id = :chunk, version = :version';
  try {
    const { bytes, sealed } = await updateItem<Pick<Required<OpenItem>, 'bytes' | 'sealed'>>(
      {
        table: table(),
        key: openKey(runId),
        update: replaces
          ? `${update} REMOVE chunks.#old ADD #bytes :size`
          : `${update} ADD #bytes :size, sealed :sealed`,
        condition: replaces ? `${WRITABLE} AND sealed = :sealed` : WRITABLE,
        names: { '#id': id, '#bytes': 'bytes', ...(replaces && { '#old': replaces.id }) },
        values,
      },
      'UPDATED_NEW',
    );
    return { bytes, sealed: replaces?.sealed ?? sealed };
  } catch (error) {
    const refused = refusal(runId, error);
    if (!replaces || refused !== error || !(error instanceof ConditionFailed)) throw refused;
    return { gone: true, bytes: (error.item as OpenItem | undefined)?.bytes ?? 0 };
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
