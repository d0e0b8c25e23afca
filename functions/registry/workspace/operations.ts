import {
  bool,
  enumeration,
  type MlflowOperation,
  messages,
  requiredString,
  rounded64,
  strictOperation,
  string,
} from '../../mlflow/index.ts';
import { getModel } from '../models/model-store.ts';
import { PERMISSION_LEVELS } from '../permissions.ts';
import type { WorkspaceOperation } from '../routes.ts';
import { searchRegisteredModels } from '../search/search-registered-models.ts';
import { versionNumber } from '../versions/model-version.ts';
import { transitionStage } from '../versions/transition-stage.ts';
import { getVersion } from '../versions/version-store.ts';
import type { Comment } from './activity.ts';
import { createComment, deleteComment, updateComment } from './comments.ts';
import { describeDatabricksModel, describeDatabricksVersion } from './describe-databricks.ts';
import { getModelPermissions, permissionLevels, setModelPermissions } from './model-permissions.ts';
import { availableActions, openRequests } from './open-requests.ts';
import {
  approveTransitionRequest,
  createTransitionRequest,
  deleteTransitionRequest,
  rejectTransitionRequest,
} from './transition-requests.ts';
import { listActivities } from './workspace-store.ts';

const version = { name: requiredString, version: requiredString };
const request = { ...version, stage: requiredString, comment: string };
const model = { registered_model_id: requiredString };
const access = {
  ...model,
  access_control_list: messages({
    user_name: string,
    group_name: string,
    service_principal_name: string,
    permission_level: { ...enumeration(...PERMISSION_LEVELS), required: true },
  }),
};

const wireComment = (comment: Comment) => ({
  ...comment,
  available_actions: ['EDIT_COMMENT', 'DELETE_COMMENT'],
});

/** Databricks' workspace registry, as far as it differs from MLflow's. */
export const workspaceOperations: Readonly<Record<WorkspaceOperation, MlflowOperation>> = {
  listRegisteredModels: strictOperation({ max_results: rounded64, page_token: string }, (input) =>
    searchRegisteredModels(input),
  ),
  getDatabricksModel: strictOperation({ name: requiredString }, async (input, context) => ({
    registered_model_databricks: await describeDatabricksModel(input, context),
  })),
  transitionDatabricksStage: strictOperation(
    { ...request, archive_existing_versions: bool },
    async (input, context) => {
      await transitionStage(input, context);
      return { model_version_databricks: await describeDatabricksVersion(input, context) };
    },
  ),
  createTransitionRequest: strictOperation(request, async (input, context) => ({
    request: await createTransitionRequest(input, context),
  })),
  approveTransitionRequest: strictOperation(
    { ...request, archive_existing_versions: bool },
    async (input, context) => ({ activity: await approveTransitionRequest(input, context) }),
  ),
  rejectTransitionRequest: strictOperation(request, async (input, context) => ({
    activity: await rejectTransitionRequest(input, context),
  })),
  deleteTransitionRequest: strictOperation(
    { ...request, creator: string },
    async (input, context) => ({
      activity: await deleteTransitionRequest(input, context),
    }),
  ),
  listTransitionRequests: strictOperation(version, async (input, context) => {
    const [owner, found] = await Promise.all([
      getModel(input.name),
      getVersion(input.name, versionNumber(input.version)),
    ]);
    const requests = (await openRequests(found)).map((asked) => ({
      ...asked.request,
      available_actions: availableActions(asked, owner, found.current_stage, context.actor),
    }));
    return { requests };
  }),
  listActivities: strictOperation(version, async (input) => {
    const number = versionNumber(input.version);
    await getVersion(input.name, number);
    return { activities: await listActivities(input.name, number) };
  }),
  createComment: strictOperation(
    { ...version, comment: requiredString },
    async (input, context) => ({
      comment: wireComment(await createComment(input, context)),
    }),
  ),
  updateComment: strictOperation(
    { id: requiredString, comment: requiredString },
    async (input, context) => ({ comment: wireComment(await updateComment(input, context)) }),
  ),
  deleteComment: strictOperation({ id: requiredString }, async (input, context) => {
    await deleteComment(input, context);
    return {};
  }),
  getModelPermissionLevels: strictOperation(model, async () => permissionLevels()),
  getModelPermissions: strictOperation(model, (input, context) =>
    getModelPermissions(input.registered_model_id, context),
  ),
  setModelPermissions: strictOperation(access, (input, context) =>
    setModelPermissions(
      input.registered_model_id,
      input.access_control_list,
      { merge: false },
      context,
    ),
  ),
  updateModelPermissions: strictOperation(access, (input, context) =>
    setModelPermissions(
      input.registered_model_id,
      input.access_control_list,
      { merge: true },
      context,
    ),
  ),
};
