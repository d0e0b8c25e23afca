import { type PolicyRevision, policySchema } from './policy.ts';
import { getPolicyRow, listPrefixPolicies, type PolicyRow } from './policy-store.ts';

/** The longest prefix pattern (`prod.*`, `*`) that covers the model. */
export function longestMatch<T extends { readonly name: string }>(
  model: string,
  patterns: readonly T[],
): T | undefined {
  return patterns
    .filter((pattern) => model.startsWith(pattern.name.slice(0, -1)))
    .reduce<T | undefined>(
      (best, pattern) => (best && best.name.length >= pattern.name.length ? best : pattern),
      undefined,
    );
}

/**
 * The policy that covers a model: its own, else that of the longest prefix. Undefined: the model is
 * left alone.
 */
export async function policyFor(model: string): Promise<PolicyRevision | undefined> {
  const own = await getPolicyRow(model);
  if (own && !own.deleted) return toRevision(own);
  const inForce = (await listPrefixPolicies()).filter((row) => !row.deleted);
  const found = longestMatch(model, inForce);
  return found && toRevision(found);
}

const toRevision = (row: PolicyRow): PolicyRevision => ({
  name: row.name,
  revision: row.revision,
  policy: policySchema.parse(row.document),
});
