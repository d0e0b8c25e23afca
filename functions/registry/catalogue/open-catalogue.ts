import { type SegmentEntry, StaleListing, withFreshListing } from '../../shared/segments/index.ts';
import type { ModelVersion } from '../versions/model-version.ts';
import { getVersions } from '../versions/version-store.ts';
import {
  type FreshVersion,
  isGone,
  isPresent,
  listFresh,
  loadManifest,
  loadSegments,
} from './catalogue-store.ts';
import { VersionSegment } from './version-segment.ts';

/** A segment with those of its rows that count. */
export interface ListedSegment {
  readonly segment: VersionSegment;
  /** 1 for rows that count, 0 for those of versions that are fresh or have a later row. Not to be changed. */
  readonly live: Uint8Array;
}

/** Every version at one moment. */
interface Catalogue {
  readonly fresh: readonly ModelVersion[];
  readonly segments: readonly ListedSegment[];
}

/** The fresh versions and the segments; what this process has opened before is not read again. */
export const openCatalogue = (): Promise<Catalogue> => withFreshListing(openOnce);

async function openOnce(): Promise<Catalogue> {
  // In this order: a version that was settled in between is seen twice rather than not at all.
  const listed: FreshVersion[] = [];
  for await (const version of listFresh()) listed.push(version);
  const { segments: entries } = await loadManifest();
  const { opened, damaged } = await openSegments(entries);
  const settling = entries.some((entry) => entry.settling);
  const inside = listed.filter((one) => settling || isGone(one) || one.settled);
  const present = listed.filter(isPresent);
  return {
    fresh: [...present, ...(await getVersions(damaged))],
    segments: opened.map((one) => without(one, [...inside, ...damaged])),
  };
}

/** The segments without the rows of versions that are read from elsewhere. */
function without(
  { segment, live }: ListedSegment,
  versions: readonly (Pick<ModelVersion, 'name' | 'version'> | FreshVersion)[],
): ListedSegment {
  let left: Uint8Array | undefined;
  for (const version of versions) {
    const row = segment.find(version);
    if (row < 0 || live[row] === 0) continue;
    // A version of that number that was made again since is not the one that is gone.
    if (
      'gone' in version &&
      segment.place(row).last_updated_timestamp > version.last_updated_timestamp
    ) {
      continue;
    }
    left ??= live.slice();
    left[row] = 0;
  }
  return { segment, live: left ?? live };
}

type Opened =
  | ListedSegment
  | { readonly damaged: readonly Pick<ModelVersion, 'name' | 'version'>[] };

/**
 * What this process has opened of the segments that were listed last. They never change, and a row that
 * a later one has replaced never counts again.
 */
let known: ReadonlyMap<string, Opened> = new Map();

async function openSegments(entries: readonly SegmentEntry[]) {
  const before = known;
  const missing = entries.flatMap(({ id }) => (before.has(id) ? [] : [id]));
  const next = new Map<string, Opened>();
  const loaded = missing.length > 0 ? await loadSegments(missing) : new Map<string, never>();
  for (const { id } of entries) {
    const opened = before.get(id) ?? toOpened(loaded.get(id));
    if (!opened) throw new StaleListing();
    next.set(id, opened);
  }
  if (missing.length > 0 || next.size < before.size) {
    shadow([...next.values()].filter(isListed), new Set(missing.map((id) => next.get(id))));
    known = next;
  }
  const all = [...next.values()];
  return {
    opened: all.filter(isListed),
    damaged: all.flatMap((one) => ('damaged' in one ? one.damaged : [])),
  };
}

const isListed = (one: Opened): one is ListedSegment => 'segment' in one;

function toOpened(loaded: VersionSegment | Exclude<Opened, ListedSegment> | undefined) {
  if (!(loaded instanceof VersionSegment)) return loaded;
  const live = new Uint8Array(loaded.rows).fill(1);
  for (const row of loaded.gone) live[row] = 0;
  return { segment: loaded, live };
}

/** Takes out the rows that a later segment has anew: of pairs of segments one of which is new. */
function shadow(segments: readonly ListedSegment[], isNew: ReadonlySet<unknown>): void {
  for (const [i, later] of segments.entries()) {
    const places = later.segment.again.map((row) => later.segment.place(row));
    for (const earlier of segments.slice(0, i)) {
      if (!isNew.has(later) && !isNew.has(earlier)) continue;
      for (const place of places) {
        const row = earlier.segment.find(place);
        if (row >= 0) earlier.live[row] = 0;
      }
    }
  }
}
