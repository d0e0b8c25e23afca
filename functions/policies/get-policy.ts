import { notFound } from '../shared/errors.ts';
import { getPolicyRow, type PolicyRow } from './policy-store.ts';

/** The policy put under just this name; RESOURCE_DOES_NOT_EXIST when there is none. */
export async function getPolicy(name: string): Promise<PolicyRow> {
  const row = await getPolicyRow(name);
  if (!row || row.deleted) throw notFound(`Model '${name}' has no policy of its own`);
  return row;
}

/** Wire form: the document with its revision, which a later PUT may carry as its expectation. */
export const wirePolicy = (row: PolicyRow) => ({ ...row.document, revision: row.revision });
