import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { log } from '../../shared/log.ts';
import * as segments from '../../shared/segments/index.ts';
import { experimentPartition, trackingTableName } from '../keys.ts';
import { Segment } from './segment.ts';
import { markKey, type StageMark } from './stage-mark.ts';

/** What is known of a segment without reading it. */
export interface SegmentEntry extends segments.SegmentEntry {
  /** Epoch milliseconds: the newest and the oldest start of its runs. */
  readonly newest: number;
  readonly oldest: number;
  /** Some of its rows may be of runs that have older rows in the segments before it. */
  readonly again: boolean;
  /** The experiment's epoch that its rows are of; absent: the first. */
  readonly epoch?: number;
}

/** The segments of an experiment. */
export type Manifest = segments.Manifest<SegmentEntry>;

export const manifestOf = (experimentId: string): segments.ManifestPlace => ({
  table: trackingTableName(),
  key: { pk: experimentPartition(experimentId), sk: 'SEGMENTS' },
});

export async function loadManifest(experimentId: string): Promise<Manifest> {
  return withoutUnlisted(await segments.readManifest<SegmentEntry>(manifestOf(experimentId)));
}

/** The manifest, and what counts for its rows; nothing while the two are not of one moment. */
export async function loadManifestAndMark(
  experimentId: string,
): Promise<{ manifest: Manifest; mark: StageMark | undefined } | undefined> {
  const [manifest, mark] = await segments.readManifestAnd<SegmentEntry, StageMark>(
    manifestOf(experimentId),
    markKey(experimentId),
  );
  if (manifest.segments.some(({ epoch = 0 }) => epoch > (mark?.epoch ?? 0))) return undefined;
  return { manifest: withoutUnlisted(manifest), mark };
}

function withoutUnlisted(manifest: Manifest): Manifest {
  // What was replaced is asked for by searches that began before, if at all: they read it again.
  for (const { id } of manifest.unlisted) opened.delete(id);
  return manifest;
}

interface SegmentItem extends segments.SegmentItem {
  /** Ids of the runs, a line each, for when the body is damaged. */
  readonly ids: Uint8Array;
}

export async function putSegment(
  id: string,
  body: Uint8Array,
  ids: readonly string[],
): Promise<void> {
  const lines = zstdCompressSync(ids.join('\n'));
  await segments.putSegmentItem(trackingTableName(), id, { body, ids: lines });
}

/** A segment that cannot be read: its runs must be read one by one. */
export interface DamagedSegment {
  readonly damaged: readonly string[];
}

/** Opened segments of this process, the one used last at the end. They never change. */
const opened = new Map<string, Segment>();

/** Bytes of opened segments that a process keeps: a quarter of the function's memory. */
const CACHE_BYTES = 256 * 2 ** 20;

/** Segments by their ids; one that was deleted meanwhile is missing. */
export async function loadSegments(
  ids: readonly string[],
): Promise<ReadonlyMap<string, Segment | DamagedSegment>> {
  const found = new Map<string, Segment | DamagedSegment>();
  const missing: string[] = [];
  for (const id of ids) {
    const segment = opened.get(id);
    if (!segment) {
      missing.push(id);
      continue;
    }
    opened.delete(id);
    opened.set(id, segment);
    found.set(id, segment);
  }
  const items = await segments.readSegmentItems<SegmentItem>(trackingTableName(), missing);
  for (const [id, item] of items) {
    const segment = open(id, item);
    if (segment instanceof Segment) opened.set(id, segment);
    found.set(id, segment);
  }
  trimCache();
  return found;
}

function open(id: string, item: SegmentItem): Segment | DamagedSegment {
  try {
    return new Segment(item.body);
  } catch (error) {
    log.error('a segment of runs is damaged; its runs are read one by one', {
      segment: id,
      error: error as Error,
    });
    return { damaged: zstdDecompressSync(item.ids).toString('utf8').split('\n') };
  }
}

function trimCache(): void {
  let total = 0;
  for (const segment of opened.values()) total += segment.size;
  for (const [id, segment] of opened) {
    if (total <= CACHE_BYTES) return;
    opened.delete(id);
    total -= segment.size;
  }
}
