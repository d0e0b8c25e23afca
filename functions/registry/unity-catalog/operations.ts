import {
  bool,
  type MlflowOperation,
  requiredString,
  rounded64,
  strictOperation,
  string,
} from '../../mlflow/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { invalid, notFound } from '../../shared/errors.ts';
import { deleteAlias, moveAlias } from '../aliases/move-alias.ts';
import { createRegisteredModel } from '../models/create-registered-model.ts';
import { deleteRegisteredModel } from '../models/delete-registered-model.ts';
import { findAlias, getModel, listAliases } from '../models/model-store.ts';
import { checkNewModelName } from '../models/registered-model.ts';
import { renameRegisteredModel } from '../models/rename-registered-model.ts';
import { updateRegisteredModel } from '../models/update-registered-model.ts';
import type { UnityOperation } from '../routes.ts';
import { deleteModelVersion } from '../versions/delete-model-version.ts';
import { versionNumber } from '../versions/model-version.ts';
import { updateModelVersion } from '../versions/update-model-version.ts';
import { getVersion } from '../versions/version-store.ts';
import { listUnityModels, listUnityVersions } from './list-unity.ts';
import { checkedLevels, fullNameOf, wireAlias, wireModel, wireUnityVersion } from './wire.ts';

const full = { full_name: requiredString };
const version = { ...full, version: requiredString };
const alias = { ...full, alias: requiredString };

async function describe(fullName: string): Promise<object> {
  const [model, aliases] = await Promise.all([getModel(fullName), listAliases(fullName)]);
  return wireModel(model, aliases);
}

const describeUnityVersion = async (fullName: string, number: number): Promise<object> =>
  wireUnityVersion(await getVersion(fullName, number));

/** Changes name, comment and owner together: where one is refused, none is changed. */
async function updateModel(
  input: {
    readonly full_name: string;
    readonly new_name?: string;
    readonly comment?: string;
    readonly owner?: string;
  },
  context: OperationContext,
): Promise<object> {
  const { full_name: former, comment, owner } = input;
  const name = renamed(former, input.new_name);
  const given = {
    ...(comment !== undefined && { description: comment }),
    ...(owner && { owner }),
  };
  const change = Object.keys(given).length > 0 ? given : undefined;
  if (name !== former) {
    await renameRegisteredModel({ name: former, new_name: name }, context, change);
  } else if (change) {
    await updateRegisteredModel({ name, ...change }, context);
  }
  return describe(name);
}

/** The full name with another last level. Catalog and schema of a model stay. */
function renamed(fullName: string, newName: string | undefined): string {
  const levels = checkedLevels(fullName);
  if (!newName) return fullName;
  checkNewModelName(newName, 'new_name');
  if (newName.includes('.')) {
    throw invalid(
      `new_name '${newName}' replaces the last level of '${fullName}': it must have no dots`,
    );
  }
  return fullNameOf({ ...levels, name: newName });
}

/** Unity Catalog's models: the same models, versions and aliases under three-level names. */
export const unityOperations: Readonly<Record<UnityOperation, MlflowOperation>> = {
  createUnityModel: strictOperation(
    {
      catalog_name: requiredString,
      schema_name: requiredString,
      name: requiredString,
      comment: string,
    },
    async (input, context) => {
      const name = fullNameOf(input);
      checkedLevels(name);
      const { comment: description } = input;
      return wireModel(
        await createRegisteredModel({ name, ...(description && { description }) }, context),
      );
    },
  ),
  listUnityModels: strictOperation(
    { catalog_name: string, schema_name: string, max_results: rounded64, page_token: string },
    (input) => listUnityModels(input),
  ),
  getUnityModel: strictOperation({ ...full, include_aliases: bool }, async (input) => {
    checkedLevels(input.full_name);
    return describe(input.full_name);
  }),
  updateUnityModel: strictOperation(
    { ...full, new_name: string, comment: string, owner: string },
    updateModel,
  ),
  deleteUnityModel: strictOperation(full, async (input, context) => {
    checkedLevels(input.full_name);
    await deleteRegisteredModel({ name: input.full_name }, context);
    return {};
  }),
  setUnityAlias: strictOperation(
    { ...alias, version_num: { ...rounded64, required: true } },
    async (input, context) => {
      const { full_name: model, alias: given, version_num: number } = input;
      checkedLevels(model);
      const version = String(number);
      await moveAlias({ model, alias: given, version, cause: 'request' }, context);
      return wireAlias({ alias: given, version: number }, model);
    },
  ),
  deleteUnityAlias: strictOperation(alias, async (input, context) => {
    checkedLevels(input.full_name);
    await deleteAlias({ name: input.full_name, alias: input.alias }, context);
    return {};
  }),
  getUnityVersionByAlias: strictOperation(alias, async (input) => {
    checkedLevels(input.full_name);
    const found = await findAlias(input.full_name, input.alias);
    if (found?.copy) return wireUnityVersion(found.copy);
    await getModel(input.full_name);
    if (!found) throw notFound(`Alias ${input.alias} of ${input.full_name} does not exist`);
    return describeUnityVersion(input.full_name, found.version);
  }),
  listUnityVersions: strictOperation(
    { ...full, max_results: rounded64, page_token: string },
    (input) => {
      checkedLevels(input.full_name);
      return listUnityVersions(input);
    },
  ),
  getUnityVersion: strictOperation(version, async (input) => {
    checkedLevels(input.full_name);
    return describeUnityVersion(input.full_name, versionNumber(input.version));
  }),
  updateUnityVersion: strictOperation({ ...version, comment: string }, async (input, context) => {
    const { full_name: name, comment } = input;
    checkedLevels(name);
    if (comment !== undefined) {
      await updateModelVersion({ name, version: input.version, description: comment }, context);
    }
    return describeUnityVersion(name, versionNumber(input.version));
  }),
  deleteUnityVersion: strictOperation(version, async (input, context) => {
    checkedLevels(input.full_name);
    await deleteModelVersion({ name: input.full_name, version: input.version }, context);
    return {};
  }),
};
