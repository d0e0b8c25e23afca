import { outbox } from '../events/outbox.ts';
import {
  findRegisteredModel,
  getModelVersion,
  type ModelVersion,
  tagSetWrites,
} from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import {
  ConditionFailed,
  conditionHeld,
  getItem,
  key,
  queryAll,
  transactWrite,
  type Write,
  writeOne,
} from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import { conflict } from '../shared/errors.ts';
import { ModelVersionValidated } from './events.ts';
import { VALIDATION_TAG, type Validation, type Verdict } from './validation.ts';

const tableName = () => requiredEnv('REGISTRY_TABLE');

const validationKey = (model: string, version: string) => ({
  pk: key('MODEL', model),
  sk: key('VALIDATION', version.padStart(8, '0')),
});

export function findValidation(model: string, version: string): Promise<Validation | undefined> {
  return getItem<Validation>(tableName(), validationKey(model, version));
}

/** The validation of this very version, not of a deleted one that had its number. */
export async function validationOf(version: ModelVersion): Promise<Validation | undefined> {
  const found = await findValidation(version.name, String(version.version));
  return found?.registered_at === version.creation_timestamp ? found : undefined;
}

/** Validations of a model's versions that have no verdict yet. */
export async function pendingValidations(model: string): Promise<Validation[]> {
  const rows = queryAll<Validation>({
    table: tableName(),
    condition: 'pk = :pk AND begins_with(sk, :sk)',
    filter: '#status = :pending',
    names: { '#status': 'status' },
    values: { ':pk': key('MODEL', model), ':sk': 'VALIDATION#', ':pending': 'PENDING' },
  });
  const found: Validation[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

/** Lets another execution record the verdict; false when there is one, or others were faster. */
export function handOver(
  { model, version, execution }: Validation,
  next: string,
): Promise<boolean> {
  return conditionHeld(
    writeOne({
      table: tableName(),
      key: validationKey(model, version),
      update: 'SET execution = :next',
      condition: 'execution = :execution AND #status = :pending',
      names: { '#status': 'status' },
      values: { ':next': next, ':execution': execution, ':pending': 'PENDING' },
    }),
  );
}

/**
 * Writes a validation of a version that begins, with the version's tag; or one that is skipped, with its
 * event. Answers false when this version already has one, or is gone.
 */
export function insertValidation(
  validation: Validation,
  looked: ModelVersion,
  context: OperationContext,
): Promise<boolean> {
  const { model, version, registered_at: registered } = validation;
  const put: Write = {
    table: tableName(),
    put: { ...validationKey(model, version), ...validation },
    condition: 'attribute_not_exists(pk) OR registered_at <> :registered',
    values: { ':registered': registered },
  };
  const others = async (found: ModelVersion) =>
    validation.status === 'PENDING'
      ? tagSetWrites(found, VALIDATION_TAG, 'PENDING', context)
      : [await validatedEvent(validation, 'SKIPPED', context)];
  return commit(put, validation, others, looked);
}

/**
 * Writes the verdict with the version's tag and the event, once: answers false when the verdict is
 * there already, or the version is gone.
 */
export function finishValidation(
  validation: Validation & { readonly status: 'PASSED' | 'FAILED' },
  context: OperationContext,
): Promise<boolean> {
  const { model, version, execution, status } = validation;
  const put: Write = {
    table: tableName(),
    put: { ...validationKey(model, version), ...validation },
    condition: 'execution = :execution AND #status = :pending',
    names: { '#status': 'status' },
    values: { ':execution': execution, ':pending': 'PENDING' },
  };
  return commit(put, validation, async (found) => [
    ...tagSetWrites(found, VALIDATION_TAG, status, context),
    await validatedEvent(validation, status, context),
  ]);
}

const MAX_ATTEMPTS = 10;

/**
 * Writes a validation with what goes with its version, which an alias may just come to name; `looked`
 * is the version as the caller has read it.
 */
async function commit(
  put: Write,
  { model, version }: Validation,
  others: (version: ModelVersion) => Promise<Write[]>,
  looked?: ModelVersion,
): Promise<boolean> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const found = (attempt === 0 && looked) || (await getModelVersion(model, version));
    if (!found) return false;
    try {
      await transactWrite([put, ...(await others(found))]);
      return true;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (error.index === 0) return false;
    }
  }
  throw conflict(`Version ${version} of ${model} changes too often at once`);
}

async function validatedEvent(
  validation: Validation,
  status: Exclude<Verdict, 'PENDING'>,
  context: OperationContext,
): Promise<Write> {
  const { model, version, dry_run, checks, cause = null } = validation;
  const failed = checks.filter((check) => ['FAILED', 'ERROR'].includes(check.status));
  const failed_checks = failed.map(({ name, slice, worst }) => {
    if (!slice) return name;
    return `${name} (${worst ? `${slice}: ${worst.slice}` : slice})`;
  });
  const registered_at = new Date(validation.registered_at).toISOString();
  const id = (await findRegisteredModel(model))?.id;
  const about = { model, ...(id !== undefined && { model_id: id }), version, registered_at };
  const data = { ...about, status, dry_run, failed_checks, cause };
  return outbox(tableName(), ModelVersionValidated, data, context);
}
