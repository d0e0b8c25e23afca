import {
  finishCompaction,
  listCompaction,
  planCompaction,
  type SegmentEntry,
  type SegmentKind,
} from '../../shared/segments/index.ts';
import type { ModelVersion } from '../versions/model-version.ts';
import { getVersions } from '../versions/version-store.ts';
import {
  type FreshVersion,
  forgetGone,
  isGone,
  listFresh,
  loadManifest,
  loadSegments,
  markInside,
  putSegment,
  settleVersions,
  versionManifest,
} from './catalogue-store.ts';
import { packVersions, type SegmentRow, VersionSegment } from './version-segment.ts';

export interface CompactionLimits {
  /** Fewer fresh versions are not worth a segment: searches read them one by one. */
  readonly minVersions: number;
  /** Versions of one pass; a function's memory holds them. */
  readonly maxVersions: number;
  /** Rows of a segment. */
  readonly maxRows: number;
  /** Milliseconds without an update after which a version counts as settled: its validation is over by then. */
  readonly rest: number;
  /** With this many fresh versions or more they are packed without waiting for `rest`. */
  readonly crowd: number;
}

const LIMITS: CompactionLimits = {
  minVersions: 64,
  maxVersions: 2000,
  maxRows: 4000,
  rest: 10_000,
  crowd: 1000,
};

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
    // Nothing could be settled, or another compactor is at work.
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
  const plan = await planCompaction(VERSIONS, manifest.segments, added, limits.maxRows);
  const listed = await listCompaction(VERSIONS, versionManifest(), manifest, plan, now);
  if (!listed) return 0;
  const held = new Set(plan.packed.flatMap(({ rows }) => rows.map(VERSIONS.idOf)));
  const holding = versions.filter((version) => held.has(idOf(version)));
  const refused = await settleVersions(holding);
  await markInside(refused);
  await forgetGone(gone);
  await finishCompaction(versionManifest(), listed, now);
  return holding.length - refused.length + gone.length;
}

const VERSIONS: SegmentKind<SegmentRow, SegmentEntry> = {
  idOf: ({ version }) => idOf(version),
  isGone: ({ gone }) => gone,
  pack: packVersions,
  describe: () => ({}),
  async load(id) {
    const segment = (await loadSegments([id])).get(id);
    // The versions of a damaged segment are found by their names.
    return segment instanceof VersionSegment ? segment.unpack() : undefined;
  },
  put: (id, body, rows) =>
    putSegment(
      id,
      body,
      rows.map(({ version }) => version),
    ),
};

const isSettled = (version: ModelVersion & { readonly settled?: true }) => version.settled === true;

/** Versions in the segments of a pass that may have been interrupted. */
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
