import { policyFor, type ValidationPolicy } from '../policies/index.ts';
import { getModelVersion, type ModelVersion } from '../registry/index.ts';

/** What a group of checks is about. Throws when the version or its policy is gone by now. */
export async function versionToCheck(
  model: string,
  number: string,
): Promise<{ readonly version: ModelVersion; readonly policy: ValidationPolicy }> {
  const [found, version] = await Promise.all([policyFor(model), getModelVersion(model, number)]);
  const policy = found?.policy.validation;
  if (!policy || !version) throw new Error('The version or its policy is gone');
  return { version, policy };
}
