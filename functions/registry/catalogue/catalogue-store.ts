import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { chunksOf } from '../../shared/chunks.ts';
import {
  ConditionFailed,
  conditionHeld,
  type Key,
  queryAll,
  transactWrite,
  type Write,
  writeOne,
} from '../../shared/dynamo/index.ts';
import { log } from '../../shared/log.ts';
import {
  type Manifest,
  type ManifestPlace,
  putSegmentItem,
  readManifest,
  readSegmentItems,
  type SegmentItem,
} from '../../shared/segments/index.ts';
import { registryTableName } from '../models/model-store.ts';
import type { ModelVersion } from '../versions/model-version.ts';
import { LISTED, versionKey } from '../versions/version-store.ts';
import { type VersionPlace, VersionSegment } from './version-segment.ts';

/** The list of segments of versions. */
export const versionManifest = (): ManifestPlace => ({
  table: registryTableName(),
  key: { pk: 'VERSIONS', sk: 'SEGMENTS' },
});

export const loadManifest = (): Promise<Manifest> => readManifest(versionManifest());

interface VersionSegmentItem extends SegmentItem {
  /** Names and numbers of the versions as JSON, for when the body is damaged. */
  readonly places: Uint8Array;
}

export async function putSegment(
  id: string,
  body: Uint8Array,
  versions: readonly VersionPlace[],
): Promise<void> {
  const list = versions.map(({ name, version }) => ({ name, version }));
  const places = zstdCompressSync(JSON.stringify(list));
  await putSegmentItem(registryTableName(), id, { body, places });
}

/** A segment that cannot be read: its versions must be read one by one. */
interface DamagedSegment {
  readonly damaged: readonly Pick<VersionPlace, 'name' | 'version'>[];
}

/** Segments by their ids; one that was deleted meanwhile is missing. */
export async function loadSegments(
  ids: readonly string[],
): Promise<ReadonlyMap<string, VersionSegment | DamagedSegment>> {
  const items = await readSegmentItems<VersionSegmentItem>(registryTableName(), ids);
  return new Map([...items].map(([id, item]) => [id, open(id, item)]));
}

function open(id: string, { body, places }: VersionSegmentItem): VersionSegment | DamagedSegment {
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
interface Gone extends VersionPlace {
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
  for (const some of chunksOf(versions, SETTLED_AT_ONCE)) {
    while (some.length > 0) {
      try {
        await transactWrite(some.map(settleWrite));
        break;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        refused.push(...some.splice(error.index, 1));
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
    await conditionHeld(
      writeOne({
        table: registryTableName(),
        key: versionKey(name, version),
        update: 'SET settled = :settled',
        condition: 'attribute_exists(pk)',
        values: { ':settled': true },
      }),
    );
  }
}

/** Forgets deletions that the segments know of. */
export async function forgetGone(rows: readonly (Gone & Key)[]): Promise<void> {
  for (const { pk, sk, gone } of rows) {
    await conditionHeld(
      writeOne({
        table: registryTableName(),
        delete: { pk, sk },
        condition: 'gone = :gone',
        values: { ':gone': gone },
      }),
    );
  }
}
