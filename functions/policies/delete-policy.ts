import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, transactWrite } from '../shared/dynamo/index.ts';
import { getPolicy } from './get-policy.ts';
import { policyWrites } from './policy-store.ts';
import { changedMeanwhile } from './put-policy.ts';

/** Withdraws a policy; models that it alone covered are left alone from now on. */
export async function deletePolicy(name: string, context: OperationContext): Promise<void> {
  const row = await getPolicy(name);
  try {
    const change = { updated_at: context.clock(), updated_by: context.actor.user };
    await transactWrite(policyWrites({ ...row, ...change, deleted: true }, context));
  } catch (error) {
    if (error instanceof ConditionFailed) throw changedMeanwhile(name);
    throw error;
  }
}
