import { type Stack, Validations } from 'aws-cdk-lib';

/** Rules of cdk-nag that do not hold here, each with its reason. */
const ACKNOWLEDGED: readonly { id: string; reason: string }[] = [];

export function acknowledgeRules(stack: Stack): void {
  for (const rule of ACKNOWLEDGED) Validations.of(stack).acknowledge(rule);
}
