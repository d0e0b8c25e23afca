import {
  batchGet,
  getItem,
  key,
  queryAll,
  queryPage,
  type Write,
} from '../../shared/dynamo/index.ts';
import { newId } from '../../shared/ids.ts';
import { checkSettled, findModel, registryTableName } from '../models/model-store.ts';
import { checkModelName } from '../models/registered-model.ts';
import { type ModelVersion, versionMissing } from './model-version.ts';

export const digits = (version: number) => String(version).padStart(8, '0');

export const versionKey = (name: string, version: number) => ({
  pk: key('MODEL', name),
  sk: key('VERSION', digits(version)),
});

/**
 * Partition of the index `byRecency`: a row with it is *fresh*. A search reads the fresh rows and the
 * catalogue's segments (`catalogue/`); whoever settles a row into a segment takes the attribute away.
 */
export const LISTED = 'version';
const LATEST_TIME = 9_999_999_999_999;
const LAST_VERSION = 99_999_999;

/** Place in the index, as one text: last updated first, then by name, then by number, highest first. */
const recencyOf = (
  version: Pick<ModelVersion, 'name' | 'version' | 'last_updated_timestamp'>,
): string =>
  [
    String(LATEST_TIME - version.last_updated_timestamp).padStart(13, '0'),
    version.name,
    digits(LAST_VERSION - version.version),
  ].join('\u0000');

/** Pointer from a run to a version: found at once by a trainer that asks whether it registered. */
const runKey = (version: ModelVersion, runId: string) => ({
  pk: key('RUN', runId),
  sk: key(version.name, digits(version.version)),
});

export function findVersion(name: string, version: number): Promise<ModelVersion | undefined> {
  return getItem<ModelVersion>(registryTableName(), versionKey(name, version));
}

/** The version, or RESOURCE_DOES_NOT_EXIST; `ModelMoving` while its model is being renamed. */
export async function getVersion(name: string, version: number): Promise<ModelVersion> {
  const found = await findVersion(name, version);
  if (found) return found;
  const model = await findModel(name);
  if (model) checkSettled(model);
  else checkModelName(name);
  throw versionMissing(name, version);
}

export function getVersions(
  wanted: readonly { readonly name: string; readonly version: number }[],
): Promise<ModelVersion[]> {
  return batchGet<ModelVersion>(
    registryTableName(),
    wanted.map(({ name, version }) => versionKey(name, version)),
  );
}

/** Versions of a model, newest first. */
export function listVersions(name: string): AsyncGenerator<ModelVersion> {
  return queryAll<ModelVersion>({
    table: registryTableName(),
    condition: 'pk = :pk AND begins_with(sk, :prefix)',
    values: { ':pk': key('MODEL', name), ':prefix': 'VERSION#' },
    descending: true,
  });
}

/** Versions of a model below a number, newest first: a page of them. */
export async function listVersionsBelow(
  name: string,
  below: number | undefined,
  limit?: number,
): Promise<{ versions: ModelVersion[]; more: boolean }> {
  const page = await queryPage<ModelVersion>({
    table: registryTableName(),
    condition: 'pk = :pk AND begins_with(sk, :prefix)',
    values: { ':pk': key('MODEL', name), ':prefix': 'VERSION#' },
    descending: true,
    ...(limit !== undefined && { limit }),
    ...(below !== undefined && { startKey: versionKey(name, below) }),
  });
  return { versions: page.items, more: page.nextKey !== undefined };
}

/** Versions that were registered from a run, strongly consistent. */
export async function versionsOfRun(runId: string): Promise<ModelVersion[]> {
  const keys: { pk: string; sk: string }[] = [];
  for await (const row of queryAll<{ name: string; version: number }>({
    table: registryTableName(),
    condition: 'pk = :pk',
    values: { ':pk': key('RUN', runId) },
  })) {
    keys.push(versionKey(row.name, row.version));
  }
  return batchGet<ModelVersion>(registryTableName(), keys);
}

/** Attributes that make a row fresh. */
export const freshness = (
  version: Pick<ModelVersion, 'name' | 'version' | 'last_updated_timestamp'>,
) => ({ listed: LISTED, recency: recencyOf(version) });

export function versionPuts(version: ModelVersion): Write[] {
  const table = registryTableName();
  const row: Write = {
    table,
    put: {
      ...version,
      ...versionKey(version.name, version.version),
      ...freshness(version),
    },
    condition: 'attribute_not_exists(pk)',
  };
  if (!version.run_id) return [row];
  const { name, version: number } = version;
  return [row, { table, put: { ...runKey(version, version.run_id), name, version: number } }];
}

/** Deletes a version at a time (epoch milliseconds), and says so to searches: a segment may show it. */
export function versionDeletes(version: ModelVersion, now: number): Write[] {
  const table = registryTableName();
  const place = { name: version.name, version: version.version, last_updated_timestamp: now };
  const gone: Write = {
    table,
    put: {
      pk: key('GONE', version.name),
      sk: digits(version.version),
      ...place,
      ...freshness(place),
      gone: newId(),
    },
  };
  const row: Write = {
    table,
    delete: versionKey(version.name, version.version),
    condition: 'attribute_exists(pk)',
  };
  if (!version.run_id) return [row, gone];
  return [row, gone, { table, delete: runKey(version, version.run_id) }];
}

/** Fails the transaction when the version does not exist. */
export function versionExists(name: string, version: number): Write {
  return {
    table: registryTableName(),
    check: versionKey(name, version),
    condition: 'attribute_exists(pk)',
  };
}
