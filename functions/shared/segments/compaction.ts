import { newId } from '../ids.ts';
import { log } from '../log.ts';
import {
  type Manifest,
  type ManifestPlace,
  replaceManifest,
  type SegmentEntry,
} from './manifest-store.ts';
import { deleteSegmentItem, MAX_SEGMENT } from './segment-item-store.ts';

/** A row of a segment. */
interface CompactedRow {
  /** Earlier segments may hold rows of the same thing. */
  readonly again: boolean;
}

/** How the rows of one kind are kept in segments. */
export interface SegmentKind<Row extends CompactedRow, Entry extends SegmentEntry> {
  /** What the row is of: of two rows with one id the later counts. */
  idOf(row: Row): string;
  /** Says only that there is none any more: not needed where no earlier segment could hold one. */
  isGone?(row: Row): boolean;
  pack(rows: readonly Row[]): Buffer;
  /** The order in which rows are divided that do not fit into one segment; as given without it. */
  order?(a: Row, b: Row): number;
  /** What an entry of the manifest says of these rows besides their number and size. */
  describe(rows: readonly Row[]): Omit<Entry, keyof SegmentEntry>;
  /** Rows of a segment; undefined for one that is damaged: it stays as it is. */
  load(id: string): Promise<readonly Row[] | undefined>;
  put(id: string, body: Uint8Array, rows: readonly Row[]): Promise<void>;
}

interface PackedSegment<Row, Entry> {
  readonly entry: Entry;
  readonly body: Buffer;
  readonly rows: readonly Row[];
}

/** What a pass of a compactor does to the list of segments. */
interface Compaction<Row, Entry> {
  /** Entries that stay. */
  readonly kept: readonly Entry[];
  /** Ids of the segments whose rows are written anew. */
  readonly merged: readonly string[];
  readonly packed: readonly PackedSegment<Row, Entry>[];
}

/** Milliseconds that readers may still look for a segment that is no longer listed. */
const KEEP_UNLISTED_MS = 15 * 60_000;

/**
 * Packs rows that come to those of `entries`. The latest segments are written anew together with the added
 * rows as long as they are not much larger than those, and together have no more than `maxRows`: so a row is
 * written a few times, and there are few small segments.
 */
export async function planCompaction<Row extends CompactedRow, Entry extends SegmentEntry>(
  kind: SegmentKind<Row, Entry>,
  entries: readonly Entry[],
  added: readonly Row[],
  maxRows: number,
): Promise<Compaction<Row, Entry>> {
  const kept = [...entries];
  const merged: string[] = [];
  let rows: readonly Row[] = [];
  for (let last = kept.at(-1); last; last = kept.at(-1)) {
    const count = rows.length + added.length;
    const small = last.rows <= 2 * count && last.rows + count <= maxRows;
    if (!small || last.bytes > MAX_SEGMENT / 2) break;
    const earlier = await kind.load(last.id);
    if (!earlier) break;
    rows = [...earlier, ...rows];
    merged.unshift(last.id);
    kept.pop();
  }
  const latest = latestRows(kind, [...rows, ...added], kept.length > 0);
  return { kept, merged, packed: packAll(kind, latest) };
}

/** The last row of each thing; with no segment left before it, it is the only one. */
function latestRows<Row extends CompactedRow, Entry extends SegmentEntry>(
  kind: SegmentKind<Row, Entry>,
  rows: readonly Row[],
  earlier: boolean,
): Row[] {
  const last = new Map<string, Row>();
  for (const row of rows) {
    const id = kind.idOf(row);
    last.set(id, { ...row, again: earlier && (row.again || last.get(id)?.again === true) });
  }
  return [...last.values()].filter((row) => earlier || !kind.isGone?.(row));
}

/** Rows as segments that each fit into an item. A row that fits into none is left out. */
function packAll<Row extends CompactedRow, Entry extends SegmentEntry>(
  kind: SegmentKind<Row, Entry>,
  rows: readonly Row[],
): PackedSegment<Row, Entry>[] {
  const [only] = rows;
  if (!only) return [];
  const body = kind.pack(rows);
  if (body.length > MAX_SEGMENT) {
    if (rows.length === 1) {
      log.warn('a row too large for a segment', { id: kind.idOf(only) });
      return [];
    }
    const ordered = kind.order ? rows.toSorted(kind.order) : rows;
    const half = Math.ceil(rows.length / 2);
    return [...packAll(kind, ordered.slice(0, half)), ...packAll(kind, ordered.slice(half))];
  }
  const size = { id: newId(), rows: rows.length, bytes: body.length };
  const entry = { ...size, ...kind.describe(rows), settling: true } as Entry;
  return [{ entry, body, rows }];
}

/**
 * Writes the packed segments and lists them in place of the merged ones. A segment is noted as unlisted before
 * it is written: who dies in between leaves nothing that nobody finds. Returns the manifest as it is then;
 * undefined when somebody else has changed it meanwhile, and then nothing is listed.
 */
export async function listCompaction<Row extends CompactedRow, Entry extends SegmentEntry>(
  kind: SegmentKind<Row, Entry>,
  place: ManifestPlace,
  manifest: Manifest<Entry>,
  { kept, merged, packed }: Compaction<Row, Entry>,
  now: number,
): Promise<Manifest<Entry> | undefined> {
  const prepared = await replaceManifest(place, manifest, {
    unlisted: [...manifest.unlisted, ...packed.map(({ entry }) => ({ id: entry.id, since: now }))],
  });
  if (!prepared) return undefined;
  for (const { entry, body, rows } of packed) await kind.put(entry.id, body, rows);
  const written = new Set(packed.map(({ entry }) => entry.id));
  return replaceManifest(place, prepared, {
    segments: [...kept.map(settledEntry), ...packed.map(({ entry }) => entry)],
    unlisted: [
      ...prepared.unlisted.filter(({ id }) => !written.has(id)),
      ...merged.map((id) => ({ id, since: now })),
    ],
  });
}

const settledEntry = <Entry extends SegmentEntry>(entry: Entry): Entry => ({
  ...entry,
  settling: false,
});

/** Takes note that all that was listed is settled, and deletes segments that nobody looks for any more. */
export async function finishCompaction<Entry extends SegmentEntry>(
  place: ManifestPlace,
  listed: Manifest<Entry>,
  now: number,
): Promise<void> {
  const old = listed.unlisted.filter(({ since }) => now - since > KEEP_UNLISTED_MS);
  for (const { id } of old) await deleteSegmentItem(place.table, id);
  const deleted = new Set(old.map(({ id }) => id));
  await replaceManifest(place, listed, {
    segments: listed.segments.map(settledEntry),
    unlisted: listed.unlisted.filter(({ id }) => !deleted.has(id)),
  });
}
