import type { Metric } from '../runs/run.ts';
import { latestMetrics } from './metric-points.ts';
import type { ChunkName } from './open-chunks.ts';

/**
 * What this process knows of a run's open points. Others may have changed them since: whoever acts on
 * it must do nothing that is wrong when it is outdated.
 */
export interface KnownPoints {
  /** The chunk that this process has in OPEN, unless a call is about to replace it. */
  readonly own?: OwnChunk;
  /** Bytes of all chunks in OPEN. */
  readonly bytes: number;
  /** Blocks that this process has written and nobody, as far as it knows, has folded. */
  readonly pending: readonly string[];
  /** Bytes of those blocks. */
  readonly pendingBytes: number;
  /** The latest point of each key in those blocks. */
  readonly latest: readonly Metric[];
}

/** What the calls of one process have added since OPEN was last emptied. */
export interface OwnChunk {
  readonly name: ChunkName;
  readonly points: readonly Metric[];
  readonly bytes: number;
  /** How often OPEN had been emptied when it was added: it is there until that changes. */
  readonly sealed: number;
}

const NOTHING: KnownPoints = {
  bytes: 0,
  pending: [],
  pendingBytes: 0,
  latest: [],
};

/** Runs and points that are remembered; a point takes about 100 bytes. */
const MAX_RUNS = 1000;
const MAX_POINTS = 100_000;

const runs = new Map<string, KnownPoints>();
let points = 0;

export const knownPoints = (runId: string): KnownPoints => runs.get(runId) ?? NOTHING;

export function forgetPoints(runId: string): void {
  points -= pointsIn(knownPoints(runId));
  runs.delete(runId);
}

const pointsIn = ({ own, latest }: KnownPoints) => (own?.points.length ?? 0) + latest.length;

/** This process's chunk, for one call alone: two that replaced it with different ones would both keep its points. */
export function takeOwnChunk(runId: string): OwnChunk | undefined {
  const { own, ...known } = knownPoints(runId);
  if (own) remember(runId, known);
  return own;
}

/** Takes note of the chunk that was added, and of the bytes of all. */
export function noteChunk(runId: string, own: OwnChunk, bytes: number): void {
  remember(runId, { ...knownPoints(runId), own, bytes });
}

/** Takes note of the bytes of all chunks, of which none is this process's. */
export function noteBytes(runId: string, bytes: number): void {
  const { own: _own, ...known } = knownPoints(runId);
  remember(runId, { ...known, bytes });
}

interface WrittenBlock {
  readonly sk: string;
  readonly bytes: number;
  readonly metrics: readonly Metric[];
  /** Chunks that it replaces: all that were in OPEN. */
  readonly moved: readonly ChunkName[];
  /** Blocks that are no longer pending since it was written. */
  readonly folded: readonly string[];
}

export function noteBlock(runId: string, block: WrittenBlock): void {
  const { own, ...known } = knownPoints(runId);
  const left = known.pending.filter((sk) => !block.folded.includes(sk));
  const before = left.length === 0 ? [] : known.latest;
  remember(runId, {
    ...(own && !block.moved.includes(own.name) && { own }),
    bytes: block.moved.length > 0 ? 0 : known.bytes,
    pending: [...left, block.sk],
    pendingBytes: block.bytes + (left.length === 0 ? 0 : known.pendingBytes),
    latest: latestMetrics([...before, ...block.metrics]),
  });
}

function remember(runId: string, known: KnownPoints): void {
  forgetPoints(runId);
  runs.set(runId, known);
  points += pointsIn(known);
  for (const oldest of runs.keys()) {
    if (runs.size <= MAX_RUNS && points <= MAX_POINTS) return;
    forgetPoints(oldest);
  }
}
