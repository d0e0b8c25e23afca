import { chunksOf } from '../chunks.ts';
import { dynamo } from './client.ts';
import { type Attributes, fromItem, type Key, toItem } from './item.ts';

/** One item by its key, strongly consistent unless told otherwise. */
export async function getItem<T>(
  table: string,
  key: Key,
  options: { consistent?: boolean } = {},
): Promise<T | undefined> {
  const output = await dynamo().send('GetItem', {
    TableName: table,
    Key: toItem(key),
    ConsistentRead: options.consistent ?? true,
  });
  return output.Item ? fromItem<T>(output.Item) : undefined;
}

/**
 * Items by their keys (any number, in no particular order), strongly consistent unless told otherwise;
 * of each the `attributes` named, by default all.
 */
export async function batchGet<T>(
  table: string,
  keys: readonly Key[],
  { consistent = true, attributes }: { consistent?: boolean; attributes?: readonly string[] } = {},
): Promise<T[]> {
  const found: T[] = [];
  const projection = attributes && {
    ProjectionExpression: attributes.map((_, i) => `#${i}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name, i) => [`#${i}`, name])),
  };
  for (const some of chunksOf(keys, 100)) {
    const Keys = some.map((key) => toItem(key));
    const items = await answered({ [table]: { Keys, ConsistentRead: consistent, ...projection } });
    for (const item of items.get(table) ?? []) found.push(fromItem<T>(item));
  }
  return found;
}

interface Place {
  readonly table: string;
  readonly key: Key;
}

/**
 * An item of each of two tables, strongly consistent: one call, for the units of the two that it stands
 * for.
 */
export async function getPair<A, B>(
  one: Place,
  other: Place,
): Promise<[A | undefined, B | undefined]> {
  const ask = ({ key }: Place) => ({ Keys: [toItem(key)], ConsistentRead: true });
  const items = await answered({ [one.table]: ask(one), [other.table]: ask(other) });
  const [first] = items.get(one.table) ?? [];
  const [second] = items.get(other.table) ?? [];
  return [first && fromItem<A>(first), second && fromItem<B>(second)];
}

/** What is asked of a table. */
interface Wanted {
  readonly Keys: readonly Attributes[];
  readonly ConsistentRead: boolean;
}

/** Items by their tables; asks until every key was dealt with. */
async function answered(
  request: Readonly<Record<string, Wanted>>,
): Promise<ReadonlyMap<string, readonly Attributes[]>> {
  const found = new Map<string, Attributes[]>(Object.keys(request).map((table) => [table, []]));
  let left = Object.entries(request);
  for (let attempt = 1; left.length > 0; attempt++) {
    const { Responses = {}, UnprocessedKeys = {} } = await dynamo().send('BatchGetItem', {
      RequestItems: Object.fromEntries(left),
    });
    let count = 0;
    for (const [table, items] of Object.entries(Responses)) {
      for (const item of items) found.get(table)?.push(item);
      count += items.length;
    }
    left = left.flatMap(([table, wanted]) => {
      const { Keys = [] } = UnprocessedKeys[table] ?? {};
      return Keys.length > 0 ? [[table, { ...wanted, Keys }]] : [];
    });
    // An answer is full at 16 MB; one without any item was throttled.
    if (left.length > 0 && count === 0) await pauseAfter(attempt);
  }
  return found;
}

/** Waits longer after each attempt, at most about a second. */
const pauseAfter = (attempt: number) =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(1000, 20 * 2 ** attempt)));

export interface QuerySpec {
  readonly table: string;
  readonly index?: string;
  /** Key condition with `:name` values and `#name` names. */
  readonly condition: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly names?: Readonly<Record<string, string>>;
  readonly filter?: string;
  readonly descending?: boolean;
  readonly limit?: number;
  /** Ignored on an index, which is never strongly consistent. */
  readonly consistent?: boolean;
  readonly startKey?: Readonly<Record<string, unknown>>;
}

export interface QueryPage<T> {
  readonly items: T[];
  /** Where the next page starts; absent on the last. */
  readonly nextKey?: Record<string, unknown>;
}

export async function queryPage<T>(spec: QuerySpec): Promise<QueryPage<T>> {
  const input = {
    TableName: spec.table,
    KeyConditionExpression: spec.condition,
    ExpressionAttributeValues: toItem(spec.values),
    ScanIndexForward: !spec.descending,
    ConsistentRead: spec.index ? false : (spec.consistent ?? true),
    ...(spec.index && { IndexName: spec.index }),
    ...(spec.names && { ExpressionAttributeNames: spec.names }),
    ...(spec.filter && { FilterExpression: spec.filter }),
    ...(spec.limit !== undefined && { Limit: spec.limit }),
    ...(spec.startKey && { ExclusiveStartKey: toItem(spec.startKey) }),
  };
  const output = await dynamo().send('Query', input);
  const items = (output.Items ?? []).map((item) => fromItem<T>(item));
  return output.LastEvaluatedKey
    ? { items, nextKey: fromItem(output.LastEvaluatedKey) }
    : { items };
}

/** The items of a query, a page of the database at a time: what is made of a page can be read together. */
export async function* queryPages<T>(spec: QuerySpec): AsyncGenerator<T[]> {
  let startKey = spec.startKey;
  do {
    const page: QueryPage<T> = await queryPage<T>(startKey ? { ...spec, startKey } : spec);
    yield page.items;
    startKey = page.nextKey;
  } while (startKey);
}

/** Every item of a query, page after page. */
export async function* queryAll<T>(spec: QuerySpec): AsyncGenerator<T> {
  for await (const items of queryPages<T>(spec)) yield* items;
}
