import { findRegisteredModel } from '../registry/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { retryChanged, transactWrite } from '../shared/dynamo/index.ts';
import { getPolicyRow, policyWrites } from './policy-store.ts';
import { checkPolicyName } from './put-policy.ts';

/**
 * Reacts to a rename: the model's own policy goes with it, unless the new name has one. `time`, ISO 8601,
 * is when the model was renamed.
 */
export async function followRename(
  data: { readonly model: string; readonly previous_name: string },
  context: OperationContext,
  { time }: { readonly time: string },
): Promise<void> {
  // Others who wait for the policy may be moving it, too.
  await retryChanged(async () => {
    const [former, present] = await Promise.all([
      getPolicyRow(data.previous_name),
      getPolicyRow(data.model),
    ]);
    if (!former || former.deleted) return;
    // The policy of another model, which has got the name since.
    const later = former.updated_at > Date.parse(time);
    if (later && (await findRegisteredModel(data.previous_name))) return;
    checkPolicyName(data.model);
    const change = { updated_at: context.clock(), updated_by: context.actor.user };
    const moved = {
      name: data.model,
      revision: (present?.revision ?? 0) + 1,
      deleted: false,
      document: former.document,
      ...change,
    };
    await transactWrite([
      ...(present && !present.deleted ? [] : policyWrites(moved, context)),
      ...policyWrites({ ...former, ...change, deleted: true }, context),
    ]);
  });
}
