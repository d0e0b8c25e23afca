import { invalid } from '../../shared/errors.ts';
import type { Alias, RegisteredModel } from '../models/registered-model.ts';
import { aliasesOf, locationOf, type ModelVersion } from '../versions/model-version.ts';

/** The one metastore that there is. */
const METASTORE = 'slipway';

interface FullName {
  readonly catalog_name: string;
  readonly schema_name: string;
  readonly name: string;
}

/** The levels of `catalog.schema.model`; undefined for a name with more or fewer. */
export function levelsOf(fullName: string): FullName | undefined {
  const [catalog_name, schema_name, name, ...more] = fullName.split('.');
  if (!catalog_name || !schema_name || !name || more.length > 0) return undefined;
  return { catalog_name, schema_name, name };
}

export function checkedLevels(fullName: string): FullName {
  const levels = levelsOf(fullName);
  if (levels) return levels;
  throw invalid(`'${fullName}' is not of the form catalog.schema.model`);
}

export const fullNameOf = ({ catalog_name, schema_name, name }: FullName) =>
  `${catalog_name}.${schema_name}.${name}`;

export const wireAlias = ({ alias, version }: Alias, fullName: string) => {
  const { name: model_name, ...levels } = checkedLevels(fullName);
  return { alias_name: alias, version_num: version, model_name, ...levels };
};

/** A model in Unity Catalog's form. */
export function wireModel(model: RegisteredModel, aliases: readonly Alias[] = []): object {
  return {
    ...checkedLevels(model.name),
    full_name: model.name,
    comment: model.description,
    owner: model.owner ?? model.user_id,
    metastore_id: METASTORE,
    created_at: model.creation_timestamp,
    created_by: model.user_id,
    updated_at: model.last_updated_timestamp,
    updated_by: model.updated_by ?? model.user_id,
    aliases: aliases.map((alias) => wireAlias(alias, model.name)),
  };
}

/** A version in Unity Catalog's form. */
export function wireUnityVersion(version: ModelVersion): object {
  const { name: model_name, ...levels } = checkedLevels(version.name);
  return {
    model_name,
    ...levels,
    version: version.version,
    id: `${version.name}/${version.version}`,
    comment: version.description,
    source: version.source,
    run_id: version.run_id,
    status: version.status,
    storage_location: locationOf(version),
    metastore_id: METASTORE,
    created_at: version.creation_timestamp,
    created_by: version.user_id,
    updated_at: version.last_updated_timestamp,
    updated_by: version.updated_by ?? version.user_id,
    aliases: aliasesOf(version).map((alias) =>
      wireAlias({ alias, version: version.version }, version.name),
    ),
  };
}
