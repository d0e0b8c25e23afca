import type { MlflowOperation } from '../mlflow/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { findModel } from './models/model-store.ts';
import { type PermissionLevel, requireLevel } from './permissions.ts';
import type { RegistryOperation } from './routes.ts';

interface NamesModel {
  readonly name?: string;
  readonly full_name?: string;
  readonly new_name?: string;
  readonly owner?: string;
}

/**
 * The level that a caller needs on the model that an operation names. `anyone`: any caller with a token, as in
 * MLflow. `inside`: the operation checks by itself, for example after it has read the stage that a version leaves.
 */
type Need = PermissionLevel | 'anyone' | 'inside' | ((input: NamesModel) => PermissionLevel);

/** Endpoints serve the version that an alias names: whoever moves an alias changes what is in production. */
const MOVE_ALIAS = 'CAN_MANAGE_PRODUCTION_VERSIONS';

/** By Databricks' levels, which know no aliases: those for aliases are Slipway's decision. */
const NEEDS: Readonly<Record<RegistryOperation, Need>> = {
  createRegisteredModel: 'anyone',
  renameRegisteredModel: 'CAN_MANAGE',
  updateRegisteredModel: 'CAN_EDIT',
  deleteRegisteredModel: 'CAN_MANAGE',
  getRegisteredModel: 'anyone',
  searchRegisteredModels: 'anyone',
  getLatestVersions: 'anyone',
  setRegisteredModelTag: 'CAN_EDIT',
  deleteRegisteredModelTag: 'CAN_EDIT',
  setRegisteredModelAlias: MOVE_ALIAS,
  deleteRegisteredModelAlias: MOVE_ALIAS,
  getModelVersionByAlias: 'anyone',
  createModelVersion: 'CAN_EDIT',
  getModelVersion: 'anyone',
  getModelVersionDownloadUri: 'anyone',
  updateModelVersion: 'CAN_EDIT',
  transitionModelVersionStage: 'inside',
  deleteModelVersion: 'CAN_MANAGE',
  searchModelVersions: 'anyone',
  setModelVersionTag: 'CAN_EDIT',
  deleteModelVersionTag: 'CAN_EDIT',
  listRegisteredModels: 'anyone',
  getDatabricksModel: 'inside',
  transitionDatabricksStage: 'inside',
  createTransitionRequest: 'inside',
  approveTransitionRequest: 'inside',
  rejectTransitionRequest: 'inside',
  deleteTransitionRequest: 'inside',
  listTransitionRequests: 'CAN_READ',
  listActivities: 'CAN_READ',
  createComment: 'inside',
  updateComment: 'inside',
  deleteComment: 'inside',
  getModelPermissionLevels: 'anyone',
  getModelPermissions: 'inside',
  setModelPermissions: 'inside',
  updateModelPermissions: 'inside',
  createUnityModel: 'anyone',
  listUnityModels: 'anyone',
  getUnityModel: 'anyone',
  updateUnityModel: ({ new_name, owner }) => (new_name || owner ? 'CAN_MANAGE' : 'CAN_EDIT'),
  deleteUnityModel: 'CAN_MANAGE',
  setUnityAlias: MOVE_ALIAS,
  deleteUnityAlias: MOVE_ALIAS,
  getUnityVersionByAlias: 'anyone',
  listUnityVersions: 'anyone',
  getUnityVersion: 'anyone',
  updateUnityVersion: 'CAN_EDIT',
  deleteUnityVersion: 'CAN_MANAGE',
  getLineage: 'inside',
};

/** The same operations, each refused to callers with less than the level that it needs. */
export function guarded<T extends Readonly<Record<RegistryOperation, MlflowOperation>>>(
  operations: T,
): T {
  const entries = Object.entries(operations).map(([name, { fields, run }]) => {
    const need = NEEDS[name as RegistryOperation];
    if (need === 'anyone' || need === 'inside') return [name, { fields, run }];
    const guard = async (input: NamesModel, context: OperationContext) => {
      const level = typeof need === 'function' ? need(input) : need;
      await requireLevelOn(input.name ?? input.full_name ?? '', level, context);
      return run(input as never, context);
    };
    return [name, { fields, run: guard }];
  });
  return Object.fromEntries(entries) as T;
}

/** Throws PERMISSION_DENIED when the model is there and the actor has less than the level. */
export async function requireLevelOn(
  name: string,
  level: PermissionLevel,
  { actor }: OperationContext,
): Promise<void> {
  // Admins may do everything: the model does not have to be read.
  if (actor.groups.includes('admins')) return;
  const model = await findModel(name);
  if (model) requireLevel(model, actor, level);
}
