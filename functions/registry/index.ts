import { findAlias, findModel } from './models/model-store.ts';
import type { RegisteredModel } from './models/registered-model.ts';
import { type ModelVersion, versionNumber } from './versions/model-version.ts';
import { findVersion } from './versions/version-store.ts';

export { type AliasMove, aliasMoveWrites, moveAlias } from './aliases/move-alias.ts';
export { EVENT_VALUE_LENGTH, setTag, tagSetWrites } from './change-tags.ts';
export { requireLevelOn } from './guard-operations.ts';
export { createRegisteredModel } from './models/create-registered-model.ts';
export { currentName } from './models/current-name.ts';
export type { RegisteredModel } from './models/registered-model.ts';
export { requireManager } from './permissions.ts';
export { searchModelVersions } from './search/search-model-versions.ts';
export { createModelVersion } from './versions/create-model-version.ts';
export { downloadUri } from './versions/get-model-version.ts';
export type { ModelVersion } from './versions/model-version.ts';
export { locationOf, versionNumber } from './versions/model-version.ts';
export { listVersions, versionsOfRun } from './versions/version-store.ts';

/** A version of a model, strongly consistent; undefined when there is none. */
export async function getModelVersion(
  model: string,
  version: string,
): Promise<ModelVersion | undefined> {
  return findVersion(model, versionNumber(version));
}

/** A registered model, strongly consistent; undefined when there is none. */
export async function findRegisteredModel(name: string): Promise<RegisteredModel | undefined> {
  return findModel(name);
}

/** The version that an alias names at this moment, as text; undefined when there is none. */
export async function getVersionByAlias(model: string, alias: string): Promise<string | undefined> {
  const found = await findAlias(model, alias);
  return found && String(found.version);
}
