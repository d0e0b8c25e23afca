import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { getItem, key, queryAll, type Write } from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import { PolicyChanged, PolicyDeleted } from './events.ts';
import type { PolicyDocument } from './policy.ts';

/** A policy's row. Deleted ones stay, so that revisions go on and evidence stays unambiguous. */
export interface PolicyRow {
  readonly name: string;
  readonly revision: number;
  readonly deleted: boolean;
  readonly document: PolicyDocument;
  /** Epoch milliseconds. */
  readonly updated_at: number;
  readonly updated_by: string;
}

const PREFIXES = key('POLICY', '*');

const isPrefix = (name: string) => name.endsWith('*');

/** Policies of prefixes share a partition: the few there are are read together. */
const policyKey = (name: string) =>
  isPrefix(name) ? { pk: PREFIXES, sk: name } : { pk: key('POLICY', name), sk: 'META' };

const tableName = () => requiredEnv('REGISTRY_TABLE');

export function getPolicyRow(name: string): Promise<PolicyRow | undefined> {
  return getItem<PolicyRow>(tableName(), policyKey(name));
}

export async function listPrefixPolicies(): Promise<PolicyRow[]> {
  const rows: PolicyRow[] = [];
  const spec = { table: tableName(), condition: 'pk = :pk', values: { ':pk': PREFIXES } };
  for await (const row of queryAll<PolicyRow>(spec)) rows.push(row);
  return rows;
}

/**
 * The next revision and its event, which names the one that was in force; the first of the writes fails
 * when another one came first.
 */
export function policyWrites(row: PolicyRow, context: OperationContext, inForce?: number): Write[] {
  const { name, revision } = row;
  const table = tableName();
  const changed = { previous_revision: inForce ?? null, policy: { ...row.document } };
  const event = row.deleted
    ? outbox(table, PolicyDeleted, { model: name, revision }, context)
    : outbox(table, PolicyChanged, { model: name, revision, ...changed }, context);
  const previous = row.deleted ? revision : revision - 1;
  const put: Write = {
    table,
    put: { ...policyKey(name), ...row },
    ...(previous === 0
      ? { condition: 'attribute_not_exists(pk)' }
      : { condition: 'revision = :previous', values: { ':previous': previous } }),
  };
  return [put, event];
}
