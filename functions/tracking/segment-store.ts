import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  batchGet,
  ConditionFailed,
  getItem,
  type Key,
  key,
  writeOne,
} from '../shared/dynamo/index.ts';
import { log } from '../shared/log.ts';
import { experimentPartition, trackingTableName } from './run-keys.ts';
import { Segment } from './segment.ts';

/** What is known of a segment without reading it. */
export interface SegmentEntry {
  readonly id: string;
  readonly rows: number;
  /** Bytes, packed. */
  readonly bytes: number;
  /** Epoch milliseconds: the newest and the oldest start of its runs. */
  readonly newest: number;
  readonly oldest: number;
  /** Some of its rows may be of runs that have older rows in the segments before it. */
  readonly again: boolean;
  /** Its runs are being settled: some may still be fresh, others may have become so again. */
  readonly settling: boolean;
}

/** The segments of an experiment, the oldest first: of two rows of a run the later counts. */
export interface Manifest {
  readonly segments: readonly SegmentEntry[];
  /** Segments that are no longer listed, or not yet, with the time (epoch ms) they were so first. */
  readonly unlisted: readonly { readonly id: string; readonly since: number }[];
  /** Counts changes: two compactors must not overwrite each other. */
  readonly revision: number;
}

const NO_SEGMENTS: Manifest = { segments: [], unlisted: [], revision: 0 };

/** Bytes of a packed segment; DynamoDB takes 400 KB, ids and all. */
export const MAX_SEGMENT = 256 * 1024;

const manifestKey = (experimentId: string): Key => ({
  pk: experimentPartition(experimentId),
  sk: 'SEGMENTS',
});

export async function loadManifest(experimentId: string): Promise<Manifest> {
  const found = await getItem<Manifest>(trackingTableName(), manifestKey(experimentId));
  return found ?? NO_SEGMENTS;
}

/** Replaces the manifest that was read. Returns undefined when somebody else has changed it. */
export async function replaceManifest(
  experimentId: string,
  before: Manifest,
  changes: Partial<Omit<Manifest, 'revision'>>,
): Promise<Manifest | undefined> {
  const { segments, unlisted, revision } = { ...before, ...changes };
  const next: Manifest = { segments, unlisted, revision: revision + 1 };
  try {
    await writeOne({
      table: trackingTableName(),
      put: { ...manifestKey(experimentId), ...next },
      ...(before.revision === 0
        ? { condition: 'attribute_not_exists(pk)' }
        : { condition: 'revision = :seen', values: { ':seen': before.revision } }),
    });
    return next;
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
}

interface SegmentItem extends Key {
  readonly body: Uint8Array;
  /** Ids of the runs, a line each, for when the body is damaged. */
  readonly ids: Uint8Array;
}

const segmentKey = (id: string): Key => ({ pk: key('SEGMENT', id), sk: 'ROWS' });

export async function putSegment(
  id: string,
  body: Uint8Array,
  ids: readonly string[],
): Promise<void> {
  const lines = zstdCompressSync(ids.join('\n'));
  await writeOne({ table: trackingTableName(), put: { ...segmentKey(id), body, ids: lines } });
}

export async function deleteSegment(id: string): Promise<void> {
  await writeOne({ table: trackingTableName(), delete: segmentKey(id) });
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
  for (const item of await readSegments(missing)) {
    const id = item.pk.slice('SEGMENT#'.length);
    const segment = open(id, item);
    if (segment instanceof Segment) opened.set(id, segment);
    found.set(id, segment);
  }
  trimCache();
  return found;
}

/** What never changes may be read at half the price; what is not there yet is looked for again. */
async function readSegments(ids: readonly string[]): Promise<SegmentItem[]> {
  const keys = ids.map(segmentKey);
  const table = trackingTableName();
  const items = await batchGet<SegmentItem>(table, keys, { consistent: false });
  const seen = new Set(items.map(({ pk }) => pk));
  const unseen = keys.filter(({ pk }) => !seen.has(pk));
  return [...items, ...(await batchGet<SegmentItem>(table, unseen))];
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
