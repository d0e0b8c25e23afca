import { outbox } from '../events/outbox.ts';
import { type ModelVersion, tagSetWrites } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, getItem, key, transactWrite } from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
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

/** The validation of just this version, not of one that once had its number. */
export async function validationOf(version: ModelVersion): Promise<Validation | undefined> {
  const found = await findValidation(version.name, String(version.version));
  return found?.registered_at === version.creation_timestamp ? found : undefined;
}

/**
 * Writes a validation that begins, with the version's tag; or one that is skipped, with its event.
 * Answers false when this version already has one.
 */
export async function insertValidation(
  validation: Validation,
  context: OperationContext,
): Promise<boolean> {
  const { model, version, registered_at: registered } = validation;
  try {
    await transactWrite([
      {
        table: tableName(),
        put: { ...validationKey(model, version), ...validation },
        condition: 'attribute_not_exists(pk) OR registered_at <> :registered',
        values: { ':registered': registered },
      },
      ...(validation.status === 'PENDING'
        ? tagSetWrites({ name: model, version }, VALIDATION_TAG, 'PENDING', context)
        : [validatedEvent(validation, 'SKIPPED', context)]),
    ]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/**
 * Writes the verdict with the version's tag and the event, once: answers false when the verdict is
 * there already, or the version is gone.
 */
export async function finishValidation(
  validation: Validation & { readonly status: 'PASSED' | 'FAILED' },
  context: OperationContext,
): Promise<boolean> {
  const { model, version, execution, status } = validation;
  try {
    await transactWrite([
      {
        table: tableName(),
        put: { ...validationKey(model, version), ...validation },
        condition: 'execution = :execution AND #status = :pending',
        names: { '#status': 'status' },
        values: { ':execution': execution, ':pending': 'PENDING' },
      },
      ...tagSetWrites({ name: model, version }, VALIDATION_TAG, status, context),
      validatedEvent(validation, status, context),
    ]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

function validatedEvent(
  validation: Validation,
  status: Exclude<Verdict, 'PENDING'>,
  context: OperationContext,
) {
  const { model, version, dry_run, checks, cause = null } = validation;
  const failed = checks.filter((check) => ['FAILED', 'ERROR'].includes(check.status));
  const failed_checks = failed.map(({ name, slice }) => (slice ? `${name} (${slice})` : name));
  const data = { model, version, status, dry_run, failed_checks, cause };
  return outbox(tableName(), ModelVersionValidated, data, context);
}
