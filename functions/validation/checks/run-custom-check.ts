import type { CheckTaskInput } from '../task-input.ts';
import type { CheckResult } from '../validation.ts';
import { versionToCheck } from '../version-to-check.ts';
import { checkCustom } from './check-custom.ts';

/** Runs one custom check, named `custom/<index in the policy>`. */
export async function runCustomCheck(input: CheckTaskInput): Promise<CheckResult[]> {
  const { check } = input;
  const { policy, version } = await versionToCheck(input);
  const custom = policy.custom?.[Number(/^custom\/(\d+)$/.exec(check)?.[1])];
  if (!custom) throw new Error(`The policy has no check ${check}`);
  return checkCustom(custom, version);
}
