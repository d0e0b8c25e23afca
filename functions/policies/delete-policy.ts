import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed } from '../shared/dynamo/index.ts';
import { getPolicy } from './get-policy.ts';
import { putPolicyRow } from './policy-store.ts';
import { changedMeanwhile } from './put-policy.ts';

/** Withdraws a policy; models that it alone covered are left alone from now on. */
export async function deletePolicy(name: string, context: OperationContext): Promise<void> {
  const row = await getPolicy(name);
  try {
    await putPolicyRow(
      {
        ...row,
        deleted: true,
        updated_at: context.clock(),
        updated_by: context.actor.user,
      },
      context,
    );
  } catch (error) {
    if (error instanceof ConditionFailed) throw changedMeanwhile(name);
    throw error;
  }
}
