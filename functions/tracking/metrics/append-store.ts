import { ConditionFailed, getItem, transactWrite, updateItem } from '../../shared/dynamo/index.ts';
import { newId } from '../../shared/ids.ts';
import { metricsTableName, openKey } from '../keys.ts';
import { type Metric, runPartition, runRefused } from '../runs/run.ts';
import { NOT_SETTLED, onFreshRun, RunSettled } from '../segments/settled-run-store.ts';
import { foldKnown, foldMany, inSpareTime, MAX_ITEM } from './fold-blocks.ts';
import { newBlockKey, readChunk, spanOf } from './metric-blocks.ts';
import { packMetrics } from './metric-codec.ts';
import { distinctPoints } from './metric-points.ts';
import type { OpenItem } from './metric-store.ts';
import { type ChunkName, chunkPath, chunksIn, newChunkName } from './open-chunks.ts';
import {
  forgetPoints,
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

/** One in so many blocks has its writer look for blocks that others left pending. */
const LOOK_EVERY = 32;

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
  if (open.names.length === 0) return appendChunk(runId, metrics, chunk);
  await sealWith(runId, open, metrics);
}

interface OpenChunks {
  readonly names: readonly ChunkName[];
  readonly points: readonly Metric[];
}

/** What OPEN holds: this process knows it if nobody else has written. */
async function openChunks(runId: string): Promise<OpenChunks> {
  const { own, bytes } = knownPoints(runId);
  if (own?.bytes === bytes) return { names: [own.name], points: own.points };
  const open = await getItem<OpenItem>(table(), openKey(runId));
  await foldMany(runId, open);
  const chunks = open ? [...chunksIn(open)] : [];
  return {
    names: chunks.map(([name]) => name),
    points: chunks.flatMap(([, chunk]) => readChunk(runId, chunk)),
  };
}

/** Moves chunks to a block, with more points. Two that do it at once write the same points twice. */
async function sealWith(runId: string, open: OpenChunks, more: readonly Metric[]): Promise<void> {
  const points = distinctPoints([...open.points, ...more]);
  await appendBlock(runId, points, packMetrics(points), open.names);
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
  const name = newChunkName();
  const after = await onFreshRun(runId, () => append(runId, name, added));
  if ('gone' in after) {
    noteBytes(runId, after.bytes);
    return false;
  }
  const { bytes, sealed } = after;
  const { points, chunk } = added;
  noteChunk(runId, { name, points, bytes: chunk.length, sealed }, bytes);
  // Many processes that know nothing of each other have let it grow.
  if (bytes < 2 * SEAL_FROM) return true;
  await inSpareTime(runId, async () => sealWith(runId, await openChunks(runId), []));
  return true;
}

/** OPEN after a chunk was added, or was not because the one that it was to replace is gone. */
type Appended =
  | Pick<Required<OpenItem>, 'bytes' | 'sealed'>
  | { readonly gone: true; readonly bytes: number };

/** Answers with the bytes of all chunks: they themselves would be much to read after each call. */
async function append(
  runId: string,
  name: ChunkName,
  { chunk, replaces }: NewChunk,
): Promise<Appended> {
  const values = {
    ':chunk': chunk,
    ':size': chunk.length - (replaces?.bytes ?? 0),
    ':active': 'active',
    ':version': newId(),
    // Without a chunk to replace, the answer is to say how often OPEN was emptied: adding none asks for it.
    ':sealed': replaces?.sealed ?? 0,
  };
  const update = 'SET #new = :chunk, version = :version';
  try {
    const { bytes, sealed } = await updateItem<Pick<Required<OpenItem>, 'bytes' | 'sealed'>>(
      {
        table: table(),
        key: openKey(runId),
        update: replaces
          ? `${update} REMOVE #old ADD #bytes :size`
          : `${update} ADD #bytes :size, sealed :sealed`,
        condition: replaces ? `${WRITABLE} AND sealed = :sealed` : WRITABLE,
        names: { '#new': name, '#bytes': 'bytes', ...(replaces && { '#old': replaces.name }) },
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
  // What it says of a settled run may be out of date.
  return present?.settled ? new RunSettled() : (runRefused(runId, present) ?? error);
}

/**
 * Writes a block and names it in OPEN, both or neither, and takes away what it replaces (chunks that are
 * in it) and what needs no mention any more (blocks that SUMMARY has). All of that may be gone already.
 */
async function appendBlock(
  runId: string,
  metrics: readonly Metric[],
  points: Uint8Array,
  moved: readonly ChunkName[] = [],
): Promise<void> {
  const folded = await foldKnown(runId, knownPoints(runId));
  const block = { pk: runPartition(runId), sk: newBlockKey(metrics), points };
  const removed = [
    ...moved.map((name, i) => chunkPath(name, `#c${i}`)),
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
    await foldMany(runId, await getItem<OpenItem>(table(), openKey(runId)));
  });
}
