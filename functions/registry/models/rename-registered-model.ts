import { outbox } from '../../events/outbox.ts';
import { endpointOfModel } from '../../serving/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import {
  ConditionFailed,
  retryChanged,
  transactWrite,
  type Write,
} from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { ModelVersionUpdated, RegisteredModelRenamed } from '../events.ts';
import { nameTaken } from '../prompt.ts';
import { changeVersion, versionChangeWrites } from '../versions/change-version.ts';
import type { ModelVersion } from '../versions/model-version.ts';
import { listVersions } from '../versions/version-store.ts';
import {
  findModel,
  getModel,
  idPuts,
  ModelMoving,
  modelKey,
  modelPut,
  registryTableName,
} from './model-store.ts';
import { moveRows } from './move-rows.ts';
import { checkNewModelName, type RegisteredModel } from './registered-model.ts';
import { type ModelChange, modelChange, updateRegisteredModel } from './update-registered-model.ts';

/**
 * Renames a model with everything that is kept under its name, however many versions it has. The new
 * name is reserved and the model held still, then its rows move in transactions of many rows each, then
 * it appears under the new name. A rename that was interrupted is finished by whoever next meets the
 * model, under either name. Throws INVALID_PARAMETER_VALUE while the
 * configuration of an endpoint names the model: the endpoint would follow aliases of a name without a model.
 *
 * @param change what else changes, in the transaction that decides whether the model is renamed
 */
export async function renameRegisteredModel(
  input: { readonly name: string; readonly new_name: string },
  context: OperationContext,
  change?: ModelChange,
): Promise<void> {
  const { name, new_name: newName } = input;
  checkNewModelName(newName, 'new_name');
  if (newName === name) return touch(name, context);
  await retryChanged(async () => {
    const model = await getModel(name);
    await refuseNamed(name);
    const changed = change && modelChange(model, change, context);
    await beginRename(model, newName, changed, context.actor.user);
  });
  await finishRename(name, newName, context);
}

/** Throws INVALID_PARAMETER_VALUE for a model that an endpoint serves, or is to serve. */
async function refuseNamed(name: string): Promise<void> {
  const endpoint = await endpointOfModel(name);
  if (endpoint === undefined) return;
  throw invalid(
    `Registered Model (name=${name}) cannot be renamed: endpoint '${endpoint}' serves it or is to serve it`,
  );
}

/** A rename to the present name only sets the time of the last update, of model and versions, as in MLflow. */
async function touch(name: string, context: OperationContext): Promise<void> {
  await getModel(name);
  for await (const { version } of listVersions(name)) {
    await changeVersion(name, version, (one) => touchWrites(one, context));
  }
  await updateRegisteredModel({ name }, context);
}

function touchWrites(version: ModelVersion, context: OperationContext): Write[] {
  const description = version.description || null;
  const same = { description, previous_description: description };
  const data = { model: version.name, version: String(version.version), ...same };
  return [
    ...versionChangeWrites(version, { updated: { at: context.clock(), by: context.actor.user } }),
    outbox(registryTableName(), ModelVersionUpdated, data, context),
  ];
}

/** Reserves the new name and holds the model still. */
async function beginRename(
  model: RegisteredModel,
  newName: string,
  change: ReturnType<typeof modelChange> | undefined,
  user: string,
): Promise<void> {
  const table = registryTableName();
  const { name, rev } = model;
  const condition = ['rev = :rev AND attribute_not_exists(moving_to)', change?.condition];
  try {
    await transactWrite([
      {
        table,
        put: { ...modelKey(newName), name: newName, moving_from: name },
        condition: 'attribute_not_exists(pk)',
      },
      {
        table,
        key: modelKey(name),
        update: `SET moving_to = :to, rev = :next, ${change?.set ?? 'updated_by = :by'}`,
        condition: condition.filter(Boolean).join(' AND '),
        ...(change && { names: change.names }),
        values: {
          ...{ ':to': newName, ':by': user, ':rev': rev, ':next': rev + 1 },
          ...change?.values,
        },
      },
      ...(change ? [change.event] : []),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed && error.index === 0)
      throw await taken(newName, model, error);
    throw error;
  }
}

async function taken(name: string, model: RegisteredModel, error: ConditionFailed): Promise<Error> {
  const found = await findModel(name);
  if (!found) return error;
  if (found.moving_from !== undefined) return new ModelMoving(found.moving_from, name);
  return nameTaken(name, found, model);
}

/** Carries a rename that has begun to its end; nothing happens when somebody else has. */
export async function finishRename(
  from: string,
  to: string,
  context: OperationContext,
): Promise<void> {
  const table = registryTableName();
  return retryChanged(async () => {
    const former = await findModel(from);
    if (former?.moving_to !== to) return;
    const { moving_to: _, ...model } = former;
    // Whoever finishes a rename need not be who asked for it.
    const { updated_by } = former;
    const updated = { last_updated_timestamp: context.clock(), ...(updated_by && { updated_by }) };
    await moveRows(from, to, updated);
    const renamed = { ...model, name: to, ...updated };
    const { condition: _free, ...put } = modelPut(renamed);
    await transactWrite([
      { ...put, condition: 'moving_from = :from', values: { ':from': from } },
      {
        table,
        delete: modelKey(from),
        condition: 'moving_to = :to',
        values: { ':to': to },
      },
      ...idPuts(renamed),
      outbox(table, RegisteredModelRenamed, { model: to, previous_name: from }, context),
    ]);
  });
}
