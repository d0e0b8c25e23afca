import { findAlias, findModel } from './model-store.ts';
import { type ModelVersion, versionNumber } from './model-version.ts';
import type { RegisteredModel } from './registered-model.ts';
import { findVersion } from './version-store.ts';

export { tagSetWrites } from './change-tags.ts';
export { createModelVersion } from './create-model-version.ts';
export { createRegisteredModel } from './create-registered-model.ts';
export { downloadUri } from './get-model-version.ts';
export { requireLevelOn } from './guard-operations.ts';
export type { ModelVersion } from './model-version.ts';
export { locationOf, versionNumber } from './model-version.ts';
export { type AliasMove, aliasMoveWrites, moveAlias } from './move-alias.ts';
export { requireManager } from './permissions.ts';
export type { RegisteredModel } from './registered-model.ts';
export { searchModelVersions } from './search-model-versions.ts';
export { listVersions, versionsOfRun } from './version-store.ts';

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
