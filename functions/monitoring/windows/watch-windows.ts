import { outbox } from '../../events/outbox.ts';
import { getLive } from '../../serving/index.ts';
import { chunksOf } from '../../shared/chunks.ts';
import type { OperationContext } from '../../shared/context.ts';
import { addDuration, type Duration, parseDuration } from '../../shared/duration.ts';
import { retryChanged } from '../../shared/dynamo/index.ts';
import { windowAt, windowById } from '../../shared/time-window.ts';
import { WindowAmended, WindowClosed, type WindowKind } from '../events.ts';
import { noteOpenSpan } from '../log-table/note-open-span.ts';
import type { Sighting } from './sighting.ts';
import { isClosed, NO_PROGRESS, type Progress, type SeriesState } from './window.ts';
import {
  emptyState,
  existingWindows,
  getSeriesState,
  platformTableName,
  saveProgress,
  windowsClosedBetween,
} from './window-store.ts';

const KINDS: readonly WindowKind[] = ['inputs', 'labels'];

/** A transaction holds at most 100 writes: the state, and up to three for a window. */
const MAX_WINDOWS_PER_STEP = 30;

/**
 * Moves the watermarks on and closes the windows behind them, oldest first, each exactly once.
 * A sighting that is repeated changes nothing but may evaluate a closed window again.
 */
export async function watchWindows(
  sightings: readonly Sighting[],
  context: OperationContext,
): Promise<void> {
  for (const [series, group] of Map.groupBy(sightings, (sighting) => sighting.series)) {
    for (const some of chunksOf(latestPerWindow(group), MAX_WINDOWS_PER_STEP)) {
      await watchSeries(series, some, context);
    }
  }
}

function latestPerWindow(sightings: readonly Sighting[]): Sighting[] {
  const latest = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const id = `${sighting.kind} ${sighting.window}`;
    const known = latest.get(id);
    if (!known || known.time < sighting.time) latest.set(id, sighting);
  }
  return [...latest.values()].sort((a, b) => (a.window < b.window ? -1 : 1));
}

async function watchSeries(
  series: string,
  sightings: readonly Sighting[],
  context: OperationContext,
): Promise<void> {
  const endpoint = sightings[0]?.endpoint ?? '';
  const granularity = series.slice(series.indexOf(':') + 1);
  const lateness = await latenessOf(endpoint);
  let state = await retryChanged(() => record(series, granularity, sightings, context));
  while (ripeKinds(state, granularity, lateness).length > 0) {
    state = await retryChanged(() => closeRipe(series, granularity, lateness, context));
  }
}

type Lateness = Readonly<Record<WindowKind, Duration>>;

async function latenessOf(endpoint: string): Promise<Lateness> {
  const monitor = (await getLive(endpoint))?.monitor;
  return {
    inputs: parseDuration(monitor?.lateness ?? 'PT0S'),
    labels: parseDuration(monitor?.label_lateness ?? 'P1D'),
  };
}

/** Notes the windows that are new and the latest times; rows of closed windows are announced. */
async function record(
  series: string,
  granularity: string,
  sightings: readonly Sighting[],
  context: OperationContext,
): Promise<SeriesState> {
  const endpoint = sightings[0]?.endpoint ?? '';
  const before = (await getSeriesState(series)) ?? emptyState(endpoint);
  const seen = [...new Set(sightings.map(({ window }) => window))];
  const known = await existingWindows(series, seen);
  const withEnd = (window: string) => ({ window, end: windowById(window, granularity).end });
  const fresh = seen.filter((window) => !known.has(window)).map(withEnd);
  await Promise.all(
    fresh
      .filter(({ end }) => !isClosed(before, 'inputs', end))
      .map(({ window }) => noteOpenSpan({ endpoint, series, window }, context)),
  );
  const table = platformTableName();
  const events = [
    ...fresh.flatMap((window) =>
      KINDS.filter((kind) => isClosed(before, kind, window.end)).map((kind) =>
        outbox(table, WindowClosed, eventData(series, endpoint, kind, window), context),
      ),
    ),
    ...sightings
      .filter(
        ({ kind, window }) => known.has(window) && isClosed(before, kind, withEnd(window).end),
      )
      .map(({ kind, window }) =>
        outbox(table, WindowAmended, eventData(series, endpoint, kind, withEnd(window)), context),
      ),
  ];
  const after: SeriesState = {
    endpoint,
    revision: before.revision + 1,
    inputs: seenUntil(before.inputs, sightings, 'inputs'),
    labels: seenUntil(before.labels, sightings, 'labels'),
  };
  const moved = KINDS.some((kind) => after[kind].watermark !== before[kind].watermark);
  if (!moved && fresh.length === 0 && events.length === 0) return before;
  await saveProgress(series, after, fresh, events);
  return after;
}

const seenUntil = (progress: Progress, sightings: readonly Sighting[], kind: WindowKind) => ({
  ...progress,
  watermark: Math.max(
    progress.watermark,
    ...sightings.filter((sighting) => sighting.kind === kind).map(({ time }) => time),
  ),
});

/** The start of the first window that the watermark leaves open. */
function openFrom(progress: Progress, granularity: string, lateness: Duration): number {
  if (progress.watermark === NO_PROGRESS.watermark) return NO_PROGRESS.closed;
  return windowAt(addDuration(progress.watermark, lateness, -1), granularity).start;
}

const ripeKinds = (state: SeriesState, granularity: string, lateness: Lateness) =>
  KINDS.filter((kind) => openFrom(state[kind], granularity, lateness[kind]) > state[kind].closed);

/** Closes the oldest windows behind the watermarks, as many as one transaction holds. */
async function closeRipe(
  series: string,
  granularity: string,
  lateness: Lateness,
  context: OperationContext,
): Promise<SeriesState> {
  const before = await getSeriesState(series);
  if (!before) throw new Error(`Series ${series} has no state`);
  const [kind] = ripeKinds(before, granularity, lateness);
  if (!kind) return before;
  const open = openFrom(before[kind], granularity, lateness[kind]);
  const ripe = await windowsClosedBetween(series, before[kind].closed, open);
  const now = ripe.slice(0, MAX_WINDOWS_PER_STEP);
  const closed = ripe.length > now.length ? (now.at(-1)?.end ?? open) : open;
  const after = {
    ...before,
    revision: before.revision + 1,
    [kind]: { ...before[kind], closed },
  };
  const table = platformTableName();
  const events = now.map((window) =>
    outbox(table, WindowClosed, eventData(series, before.endpoint, kind, window), context),
  );
  await saveProgress(series, after, [], events);
  return after;
}

const eventData = (
  series: string,
  endpoint: string,
  kind: WindowKind,
  { window, end }: { window: string; end: number },
) => ({
  endpoint,
  series,
  kind,
  window,
  end: new Date(end).toISOString().replace('.000Z', 'Z'),
});
