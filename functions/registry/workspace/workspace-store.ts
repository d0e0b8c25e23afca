import { chunksOf } from '../../shared/chunks.ts';
import { getItem, key, queryAll, transactWrite, type Write } from '../../shared/dynamo/index.ts';
import { registryTableName } from '../models/model-store.ts';
import { digits } from '../versions/version-store.ts';
import type { Activity, Comment, TransitionRequest } from './activity.ts';
import { commentPointer } from './comment-pointer.ts';

const partition = (model: string) => key('MODEL', model);
const requestKey = (model: string, version: number, { to_stage, user_id }: TransitionRequest) => ({
  pk: partition(model),
  sk: key('REQUEST', digits(version), to_stage, user_id),
});
const commentKey = (model: string, version: number, id: string) => ({
  pk: partition(model),
  sk: key('COMMENT', digits(version), id),
});
const activityKey = (model: string, version: number, id: string) => ({
  pk: partition(model),
  sk: key('ACTIVITY', digits(version), id),
});
async function list<T>(model: string, prefix: string, descending = false): Promise<T[]> {
  const found: T[] = [];
  for await (const row of queryAll<T & Record<string, unknown>>({
    table: registryTableName(),
    condition: 'pk = :pk AND begins_with(sk, :prefix)',
    values: { ':pk': partition(model), ':prefix': prefix },
    descending,
  })) {
    const { pk: _pk, sk: _sk, ...shown } = row;
    found.push(shown as T);
  }
  return found;
}

/** Open requests of a version. */
export function listRequests(model: string, version: number): Promise<TransitionRequest[]> {
  return list<TransitionRequest>(model, key('REQUEST', digits(version), ''));
}

/** What was done with a version, the newest first. */
export function listActivities(model: string, version: number): Promise<Activity[]> {
  return list<Activity>(model, key('ACTIVITY', digits(version), ''), true);
}

/** Writes of one transaction at most. */
const MAX_WRITES = 100;

/**
 * Takes away what was asked for, said and done about a version that is gone: its number comes back when
 * a model of the same name is made anew.
 */
export async function clearPage(model: string, version: number): Promise<void> {
  const [requests, comments, activities] = await Promise.all([
    listRequests(model, version),
    list<Comment>(model, key('COMMENT', digits(version), '')),
    listActivities(model, version),
  ]);
  const table = registryTableName();
  const keys = [
    ...requests.map((request) => requestKey(model, version, request)),
    ...comments.flatMap(({ id }) => [commentKey(model, version, id), commentPointer(id)]),
    ...activities.map(({ id }) => activityKey(model, version, id)),
  ];
  for (const some of chunksOf(keys, MAX_WRITES)) {
    await transactWrite(some.map((one) => ({ table, delete: one })));
  }
}

export const activityPut = (model: string, version: number, activity: Activity): Write => ({
  table: registryTableName(),
  put: { ...activity, ...activityKey(model, version, activity.id) },
});

/** Fails when the same person has asked for the same stage already. */
export const requestPut = (model: string, version: number, request: TransitionRequest): Write => ({
  table: registryTableName(),
  put: { ...request, ...requestKey(model, version, request) },
  condition: 'attribute_not_exists(pk)',
});

/** Fails when somebody else has answered the request meanwhile. */
export const requestDelete = (
  model: string,
  version: number,
  request: TransitionRequest,
): Write => ({
  table: registryTableName(),
  delete: requestKey(model, version, request),
  condition: 'attribute_exists(pk)',
});

export interface FoundComment {
  readonly name: string;
  readonly version: number;
  readonly comment: Comment;
}

export async function findComment(id: string): Promise<FoundComment | undefined> {
  const table = registryTableName();
  const where = await getItem<{ name: string; version: number }>(table, commentPointer(id));
  if (!where) return undefined;
  const { name, version } = where;
  const row = await getItem<Comment & Record<string, unknown>>(
    table,
    commentKey(name, version, id),
  );
  if (!row) return undefined;
  const { pk: _pk, sk: _sk, ...comment } = row;
  return { name, version, comment };
}

export function commentPuts(name: string, version: number, comment: Comment): Write[] {
  const table = registryTableName();
  return [
    { table, put: { ...comment, ...commentKey(name, version, comment.id) } },
    { table, put: { ...commentPointer(comment.id), name, version } },
  ];
}

export function commentDeletes({ name, version, comment }: FoundComment): Write[] {
  const table = registryTableName();
  return [
    {
      table,
      delete: commentKey(name, version, comment.id),
      condition: 'attribute_exists(pk)',
    },
    { table, delete: commentPointer(comment.id) },
  ];
}
