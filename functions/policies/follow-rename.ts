import type { OperationContext } from '../shared/context.ts';
import { deletePolicy } from './delete-policy.ts';
import { getPolicyRow } from './policy-store.ts';
import { putPolicy } from './put-policy.ts';

/** Reacts to a rename: the model's own policy goes with it, unless the new name has one. */
export async function followRename(
  data: { readonly model: string; readonly previous_name: string },
  context: OperationContext,
): Promise<void> {
  const [former, present] = await Promise.all([
    getPolicyRow(data.previous_name),
    getPolicyRow(data.model),
  ]);
  if (!former || former.deleted) return;
  if (!present || present.deleted) {
    await putPolicy({ name: data.model, document: former.document }, context);
  }
  await deletePolicy(data.previous_name, context);
}
