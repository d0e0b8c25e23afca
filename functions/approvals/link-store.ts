import { getItem, key, type Write, writeOne } from '../shared/dynamo/index.ts';
import { requiredEnv } from '../shared/env.ts';
import type { Link } from './link.ts';

const tableName = () => requiredEnv('REGISTRY_TABLE');
const linkKey = (approval: string, id: string) => ({
  pk: key('APPROVAL', approval),
  sk: key('LINK', id),
});

export const insertLink = (link: Link): Promise<void> =>
  writeOne({
    table: tableName(),
    put: { ...linkKey(link.approval_id, link.id), ...link },
    condition: 'attribute_not_exists(pk)',
  });

export const findLink = (approval: string, id: string): Promise<Link | undefined> =>
  getItem<Link>(tableName(), linkKey(approval, id));

/** Uses a link up; the transaction fails when it was used before. */
export const linkUse = (link: Link, at: string): Write => ({
  table: tableName(),
  key: linkKey(link.approval_id, link.id),
  update: 'SET used_at = :at',
  condition: 'attribute_exists(pk) AND attribute_not_exists(used_at)',
  values: { ':at': at },
});
