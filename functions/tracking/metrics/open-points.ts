import type { Metric } from '../runs/run.ts';
import { latestMetrics } from './metric-points.ts';

/**
 * What this process knows of a run's open points. Others may have changed them since: whoever acts on
 * it must do nothing that is wrong when it is outdated.
 */
export interface KnownPoints {
  /** Chunks that this process has put into OPEN, by their ids. */
  readonly chunks: ReadonlyMap<string, Uint8Array>;
  /** Bytes of all chunks in OPEN. */
  readonly bytes: number;
  /** Blocks that this process has written and nobody, as far as it knows, has folded. */
  readonly pending: readonly string[];
  /** Bytes of those blocks. */
  readonly pendingBytes: number;
  /** The latest point of each key in those blocks. */
  readonly latest: readonly Metric[];
}

const NOTHING: KnownPoints = {
  chunks: new Map(),
  bytes: 0,
  pending: [],
  pendingBytes: 0,
  latest: [],
};

/** Runs and latest points that are remembered; a point takes about 100 bytes. */
const MAX_RUNS = 1000;
const MAX_POINTS = 100_000;

const runs = new Map<string, KnownPoints>();
let points = 0;

export const knownPoints = (runId: string): KnownPoints => runs.get(runId) ?? NOTHING;

export function forgetPoints(runId: string): void {
  points -= runs.get(runId)?.latest.length ?? 0;
  runs.delete(runId);
}

/** Takes note of a chunk that was added, and of the bytes of all. */
export function noteChunk(runId: string, id: string, chunk: Uint8Array, bytes: number): void {
  const known = knownPoints(runId);
  remember(runId, { ...known, chunks: new Map([...known.chunks, [id, chunk]]), bytes });
}

export interface WrittenBlock {
  readonly sk: string;
  readonly bytes: number;
  readonly metrics: readonly Metric[];
  /** Chunks that it replaces: all that were in OPEN. */
  readonly moved: readonly string[];
  /** Blocks that are no longer pending since it was written. */
  readonly folded: readonly string[];
}

export function noteBlock(runId: string, block: WrittenBlock): void {
  const known = knownPoints(runId);
  const chunks = new Map(known.chunks);
  for (const id of block.moved) chunks.delete(id);
  const left = known.pending.filter((sk) => !block.folded.includes(sk));
  const before = left.length === 0 ? [] : known.latest;
  remember(runId, {
    chunks,
    bytes: block.moved.length > 0 ? 0 : known.bytes,
    pending: [...left, block.sk],
    pendingBytes: block.bytes + (left.length === 0 ? 0 : known.pendingBytes),
    latest: latestMetrics([...before, ...block.metrics]),
  });
}

function remember(runId: string, known: KnownPoints): void {
  forgetPoints(runId);
  runs.set(runId, known);
  points += known.latest.length;
  for (const oldest of runs.keys()) {
    if (runs.size <= MAX_RUNS && points <= MAX_POINTS) return;
    forgetPoints(oldest);
  }
}
