import { newId } from '../../shared/ids.ts';
import { log } from '../../shared/log.ts';
import type { ModelVersion } from '../model-version.ts';
import { getVersions } from '../version-store.ts';
import {
  deleteSegment,
  type FreshVersion,
  forgetGone,
  isGone,
  listFresh,
  loadManifest,
  loadSegments,
  MAX_SEGMENT,
  type Manifest,
  markInside,
  putSegment,
  replaceManifest,
  type SegmentEntry,
  settleVersions,
} from './catalogue-store.ts';
import { packVersions, type SegmentRow, VersionSegment } from './version-segment.ts';

export interface CompactionLimits {
  /** Fewer fresh versions are not worth a segment: searches read them one by one. */
  readonly minVersions: number;
  /** Versions of one pass; a function's memory holds them. */
  readonly maxVersions: number;
  /** Rows of a segment. */
  readonly maxRows: number;
  /** Milliseconds since its last update after which a version is left alone by whoever validates it. */
  readonly rest: number;
  /** Fresh versions from which on they need not rest. */
  readonly crowd: number;
}

export const LIMITS: CompactionLimits = {
  minVersions: 64,
  maxVersions: 2000,
  maxRows: 4000,
  rest: 10_000,
  crowd: 1000,
};

/** Milliseconds that readers may still look for a segment that is no longer listed. */
const KEEP_UNLISTED = 15 * 60_000;

/**
 * Moves fresh versions to segments. Any number of compactors may do this at once and die at any point: a
 * segment counts from the moment the manifest lists it, and a version leaves the list only as it was
 * packed. Returns how many left it.
 */
export async function compactVersions(
  now: number,
  limits: CompactionLimits = LIMITS,
): Promise<number> {
  let settled = 0;
  for (;;) {
    const fresh = await oldestFresh(limits.maxVersions);
    const crowded = fresh.length > limits.crowd;
    const resting = fresh.filter(
      ({ last_updated_timestamp: at }) => crowded || now - at >= limits.rest,
    );
    if (resting.length < limits.minVersions) return settled;
    const done = await settleOnce(resting, now, limits);
    settled += done;
    // Nothing could be settled, or somebody else is at it.
    if (done === 0) return settled;
  }
}

async function oldestFresh(limit: number): Promise<FreshVersion[]> {
  const found: FreshVersion[] = [];
  for await (const version of listFresh({ oldestFirst: true, limit })) {
    if (found.push(version) === limit) break;
  }
  return found;
}

const idOf = ({ name, version }: Pick<ModelVersion, 'name' | 'version'>) => `${version}/${name}`;

async function settleOnce(
  fresh: readonly FreshVersion[],
  now: number,
  limits: CompactionLimits,
): Promise<number> {
  const manifest = await loadManifest();
  const inside = await insideOf(manifest.segments.filter(({ settling }) => settling));
  const gone = fresh.filter(isGone);
  const known = new Set([...gone, ...fresh.filter((one) => one.settled)].map(idOf));
  const places = new Map(fresh.map((one) => [idOf(one), one]));
  // The index may be behind: what counts are the rows.
  const versions = await getVersions([...places.values()]);
  const present = new Set(versions.map(idOf));
  const added: SegmentRow[] = [
    ...versions.map((version) => ({
      version,
      gone: false,
      again: known.has(idOf(version)) || inside.has(idOf(version)) || isSettled(version),
    })),
    ...gone
      .filter((one) => !present.has(idOf(one)))
      .map((version) => ({ version, gone: true, again: true })),
  ];
  const { kept, merged } = await chooseMerge(manifest.segments, added.length, limits);
  const packed = packAll(latestRows([...merged.rows, ...added], kept.length > 0));
  const prepared = await replaceManifest(manifest, {
    unlisted: [...manifest.unlisted, ...packed.map(({ entry }) => ({ id: entry.id, since: now }))],
  });
  if (!prepared) return 0;
  for (const { entry, body, rows } of packed) {
    await putSegment(
      entry.id,
      body,
      rows.map(({ version }) => version),
    );
  }
  const written = new Set(packed.map(({ entry }) => entry.id));
  const listed = await replaceManifest(prepared, {
    segments: [...kept.map(withoutSettling), ...packed.map(({ entry }) => entry)],
    unlisted: [
      ...prepared.unlisted.filter(({ id }) => !written.has(id)),
      ...merged.ids.map((id) => ({ id, since: now })),
    ],
  });
  if (!listed) return 0;
  const held = new Set(packed.flatMap(({ rows }) => rows.map(({ version }) => idOf(version))));
  const holding = versions.filter((version) => held.has(idOf(version)));
  const refused = await settleVersions(holding);
  await markInside(refused);
  await forgetGone(gone);
  await finish(listed, now);
  return holding.length - refused.length + gone.length;
}

const isSettled = (version: ModelVersion & { readonly settled?: true }) => version.settled === true;

/** Versions in segments of a pass that may not have come to its end. */
async function insideOf(entries: readonly SegmentEntry[]): Promise<ReadonlySet<string>> {
  const inside = new Set<string>();
  for (const segment of (await loadSegments(entries.map(({ id }) => id))).values()) {
    const places =
      segment instanceof VersionSegment
        ? segment.unpack().map(({ version }) => version)
        : segment.damaged;
    for (const place of places) inside.add(idOf(place));
  }
  return inside;
}

const withoutSettling = (entry: SegmentEntry): SegmentEntry => ({ ...entry, settling: false });

interface Merge {
  readonly kept: readonly SegmentEntry[];
  readonly merged: { readonly ids: readonly string[]; readonly rows: readonly SegmentRow[] };
}

/**
 * The latest segments are written anew together with the added rows as long as they are not much larger
 * than those: so a row is written a few times, and there are few small segments.
 */
async function chooseMerge(
  entries: readonly SegmentEntry[],
  added: number,
  { maxRows }: CompactionLimits,
): Promise<Merge> {
  const kept = [...entries];
  const ids: string[] = [];
  let rows: SegmentRow[] = [];
  for (let last = kept.at(-1); last; last = kept.at(-1)) {
    const count = rows.length + added;
    const small = last.rows <= 2 * count && last.rows + count <= maxRows;
    if (!small || last.bytes > MAX_SEGMENT / 2) break;
    const segment = (await loadSegments([last.id])).get(last.id);
    // A damaged segment stays: its versions are found by their names.
    if (!(segment instanceof VersionSegment)) break;
    rows = [...segment.unpack(), ...rows];
    ids.unshift(last.id);
    kept.pop();
  }
  return { kept, merged: { ids, rows } };
}

/** The last row of each version; with no segment left before it, it is the only one. */
function latestRows(rows: readonly SegmentRow[], more: boolean): SegmentRow[] {
  const last = new Map<string, SegmentRow>();
  for (const row of rows) {
    const id = idOf(row.version);
    last.set(id, { ...row, again: more && (row.again || last.get(id)?.again === true) });
  }
  return [...last.values()].filter(({ gone }) => more || !gone);
}

interface PackedRows {
  readonly entry: SegmentEntry;
  readonly body: Buffer;
  readonly rows: readonly SegmentRow[];
}

/** Rows as segments that each fit into an item. A version that fits in none is left out. */
function packAll(rows: readonly SegmentRow[]): PackedRows[] {
  const [only] = rows;
  if (!only) return [];
  const body = packVersions(rows);
  if (body.length > MAX_SEGMENT) {
    if (rows.length === 1) {
      log.warn('version too large for a segment', { version: idOf(only.version) });
      return [];
    }
    const half = Math.ceil(rows.length / 2);
    return [...packAll(rows.slice(0, half)), ...packAll(rows.slice(half))];
  }
  const entry = { id: newId(), rows: rows.length, bytes: body.length, settling: true };
  return [{ entry, body, rows }];
}

/** Takes note that all versions were dealt with, and deletes segments that nobody looks for any more. */
async function finish(listed: Manifest, now: number): Promise<void> {
  const old = listed.unlisted.filter(({ since }) => now - since > KEEP_UNLISTED);
  for (const { id } of old) await deleteSegment(id);
  const gone = new Set(old.map(({ id }) => id));
  await replaceManifest(listed, {
    segments: listed.segments.map(withoutSettling),
    unlisted: listed.unlisted.filter(({ id }) => !gone.has(id)),
  });
}
