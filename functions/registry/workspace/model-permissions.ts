import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed, transactWrite } from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { ModelPermissionsChanged } from '../events.ts';
import { getModelById, modelKey, registryTableName, SETTLED } from '../model-store.ts';
import {
  type AccessControl,
  PERMISSION_LEVELS,
  type PermissionLevel,
  requireLevel,
} from '../permissions.ts';
import type { RegisteredModel } from '../registered-model.ts';

const DESCRIPTIONS: Readonly<Record<PermissionLevel, string>> = {
  CAN_READ: 'Can read the model and ask for transitions',
  CAN_EDIT: 'Can add versions and change tags and descriptions',
  CAN_MANAGE_STAGING_VERSIONS: 'Can move versions between stages other than Production',
  CAN_MANAGE_PRODUCTION_VERSIONS: 'Can move versions to and from Production',
  CAN_MANAGE: 'Can do everything with the model',
};

const MAX_ENTRIES = 200;

export const permissionLevels = () => ({
  permission_levels: PERMISSION_LEVELS.map((level) => ({
    permission_level: level,
    description: DESCRIPTIONS[level],
  })),
});

/** The list of a model in Databricks' form; admins may everything whatever it says. */
function toWire(model: RegisteredModel): object {
  const entry = (who: object, level: PermissionLevel, inherited: boolean) => ({
    ...who,
    all_permissions: [{ permission_level: level, inherited }],
  });
  return {
    object_id: `/registered-models/${model.id ?? model.name}`,
    object_type: 'registered-model',
    access_control_list: [
      ...(model.acl ?? []).map(({ permission_level, ...who }) =>
        entry(who, permission_level, false),
      ),
      entry({ group_name: 'admins' }, 'CAN_MANAGE', true),
    ],
  };
}

export async function getModelPermissions(id: string, context: OperationContext): Promise<object> {
  const model = await getModelById(id);
  requireLevel(model, context.actor, 'CAN_READ');
  return toWire(model);
}

const identity = ({ user_name, group_name, service_principal_name }: AccessControl) =>
  JSON.stringify([user_name ?? null, group_name ?? null, service_principal_name ?? null]);

/** Replaces a model's list, or with `merge` only the entries of those who are named. */
export async function setModelPermissions(
  id: string,
  entries: readonly AccessControl[],
  options: { readonly merge: boolean },
  context: OperationContext,
): Promise<object> {
  const model = await getModelById(id);
  requireLevel(model, context.actor, 'CAN_MANAGE');
  for (const entry of entries) {
    const names = [entry.user_name, entry.group_name, entry.service_principal_name];
    if (names.filter(Boolean).length !== 1) {
      throw invalid('An entry names just one of user_name, group_name and service_principal_name');
    }
  }
  const kept = options.merge ? (model.acl ?? []) : [];
  const acl = [...new Map([...kept, ...entries].map((entry) => [identity(entry), entry])).values()];
  if (acl.length > MAX_ENTRIES) throw invalid(`A model's list has at most ${MAX_ENTRIES} entries`);
  const table = registryTableName();
  const data = {
    model: model.name,
    access: acl.map((entry) => ({
      who: entry.user_name ?? entry.group_name ?? entry.service_principal_name ?? '',
      level: entry.permission_level,
    })),
  };
  try {
    await transactWrite([
      {
        table,
        key: modelKey(model.name),
        update: 'SET acl = :acl',
        condition: SETTLED,
        values: { ':acl': acl },
      },
      outbox(table, ModelPermissionsChanged, data, context),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) await getModelById(id);
    throw error;
  }
  return toWire({ ...model, acl });
}
