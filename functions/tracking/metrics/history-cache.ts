import type { Series } from './metric-series.ts';
import type { OpenItem } from './metric-store.ts';

/** Histories in the process's memory: what charts ask for over and over. */
interface Kept {
  readonly series: Series;
  /** As OPEN had it when the blocks were read. */
  readonly version: string;
  readonly sealed: number;
  readonly pending: ReadonlySet<string>;
  readonly folds: number | undefined;
}

/** Points in memory; a point takes 24 bytes. */
const MAX_POINTS = 2_000_000;

/** What an entry takes by itself, in points: short histories count, too. */
const ENTRY = 64;

const weightOf = ({ length }: Series) => length + ENTRY;

const histories = new Map<string, Kept>();
let points = 0;

const nameOf = (runId: string, metricKey: string) => `${runId} ${metricKey}`;

export function keepHistory(
  runId: string,
  metricKey: string,
  { version, sealed, pending, folds }: OpenItem,
  series: Series,
): void {
  const name = nameOf(runId, metricKey);
  forget(name);
  if (weightOf(series) > MAX_POINTS) return;
  const keys = new Set(Object.keys(pending));
  histories.set(name, { series, version, sealed, pending: keys, folds });
  points += weightOf(series);
  for (const oldest of histories.keys()) {
    if (points <= MAX_POINTS) return;
    forget(oldest);
  }
}

function forget(name: string): void {
  const kept = histories.get(name);
  if (kept) points -= weightOf(kept.series);
  histories.delete(name);
}

/**
 * What is remembered of the blocks' points, and the blocks that are missing in it; undefined when that
 * cannot be told. Every new block is pending at first: as long as none has stopped being so, those that
 * are missing are among the pending ones.
 */
export function keptHistory(
  runId: string,
  metricKey: string,
  open: OpenItem,
): { series: Series; missing: readonly string[] } | undefined {
  const name = nameOf(runId, metricKey);
  const kept = histories.get(name);
  if (!kept) return undefined;
  // The latest used are forgotten last.
  histories.delete(name);
  histories.set(name, kept);
  const { series, pending, version, sealed, folds } = kept;
  if (version === open.version && sealed === open.sealed) return { series, missing: [] };
  if (folds !== open.folds) return undefined;
  return { series, missing: Object.keys(open.pending).filter((sk) => !pending.has(sk)) };
}
