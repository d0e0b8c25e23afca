import {
  type MlflowOperation,
  operation,
  requiredString,
  strictOperation,
} from '../mlflow/index.ts';
import { describeVersionByAlias } from './aliases/get-model-version-by-alias.ts';
import { deleteAlias, moveAlias } from './aliases/move-alias.ts';
import { deleteTag, setTag } from './change-tags.ts';
import { FIELDS } from './fields.ts';
import { createRegisteredModel } from './models/create-registered-model.ts';
import { deleteRegisteredModel } from './models/delete-registered-model.ts';
import { describeModel, getRegisteredModel } from './models/get-registered-model.ts';
import { renameRegisteredModel } from './models/rename-registered-model.ts';
import { updateRegisteredModel } from './models/update-registered-model.ts';
import type { MlflowRegistryOperation, OwnRegistryOperation } from './routes.ts';
import { searchModelVersions } from './search/search-model-versions.ts';
import { searchRegisteredModels } from './search/search-registered-models.ts';
import { createModelVersion } from './versions/create-model-version.ts';
import { deleteModelVersion } from './versions/delete-model-version.ts';
import { describeLineage } from './versions/describe-lineage.ts';
import { getLatestVersions } from './versions/get-latest-versions.ts';
import { describeVersion, downloadUri } from './versions/get-model-version.ts';
import { toWireVersion } from './versions/model-version.ts';
import { transitionStage } from './versions/transition-stage.ts';
import { updateModelVersion } from './versions/update-model-version.ts';

/** MLflow's registry endpoints with their fields and answers. */
export const operations: Readonly<Record<MlflowRegistryOperation, MlflowOperation>> = {
  createRegisteredModel: operation(FIELDS.createRegisteredModel, async (input, context) => ({
    registered_model: await describeModel(await createRegisteredModel(input, context)),
  })),
  renameRegisteredModel: operation(FIELDS.renameRegisteredModel, async (input, context) => {
    await renameRegisteredModel(input, context);
    return { registered_model: await getRegisteredModel({ name: input.new_name }) };
  }),
  updateRegisteredModel: operation(FIELDS.updateRegisteredModel, async (input, context) => {
    // A description that is not given is none, as in MLflow.
    await updateRegisteredModel({ description: '', ...input }, context);
    return { registered_model: await getRegisteredModel(input) };
  }),
  deleteRegisteredModel: operation(FIELDS.model, async (input, context) => {
    await deleteRegisteredModel(input, context);
    return {};
  }),
  getRegisteredModel: operation(FIELDS.model, async (input) => ({
    registered_model: await getRegisteredModel(input),
  })),
  searchRegisteredModels: operation(FIELDS.searchModels, searchRegisteredModels),
  getLatestVersions: operation(FIELDS.getLatestVersions, async (input) => ({
    model_versions: await getLatestVersions(input),
  })),
  setRegisteredModelTag: operation(FIELDS.setModelTag, async (input, context) => {
    await setTag(input, context);
    return {};
  }),
  deleteRegisteredModelTag: operation(FIELDS.deleteModelTag, async (input, context) => {
    await deleteTag(input, context);
    return {};
  }),
  setRegisteredModelAlias: operation(FIELDS.setAlias, async ({ name, ...input }, context) => {
    await moveAlias({ ...input, model: name, cause: 'request' }, context);
    return {};
  }),
  deleteRegisteredModelAlias: operation(FIELDS.alias, async (input, context) => {
    await deleteAlias(input, context);
    return {};
  }),
  getModelVersionByAlias: operation(FIELDS.alias, async (input) => ({
    model_version: await describeVersionByAlias(input),
  })),
  createModelVersion: operation(FIELDS.createModelVersion, async (input, context) => ({
    model_version: toWireVersion(await createModelVersion(input, context)),
  })),
  getModelVersion: operation(FIELDS.version, async (input) => ({
    model_version: await describeVersion(input),
  })),
  getModelVersionDownloadUri: operation(FIELDS.version, downloadUri),
  updateModelVersion: operation(FIELDS.updateModelVersion, async (input, context) => {
    await updateModelVersion(input, context);
    return { model_version: await describeVersion(input) };
  }),
  transitionModelVersionStage: operation(FIELDS.transitionStage, async (input, context) => {
    await transitionStage(input, context);
    return { model_version: await describeVersion(input) };
  }),
  deleteModelVersion: operation(FIELDS.version, async (input, context) => {
    await deleteModelVersion(input, context);
    return {};
  }),
  searchModelVersions: operation(FIELDS.searchVersions, searchModelVersions),
  setModelVersionTag: operation(FIELDS.setVersionTag, async (input, context) => {
    await setTag(input, context);
    return {};
  }),
  deleteModelVersionTag: operation(FIELDS.deleteVersionTag, async (input, context) => {
    await deleteTag(input, context);
    return {};
  }),
};

/** What has no precedent elsewhere. */
export const ownOperations: Readonly<Record<OwnRegistryOperation, MlflowOperation>> = {
  getLineage: strictOperation({ name: requiredString, version: requiredString }, describeLineage),
};
