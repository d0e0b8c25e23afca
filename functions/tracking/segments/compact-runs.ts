import { timeOfId } from '../../shared/ids.ts';
import {
  finishCompaction,
  listCompaction,
  planCompaction,
  type SegmentKind,
} from '../../shared/segments/index.ts';
import { type OpenItem, openItems } from '../metrics/metric-store.ts';
import { detailsOf } from '../runs/describe-run.ts';
import { hasEnded } from '../runs/run.ts';
import { loadRunItems, type RunItem, toRun } from '../runs/run-store.ts';
import { packSegment, Segment, type SegmentRow } from './segment.ts';
import { toSegmentRow } from './segment-details.ts';
import {
  loadManifestAndMark,
  loadSegments,
  type Manifest,
  manifestOf,
  putSegment,
  type SegmentEntry,
} from './segment-store.ts';
import {
  type FreshRun,
  markAgain,
  oldestFreshRuns,
  type SettlingRun,
  settleRuns,
} from './settled-run-store.ts';
import { restaged, restaging, type StageMark, settlingEpoch } from './stage-mark.ts';
import type { RunChanges } from './stream-experiments.ts';

export interface CompactionLimits {
  /** Fewer resting runs are not worth a segment: searches read them one by one. */
  readonly minRuns: number;
  /** Fresh runs that a pass looks at, the oldest: enough to go on with, however many there are. */
  readonly maxFresh: number;
  /** Runs of one pass; a function's memory holds them. */
  readonly maxRuns: number;
  /** Rows of a segment. */
  readonly maxRows: number;
  /** Fresh runs from which on running ones need not rest for long, though nobody looks for them. */
  readonly crowd: number;
  /**
   * Milliseconds without a change after which a run may be settled; `sought` is for running ones of an
   * experiment that a search was slow in, `crowd` for those of a crowd: a run that has just begun goes on
   * soon, and would have to be made fresh again. One that was settled so and then went on is known to
   * pause: it must rest as long as any other, or each of its log calls would cost ten.
   */
  readonly rest: Readonly<Record<'ended' | 'running' | 'crowd' | 'sought', number>>;
}

export const LIMITS: CompactionLimits = {
  minRuns: 64,
  maxFresh: 4000,
  maxRuns: 2000,
  maxRows: 4000,
  crowd: 3000,
  rest: { ended: 0, running: 15 * 60_000, crowd: 10_000, sought: 1500 },
};

/**
 * Moves runs that have ended, or have not changed for a while, from the list of fresh runs to segments.
 * Any number of compactors may do this at once and die at any point: a segment counts from the moment
 * the manifest lists it, and a run leaves the list only in the transaction that marks it as settled.
 * Returns how many runs were settled.
 */
export async function compactRuns(
  experimentId: string,
  now: number,
  limits: CompactionLimits = LIMITS,
  changes: RunChanges = { ended: true, sought: false },
): Promise<number> {
  const { minRuns, maxRuns, crowd, rest } = limits;
  let settled = 0;
  for (;;) {
    const fresh = await oldestFreshRuns(experimentId, limits.maxFresh);
    const crowded = fresh.length > crowd ? rest.crowd : rest.running;
    const shortest = changes.sought ? rest.sought : crowded;
    // Where none has ended, those that began a short while ago need not be read: they cannot rest yet.
    const old = changes.ended
      ? fresh
      : fresh.filter(({ start_time }) => now - start_time >= shortest);
    if (old.length < minRuns) return settled;
    const resting = await restingRuns(old, now, shortest, limits);
    if (resting.length < minRuns) return settled;
    const pass = { experimentId, fresh, resting: resting.slice(0, maxRuns), now, limits };
    const done = await settleOnce(pass);
    settled += done;
    // Nothing could be settled, or somebody else is at it.
    if (done === 0) return settled;
  }
}

interface RestingRun {
  readonly item: RunItem;
  readonly open: OpenItem;
  readonly again: boolean;
}

/** Fresh runs that may be settled, as they were read: who changes them until then keeps them fresh. */
async function restingRuns(
  fresh: readonly FreshRun[],
  now: number,
  shortest: number,
  { rest }: CompactionLimits,
): Promise<RestingRun[]> {
  const ids = fresh.map(({ run_id }) => run_id);
  const items = await loadRunItems(ids);
  const points = await openItems(ids);
  const again = new Map(fresh.map((run) => [run.run_id, run.again]));
  return items.flatMap((item) => {
    const open = points.get(item.run_id);
    if (!open) return [];
    const changed = Math.max(timeOfId(item.version), timeOfId(open.version));
    // Clocks of two machines may differ.
    const age = Math.max(0, now - changed);
    const before = again.get(item.run_id) ?? false;
    const running = before ? rest.running : shortest;
    if (age < (hasEnded(item.status) ? rest.ended : running)) return [];
    return [{ item, open, again: before }];
  });
}

interface Pass {
  readonly experimentId: string;
  readonly fresh: readonly FreshRun[];
  readonly resting: readonly RestingRun[];
  readonly now: number;
  readonly limits: CompactionLimits;
}

async function settleOnce({ experimentId, fresh, resting, now, limits }: Pass): Promise<number> {
  const place = manifestOf(experimentId);
  // After the heads: those that were read before a mark were changed, or are at rest in an epoch before it.
  const loaded = await loadManifestAndMark(experimentId);
  if (!loaded) return 0;
  const { manifest, mark } = loaded;
  const epoch = settlingEpoch(mark);
  const kind = runsAt(epoch, manifest, mark);
  const before = await recover(experimentId, manifest, fresh);
  const details = await detailsOf(
    resting.map(({ item }) => toRun(item)),
    new Map(resting.map(({ item, open }) => [item.run_id, open])),
  );
  const added = resting.flatMap(({ item, again }, i) => {
    const known = details[i];
    return known ? [toSegmentRow(known, again || before.has(item.run_id))] : [];
  });
  const plan = await planCompaction(kind, manifest.segments, added, limits.maxRows);
  if (plan.packed.length === 0) return 0;
  const listed = await listCompaction(kind, place, manifest, plan, now);
  if (!listed) return 0;
  let settled = 0;
  for (const { entry, rows } of plan.packed) {
    const inside = new Set(rows.map(idOf));
    const runs = resting.filter(({ item }) => inside.has(item.run_id));
    const refused = await settleRuns(entry.id, runs.map(toSettling), epoch);
    await markAgain(refused);
    settled += runs.length - refused.length;
  }
  await finishCompaction(place, listed, now);
  return settled;
}

const idOf = ({ run }: SegmentRow): string => run.run_id;

/** Rows that are written anew become those of the epoch: their runs are as the mark says. */
const runsAt = (
  epoch: number,
  { segments }: Manifest,
  mark: StageMark | undefined,
): SegmentKind<SegmentRow, SegmentEntry> => ({
  idOf,
  pack: packSegment,
  order: (a, b) => a.run.start_time - b.run.start_time,
  describe(rows) {
    const starts = rows.map(({ run }) => run.start_time);
    return {
      newest: starts.reduce((a, b) => Math.max(a, b)),
      oldest: starts.reduce((a, b) => Math.min(a, b)),
      again: rows.some(({ again }) => again),
      ...(epoch > 0 && { epoch }),
    };
  },
  async load(id) {
    const segment = (await loadSegments([id])).get(id);
    // The runs of a damaged segment are found by their ids.
    if (!(segment instanceof Segment)) return undefined;
    const by = restaging(mark, segments.find((entry) => entry.id === id)?.epoch);
    const rows = Array.from({ length: segment.rows }, (_, row) => segment.row(row));
    return rows.map((row) => ({ ...row, run: restaged(row.run, by) }));
  },
  put: (id, body, rows) => putSegment(id, body, rows.map(idOf)),
});

const toSettling = ({ item, open }: RestingRun): SettlingRun => ({
  run: item,
  headVersion: item.version,
  metricsVersion: open.version,
});

/**
 * Finishes what a pass before may have left: it put runs into a segment and died before it settled
 * them. Those that are still fresh are marked: their rows are not to be counted. Returns their ids.
 */
async function recover(
  experimentId: string,
  { segments }: Manifest,
  fresh: readonly FreshRun[],
): Promise<ReadonlySet<string>> {
  const entries = segments.filter(({ settling }) => settling);
  const found = new Map<string, FreshRun>();
  for (const segment of (await loadSegments(entries.map(({ id }) => id))).values()) {
    for (const run of fresh) {
      const inside =
        segment instanceof Segment ? segment.find(run) >= 0 : segment.damaged.includes(run.run_id);
      if (inside) found.set(run.run_id, run);
    }
  }
  await markAgain(
    [...found.values()]
      .filter(({ again }) => !again)
      .map((run) => ({ ...run, experiment_id: experimentId })),
  );
  return new Set(found.keys());
}
