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
  for (let start = 0; start < keys.length; start += 100) {
    let wanted: readonly Attributes[] = keys.slice(start, start + 100).map((key) => toItem(key));
    for (let attempt = 1; wanted.length > 0; attempt++) {
      const output = await dynamo().send('BatchGetItem', {
        RequestItems: { [table]: { Keys: wanted, ConsistentRead: consistent, ...projection } },
      });
      const items = output.Responses?.[table] ?? [];
      for (const item of items) found.push(fromItem<T>(item));
      wanted = output.UnprocessedKeys?.[table]?.Keys ?? [];
      // An answer is full at 16 MB; one without any item was throttled.
      if (wanted.length > 0 && items.length === 0) await pauseAfter(attempt);
    }
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

/** Every item of a query, page after page. */
export async function* queryAll<T>(spec: QuerySpec): AsyncGenerator<T> {
  let startKey = spec.startKey;
  do {
    const page: QueryPage<T> = await queryPage<T>(startKey ? { ...spec, startKey } : spec);
    yield* page.items;
    startKey = page.nextKey;
  } while (startKey);
}
