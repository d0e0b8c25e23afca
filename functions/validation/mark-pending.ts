import { policyFor, type ValidationPolicy } from '../policies/index.ts';
import { getModelVersion, type ModelVersion } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import type { ValidationTaskInput } from './task-input.ts';
import { insertValidation, validationOf } from './validation-store.ts';

interface PendingValidation {
  readonly version: ModelVersion;
  /** Of the revision in force when the validation began: what it is judged by until its end. */
  readonly rules: ValidationPolicy;
}

/**
 * Marks the version PENDING; repeated, it answers what the first call found. Undefined: the version or
 * its policy is gone, or another execution validates it, or it has a verdict.
 */
export async function markPending(
  { execution, model, version: number }: ValidationTaskInput,
  context: OperationContext,
): Promise<PendingValidation | undefined> {
  const [found, version] = await Promise.all([policyFor(model), getModelVersion(model, number)]);
  if (!version) return undefined;
  const current = await validationOf(version);
  const present = found?.policy.validation;
  const rules = current?.rules ?? present;
  if (!rules) return undefined;
  if (current) {
    const resumed = current.execution === execution && current.status === 'PENDING';
    return resumed ? { version, rules } : undefined;
  }
  if (!found || rules.mode === 'disabled') return undefined;
  const begun = await insertValidation(
    {
      model,
      version: number,
      status: 'PENDING',
      dry_run: rules.mode === 'dry_run',
      execution,
      policy: { name: found.name, revision: found.revision },
      rules,
      registered_at: version.creation_timestamp,
      checks: [],
      started_at: new Date(context.clock()).toISOString(),
    },
    version,
    context,
  );
  return begun ? { version, rules } : undefined;
}
