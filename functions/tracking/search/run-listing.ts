import { StaleListing } from '../../shared/segments/index.ts';
import type { Run } from '../runs/run.ts';
import { Segment } from '../segments/segment.ts';
import { loadManifest, loadSegments, type SegmentEntry } from '../segments/segment-store.ts';
import { type FreshRun, freshAndMark } from '../segments/settled-run-store.ts';
import { type Restaging, restaging, type StageMark } from '../segments/stage-mark.ts';

/** A segment with those of its rows that count. */
export interface ListedSegment {
  readonly segment: Segment;
  /** 1 for rows that count, 0 for those of runs that are fresh or have a later row. Not to be changed. */
  readonly live: Uint8Array;
  /** What counts instead of the stages in the segment, if anything does. */
  readonly by?: Restaging | undefined;
}

/** What a damaged segment leaves: its runs must be read one by one. */
type OpenedSegment = ListedSegment | { readonly damaged: readonly string[] };

/** All runs of an experiment at one moment: the fresh ones, and segments that are opened on demand. */
export interface RunListing {
  /** Newest first. */
  readonly fresh: readonly FreshRun[];
  /** The one with the newest run first. */
  readonly entries: readonly SegmentEntry[];
  open(entries: readonly SegmentEntry[]): Promise<OpenedSegment[]>;
}

export async function listRuns(experimentId: string): Promise<RunListing> {
  // In this order: a run that was settled in between is seen twice rather than not at all.
  const { fresh, mark } = await freshAndMark(experimentId);
  const { segments } = await loadManifest(experimentId);
  return {
    fresh,
    entries: segments.toSorted((a, b) => b.newest - a.newest),
    open: (entries) => openSegments(entries, segments, fresh, mark),
  };
}

async function openSegments(
  wanted: readonly SegmentEntry[],
  all: readonly SegmentEntry[],
  fresh: readonly FreshRun[],
  mark: StageMark | undefined,
): Promise<OpenedSegment[]> {
  const shadows = new Map(wanted.map((entry) => [entry.id, laterSegments(entry, all)]));
  const ids = new Set([...shadows].flatMap(([id, later]) => [id, ...later.map((one) => one.id)]));
  const loaded = await loadSegments([...ids]);
  const loadedSegment = (id: string) => {
    const segment = loaded.get(id);
    if (!segment) throw new StaleListing();
    return segment;
  };
  return wanted.map((entry) => {
    const segment = loadedSegment(entry.id);
    if (!(segment instanceof Segment)) return segment;
    const later = shadows.get(entry.id) ?? [];
    const live = liveRows(
      segment,
      later.map(({ id }) => loadedSegment(id)).filter(isSegment),
      later,
    );
    const counting = withoutFresh(segment, live, entry, fresh);
    return { segment, live: counting, by: restaging(mark, entry.epoch) };
  });
}

const isSegment = (one: unknown): one is Segment => one instanceof Segment;

/** Segments that may hold later rows of the same runs: the start of a run never changes. */
function laterSegments(entry: SegmentEntry, all: readonly SegmentEntry[]): SegmentEntry[] {
  const position = all.findIndex(({ id }) => id === entry.id);
  return all
    .slice(position + 1)
    .filter(
      ({ again, newest, oldest }) => again && newest >= entry.oldest && oldest <= entry.newest,
    );
}

interface LiveRows {
  /** Ids of the later segments that were looked at. */
  readonly key: string;
  readonly live: Uint8Array;
}

/** Segments never change, so what they shadow of each other is found out once. */
const known = new WeakMap<Segment, LiveRows>();

function liveRows(
  segment: Segment,
  later: readonly Segment[],
  entries: readonly SegmentEntry[],
): Uint8Array {
  const key = entries.map(({ id }) => id).join();
  const cached = known.get(segment);
  if (cached?.key === key) return cached.live;
  const live = new Uint8Array(segment.rows).fill(1);
  for (const other of later) {
    for (const row of other.againRows()) {
      clear(segment, live, { start_time: other.start(row), run_id: other.id(row) });
    }
  }
  known.set(segment, { key, live });
  return live;
}

function withoutFresh(
  segment: Segment,
  live: Uint8Array,
  entry: SegmentEntry,
  fresh: readonly FreshRun[],
): Uint8Array {
  const inside = fresh.filter(
    ({ again, start_time }) =>
      (again || entry.settling) && start_time <= entry.newest && start_time >= entry.oldest,
  );
  if (inside.length === 0) return live;
  const copy = live.slice();
  for (const run of inside) clear(segment, copy, run);
  return copy;
}

function clear(segment: Segment, live: Uint8Array, run: Pick<Run, 'start_time' | 'run_id'>): void {
  const row = segment.find(run);
  if (row >= 0) live[row] = 0;
}

/** Ids of all runs of an experiment, in no particular order. */
export async function* runIdsOf(experimentId: string): AsyncGenerator<string> {
  const listing = await listRuns(experimentId);
  for (const { run_id } of listing.fresh) yield run_id;
  for (const entry of listing.entries) {
    for (const opened of await listing.open([entry])) {
      if ('damaged' in opened) yield* opened.damaged;
      else {
        for (let row = 0; row < opened.segment.rows; row++) {
          if (opened.live[row] === 1) yield opened.segment.id(row);
        }
      }
    }
  }
}
