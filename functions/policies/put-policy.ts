import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, transactWrite } from '../shared/dynamo/index.ts';
import { conflict, invalid } from '../shared/errors.ts';
import type { PolicyDocument } from './policy.ts';
import { getPolicyRow, type PolicyRow, policyWrites } from './policy-store.ts';

/** Puts the next revision of a policy in force. The same document again changes nothing. */
export async function putPolicy(
  input: {
    readonly name: string;
    readonly document: PolicyDocument;
    /** The revision that this one replaces; RESOURCE_CONFLICT when it is not in force. */
    readonly revision?: number | undefined;
  },
  context: OperationContext,
): Promise<PolicyRow> {
  const { name, document } = input;
  checkPolicyName(name);
  const current = await getPolicyRow(name);
  const inForce = current && !current.deleted ? current.revision : undefined;
  if (input.revision !== undefined && input.revision !== inForce) throw changedMeanwhile(name);
  if (current && inForce !== undefined && same(current.document, document)) return current;
  const row: PolicyRow = {
    name,
    revision: (current?.revision ?? 0) + 1,
    deleted: false,
    document,
    updated_at: context.clock(),
    updated_by: context.actor.user,
  };
  try {
    await transactWrite(policyWrites(row, context, inForce));
  } catch (error) {
    if (error instanceof ConditionFailed) throw changedMeanwhile(name);
    throw error;
  }
  return row;
}

export const changedMeanwhile = (name: string) =>
  conflict(`The policy of ${name} was changed by somebody else at the same time; read it again`);

const same = (a: object, b: object) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** Stored documents come back with their fields in another order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** A model's name, or a prefix with one `*` at its end. */
export function checkPolicyName(name: string): void {
  if (/[/:]/.test(name) || name.slice(0, -1).includes('*') || name.length > 256) {
    throw invalid(`'${name}' is neither a model's name nor a prefix that ends in '*'`);
  }
}
