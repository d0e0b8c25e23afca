import { policyFor, type ValidationPolicy } from '../policies/index.ts';
import { getModelVersion, type ModelVersion } from '../registry/index.ts';
import type { ValidationTaskInput } from './task-input.ts';
import { validationOf } from './validation-store.ts';

/**
 * What a group of checks is about, by the policy's revision that the validation began with: a verdict
 * is of one revision, whatever is put meanwhile. Throws when the version is gone by now.
 */
export async function versionToCheck({
  execution,
  model,
  version: number,
}: ValidationTaskInput): Promise<{
  readonly version: ModelVersion;
  readonly policy: ValidationPolicy;
}> {
  const version = await getModelVersion(model, number);
  if (!version) throw new Error('The version is gone');
  const validation = await validationOf(version);
  // Those that began before the rules were kept go on by the policy as it is.
  const policy =
    validation?.execution === execution && validation.rules
      ? validation.rules
      : (await policyFor(model))?.policy.validation;
  if (!policy) throw new Error('The policy is gone');
  return { version, policy };
}
