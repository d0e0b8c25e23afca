import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  batchGet,
  ConditionFailed,
  getItem,
  type Key,
  key,
  queryAll,
  transactWrite,
  type Write,
  writeOne,
} from '../../shared/dynamo/index.ts';
import { log } from '../../shared/log.ts';
import { registryTableName } from '../model-store.ts';
import type { ModelVersion } from '../model-version.ts';
import { LISTED, versionKey } from '../version-store.ts';
import { type VersionPlace, VersionSegment } from './version-segment.ts';

/** What is known of a segment without reading it. */
export interface SegmentEntry {
  readonly id: string;
  readonly rows: number;
  /** Bytes, packed. */
  readonly bytes: number;
  /** Its versions are being settled: some may still be fresh. */
  readonly settling: boolean;
}

/** The segments, the oldest first: of two rows of a version the later counts. */
export interface Manifest {
  readonly segments: readonly SegmentEntry[];
  /** Segments that are no longer listed, or not yet, with the time (epoch ms) they were so first. */
  readonly unlisted: readonly { readonly id: string; readonly since: number }[];
  /** Counts changes: two compactors must not overwrite each other. */
  readonly revision: number;
}

const NO_SEGMENTS: Manifest = { segments: [], unlisted: [], revision: 0 };

/** Bytes of a packed segment; DynamoDB takes 400 KB, names and all. */
export const MAX_SEGMENT = 256 * 1024;

const MANIFEST: Key = { pk: 'VERSIONS', sk: 'SEGMENTS' };

export async function loadManifest(): Promise<Manifest> {
  return (await getItem<Manifest>(registryTableName(), MANIFEST)) ?? NO_SEGMENTS;
}

/** Replaces the manifest that was read. Returns undefined when somebody else has changed it. */
export async function replaceManifest(
  before: Manifest,
  changes: Partial<Omit<Manifest, 'revision'>>,
): Promise<Manifest | undefined> {
  const { segments, unlisted, revision } = { ...before, ...changes };
  const next: Manifest = { segments, unlisted, revision: revision + 1 };
  const seen =
    before.revision === 0
      ? { condition: 'attribute_not_exists(pk)' }
      : { condition: 'revision = :seen', values: { ':seen': before.revision } };
  const write = { table: registryTableName(), put: { ...MANIFEST, ...next }, ...seen };
  return (await unlessRefused(write)) ? next : undefined;
}

interface SegmentItem extends Key {
  readonly body: Uint8Array;
  /** Names and numbers of the versions as JSON, for when the body is damaged. */
  readonly places: Uint8Array;
}

const segmentKey = (id: string): Key => ({ pk: key('SEGMENT', id), sk: 'ROWS' });

export async function putSegment(
  id: string,
  body: Uint8Array,
  versions: readonly VersionPlace[],
): Promise<void> {
  const list = versions.map(({ name, version }) => ({ name, version }));
  const places = zstdCompressSync(JSON.stringify(list));
  await writeOne({ table: registryTableName(), put: { ...segmentKey(id), body, places } });
}

export async function deleteSegment(id: string): Promise<void> {
  await writeOne({ table: registryTableName(), delete: segmentKey(id) });
}

/** A segment that cannot be read: its versions must be read one by one. */
export interface DamagedSegment {
  readonly damaged: readonly Pick<VersionPlace, 'name' | 'version'>[];
}

/** Segments by their ids; one that was deleted meanwhile is missing. */
export async function loadSegments(
  ids: readonly string[],
): Promise<ReadonlyMap<string, VersionSegment | DamagedSegment>> {
  const table = registryTableName();
  const keys = ids.map(segmentKey);
  // What never changes may be read at half the price; what is not there yet is looked for again.
  const items = await batchGet<SegmentItem>(table, keys, { consistent: false });
  const seen = new Set(items.map(({ pk }) => pk));
  const unseen = keys.filter(({ pk }) => !seen.has(pk));
  const all = [...items, ...(await batchGet<SegmentItem>(table, unseen))];
  return new Map(
    all.map((item) => {
      const id = item.pk.slice('SEGMENT#'.length);
      return [id, open(id, item)];
    }),
  );
}

function open(id: string, { body, places }: SegmentItem): VersionSegment | DamagedSegment {
  try {
    return new VersionSegment(body);
  } catch (error) {
    log.error('a segment of versions is damaged; they are read one by one', {
      segment: id,
      error: error as Error,
    });
    return { damaged: JSON.parse(zstdDecompressSync(places).toString('utf8')) };
  }
}

/** A version that changed since it was last put into a segment, or that a segment may hold in vain. */
export type FreshVersion = Freshness & (ModelVersion | Gone);

interface Freshness extends Key {
  /** A segment may hold a row of it. */
  readonly settled?: true;
}

/** In place of a deleted version; `gone` tells one deletion from the next. */
export interface Gone extends VersionPlace {
  readonly gone: string;
}

export const isGone = (version: FreshVersion): version is FreshVersion & Gone => 'gone' in version;

export const isPresent = (version: FreshVersion): version is FreshVersion & ModelVersion =>
  !isGone(version);

/** What no segment shows rightly, by index: the newest may be missing for a moment. */
export function listFresh(
  options: { readonly oldestFirst?: boolean; readonly limit?: number } = {},
): AsyncGenerator<FreshVersion> {
  return queryAll<FreshVersion>({
    table: registryTableName(),
    index: 'byRecency',
    condition: 'listed = :listed',
    values: { ':listed': LISTED },
    descending: options.oldestFirst === true,
    ...(options.limit !== undefined && { limit: options.limit }),
  });
}

const SETTLED_AT_ONCE = 50;

/** Takes versions that a segment holds now from the list. Returns those that changed meanwhile. */
export async function settleVersions(versions: readonly ModelVersion[]): Promise<ModelVersion[]> {
  const refused: ModelVersion[] = [];
  for (let start = 0; start < versions.length; start += SETTLED_AT_ONCE) {
    let some = versions.slice(start, start + SETTLED_AT_ONCE);
    while (some.length > 0) {
      try {
        await transactWrite(some.map(settleWrite));
        break;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        refused.push(...some.splice(error.index, 1));
        some = [...some];
      }
    }
  }
  return refused;
}

const settleWrite = ({ name, version, creation_timestamp, changes }: ModelVersion): Write => ({
  table: registryTableName(),
  key: versionKey(name, version),
  update: 'SET settled = :settled REMOVE listed, recency',
  condition: `creation_timestamp = :created AND ${changes === undefined ? 'attribute_not_exists(changes)' : 'changes = :changes'}`,
  values: {
    ':settled': true,
    ':created': creation_timestamp,
    ...(changes !== undefined && { ':changes': changes }),
  },
});

/** Notes that segments hold rows of versions that are still fresh. */
export async function markInside(versions: readonly ModelVersion[]): Promise<void> {
  for (const { name, version } of versions) {
    await unlessRefused({
      table: registryTableName(),
      key: versionKey(name, version),
      update: 'SET settled = :settled',
      condition: 'attribute_exists(pk)',
      values: { ':settled': true },
    });
  }
}

/** Forgets deletions that the segments know of. */
export async function forgetGone(rows: readonly (Gone & Key)[]): Promise<void> {
  for (const { pk, sk, gone } of rows) {
    await unlessRefused({
      table: registryTableName(),
      delete: { pk, sk },
      condition: 'gone = :gone',
      values: { ':gone': gone },
    });
  }
}

async function unlessRefused(write: Write): Promise<boolean> {
  try {
    await writeOne(write);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
