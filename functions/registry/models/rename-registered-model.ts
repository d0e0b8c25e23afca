import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed, retryChanged, transactWrite } from '../../shared/dynamo/index.ts';
import { RegisteredModelRenamed } from '../events.ts';
import { nameTaken } from '../prompt.ts';
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

/**
 * Renames a model with everything that is kept under its name, however many versions it has. The new
 * name is reserved and the model held still, then its rows move in transactions of many rows each, then
 * it appears under the new name. A rename that was interrupted is finished by whoever next meets the
 * model, under either name.
 */
export async function renameRegisteredModel(
  input: { readonly name: string; readonly new_name: string },
  context: OperationContext,
): Promise<void> {
  const { name, new_name: newName } = input;
  checkNewModelName(newName, 'new_name');
  await retryChanged(async () => {
    const model = await getModel(name);
    if (newName !== name) await beginRename(model, newName);
  });
  if (newName !== name) await finishRename(name, newName, context);
}

/** Reserves the new name and holds the model still. */
async function beginRename(model: RegisteredModel, newName: string): Promise<void> {
  const table = registryTableName();
  const { name, rev } = model;
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
        update: 'SET moving_to = :to, rev = :next',
        condition: 'rev = :rev AND attribute_not_exists(moving_to)',
        values: { ':to': newName, ':rev': rev, ':next': rev + 1 },
      },
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
    const now = context.clock();
    await moveRows(from, to, now);
    const { moving_to: _, ...model } = former;
    const renamed = { ...model, name: to, last_updated_timestamp: now };
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
