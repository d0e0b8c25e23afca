import { findModel, type LoggedModel } from '../../logged-models/index.ts';
import { type DomainError, invalid } from '../../shared/errors.ts';
import { findModel as findRegisteredModel } from '../models/model-store.ts';
import { locationOf } from './model-version.ts';
import { findVersion } from './version-store.ts';

/** Where the files of a version to be lie, and what its source says about its origin. */
export interface ModelSource {
  /** Absent when it is the source itself. */
  readonly location?: string;
  readonly run_id?: string;
  /** Id of the registered model that it names. */
  readonly model?: string;
}

/**
 * Follows a source that names another model: `models:/<model id>` or `models:/<name>/<version>`.
 * Throws INVALID_PARAMETER_VALUE when there is no such model.
 */
export async function resolveSource(source: string): Promise<ModelSource> {
  const path = /^models:\/+(.*)$/.exec(source)?.[1];
  if (path === undefined) return {};
  const [, name, number] = /^([^/]+)\/(\d{1,8})$/.exec(path) ?? [];
  if (name !== undefined) {
    const [version, named] = await Promise.all([
      findVersion(name, Number(number)),
      findRegisteredModel(name),
    ]);
    if (!version) throw unresolved(source, `there is no version ${number} of ${name}`);
    return { location: locationOf(version), ...(named?.id && { model: named.id }) };
  }
  const model = await findModel(path);
  if (!model || model.lifecycle_stage === 'deleted') {
    throw unresolved(source, `Logged model with ID '${path}' not found.`);
  }
  return originOf(model);
}

export const originOf = ({ artifact_uri, source_run_id }: LoggedModel): ModelSource => ({
  location: artifact_uri,
  ...(source_run_id && { run_id: source_run_id }),
});

const unresolved = (source: string, why: string): DomainError =>
  invalid(
    `Unable to fetch model from model URI source artifact location '${source}'. Error: ${why}`,
  );
