import { outbox } from '../../events/outbox.ts';
import { accessFacts, mergeAccess, sameAccess, toWireAccess } from '../../shared/access-control.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite } from '../../shared/dynamo/index.ts';
import { ModelPermissionsChanged } from '../events.ts';
import { getModelById, modelKey, registryTableName, SETTLED } from '../models/model-store.ts';
import type { RegisteredModel } from '../models/registered-model.ts';
import {
  type AccessControl,
  PERMISSION_LEVELS,
  type PermissionLevel,
  requireLevel,
} from '../permissions.ts';

const DESCRIPTIONS: Readonly<Record<PermissionLevel, string>> = {
  CAN_READ: 'Can read the model and ask for transitions',
  CAN_EDIT: 'Can add versions and change tags and descriptions',
  CAN_MANAGE_STAGING_VERSIONS: 'Can move versions between stages other than Production',
  CAN_MANAGE_PRODUCTION_VERSIONS: 'Can move versions to and from Production',
  CAN_MANAGE: 'Can do everything with the model',
};

export const permissionLevels = () => ({
  permission_levels: PERMISSION_LEVELS.map((level) => ({
    permission_level: level,
    description: DESCRIPTIONS[level],
  })),
});

/** The list of a model in Databricks' form; admins may do everything, whatever it says. */
const toWire = (model: RegisteredModel) => ({
  object_id: `/registered-models/${model.id ?? model.name}`,
  object_type: 'registered-model',
  access_control_list: toWireAccess(model.acl ?? []),
});

export async function getModelPermissions(id: string, context: OperationContext): Promise<object> {
  const model = await getModelById(id);
  requireLevel(model, context.actor, 'CAN_READ');
  return toWire(model);
}

/**
 * Replaces a model's list, or with `merge` only the entries of those who are named; what others give at
 * the same moment is not lost.
 */
export async function setModelPermissions(
  id: string,
  entries: readonly AccessControl[],
  options: { readonly merge: boolean },
  context: OperationContext,
): Promise<object> {
  const changed = await retryChanged(async () => {
    const model = await getModelById(id);
    requireLevel(model, context.actor, 'CAN_MANAGE');
    const acl = mergeAccess(options.merge ? (model.acl ?? []) : [], entries);
    const table = registryTableName();
    const data = {
      model: model.name,
      access: accessFacts(acl),
      previous_access: accessFacts(model.acl ?? []),
    };
    const { condition, values } = sameAccess(model.acl);
    await transactWrite([
      {
        table,
        key: modelKey(model.name),
        update: 'SET acl = :acl',
        condition: `${SETTLED} AND ${condition}`,
        values: { ...values, ':acl': acl },
      },
      outbox(table, ModelPermissionsChanged, data, context),
    ]);
    return { ...model, acl };
  });
  return toWire(changed);
}
