import { checkSettled, findAlias, findModel, findNameOfId } from './models/model-store.ts';
import type { RegisteredModel } from './models/registered-model.ts';
import { type ModelVersion, versionNumber } from './versions/model-version.ts';
import { findVersion } from './versions/version-store.ts';

export { type AliasMove, aliasMoveWrites, moveAlias } from './aliases/move-alias.ts';
export { EVENT_VALUE_LENGTH, setTag, tagSetWrites } from './change-tags.ts';
export { requireLevelOn } from './guard-operations.ts';
export { createRegisteredModel } from './models/create-registered-model.ts';
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

/** How long a rename that is on its way is waited for, and how often it is looked at, milliseconds. */
const MAX_WAIT_MS = 10_000;
const LOOK_EVERY_MS = 50;

/**
 * The name that an id's model has now; undefined when it was deleted. A rename on its way is waited for:
 * `ModelMoving` when it does not end.
 */
export async function currentName(id: string): Promise<string | undefined> {
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    const name = await findNameOfId(id);
    const model = name === undefined ? undefined : await findModel(name);
    // Renamed or deleted between the two reads, as the id's row tells.
    if (!model) return findNameOfId(id);
    if (model.moving_to === undefined && model.moving_from === undefined) return name;
    if (waited >= MAX_WAIT_MS) checkSettled(model);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** The version that an alias names at this moment, as text; undefined when there is none. */
export async function getVersionByAlias(model: string, alias: string): Promise<string | undefined> {
  const found = await findAlias(model, alias);
  return found && String(found.version);
}
