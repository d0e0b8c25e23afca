import { chunksOf } from '../chunks.ts';
import { DynamoError, dynamo } from './client.ts';
import { fromItem, type Key, toItem } from './item.ts';
import { withTooLarge } from './too-large.ts';

interface Expression {
  readonly condition?: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
  /** `ConditionFailed` need not name what is there: to hold that ready costs an engine a copy of the item. */
  readonly withoutItem?: true;
}

/** One write, alone or in a transaction. */
export type Write =
  | ({ readonly put: object; readonly table: string } & Expression)
  | ({ readonly update: string; readonly key: Key; readonly table: string } & Expression)
  | ({ readonly delete: Key; readonly table: string } & Expression)
  | ({ readonly check: Key; readonly table: string; readonly condition: string } & Expression);

/** The condition of write number `index` did not hold; `item` is what was there instead, if it was wanted. */
export class ConditionFailed extends Error {
  override readonly name = 'ConditionFailed';
  readonly index: number;
  readonly item: Record<string, unknown> | undefined;

  constructor(index: number, item: Record<string, unknown> | undefined) {
    super(`Condition of write ${index} failed`);
    this.index = index;
    this.item = item;
  }
}

/** Times that a transaction is tried again while others touch its items, or too much is asked for at once. */
const MAX_BUSY_RETRIES = 8;

/** Applies all writes or none (at most 100). Throws `ConditionFailed` for the first refused write. */
export async function transactWrite(writes: readonly Write[]): Promise<void> {
  const [only] = writes;
  if (!only) return;
  if (writes.length === 1 && !('check' in only)) return writeOne(only);
  const TransactItems = writes.map((write) => {
    const [operation, input] = toRequest(write);
    return { [NAMES[operation]]: input };
  });
  for (let attempt = 0; ; attempt++) {
    try {
      await dynamo().send('TransactWriteItems', { TransactItems });
      return;
    } catch (error) {
      if (!(error instanceof DynamoError) || error.code !== 'TransactionCanceledException') {
        throw withTooLarge(error);
      }
      const { reasons } = error;
      const failed = reasons.findIndex((reason) => reason.Code === 'ConditionalCheckFailed');
      if (failed >= 0) {
        const item = reasons[failed]?.Item;
        throw new ConditionFailed(failed, item && fromItem(item));
      }
      if (!error.passing || attempt >= MAX_BUSY_RETRIES) throw withTooLarge(error);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
    }
  }
}

/** A single write outside a transaction: half the price. Throws `ConditionFailed`. */
export async function writeOne(write: Write): Promise<void> {
  await send(write, {});
}

/** Whether a write, or all of a transaction, was done: `false` when a condition refused it. */
export async function conditionHeld(write: Promise<void>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/** Items of a batch, and batches that are on their way at once. */
const BATCH_ITEMS = 25;
const BATCHES = 8;

/** Puts any number of items with keys of their own, in no order and not as one. */
export async function putMany(table: string, items: readonly object[]): Promise<void> {
  const batches = Array.from(chunksOf(items, BATCH_ITEMS), (some) =>
    some.map((item) => ({ PutRequest: { Item: toItem(item) } })),
  );
  await Promise.all(
    Array.from({ length: BATCHES }, async () => {
      for (let batch = batches.pop(); batch; batch = batches.pop()) await putBatch(table, batch);
    }),
  );
}

/** What a busy table has not taken is offered again. */
async function putBatch(table: string, batch: readonly object[]): Promise<void> {
  let left = batch;
  for (let attempt = 0; left.length > 0; attempt++) {
    if (attempt > 0)
      await new Promise((resolve) => setTimeout(resolve, 25 * 2 ** Math.min(attempt, 8)));
    const RequestItems = { [table]: left };
    const { UnprocessedItems = {} } = await dynamo().send('BatchWriteItem', { RequestItems });
    left = UnprocessedItems[table] ?? [];
  }
}

/** An update that answers with the attributes that it changed, or with all of the item. */
export async function updateItem<T>(
  write: Extract<Write, { readonly update: string }>,
  returns: 'ALL_NEW' | 'UPDATED_NEW',
): Promise<T> {
  const { Attributes = {} } = await send(write, { ReturnValues: returns });
  return fromItem<T>(Attributes);
}

async function send(write: Write, more: object) {
  const [operation, input] = toRequest(write);
  if (operation === 'ConditionCheck') throw new Error('A check is no write of its own');
  try {
    return await dynamo().send(operation, { ...input, ...more });
  } catch (error) {
    if (!(error instanceof DynamoError) || error.code !== 'ConditionalCheckFailedException') {
      throw withTooLarge(error);
    }
    throw new ConditionFailed(0, error.item && fromItem(error.item));
  }
}

/** What operations are called inside a transaction. */
const NAMES = {
  PutItem: 'Put',
  UpdateItem: 'Update',
  DeleteItem: 'Delete',
  ConditionCheck: 'ConditionCheck',
} as const;

/** DynamoDB refuses a map without members where there may be none. */
const isFilled = <T extends object>(map: T | undefined): map is T =>
  map !== undefined && Object.keys(map).length > 0;

function toRequest(write: Write): [keyof typeof NAMES, object] {
  const common = {
    TableName: write.table,
    ...(isFilled(write.names) && { ExpressionAttributeNames: write.names }),
    ...(isFilled(write.values) && { ExpressionAttributeValues: toItem(write.values) }),
    ...(write.condition && {
      ConditionExpression: write.condition,
      ...(!write.withoutItem && { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    }),
  };
  if ('put' in write) return ['PutItem', { ...common, Item: toItem(write.put) }];
  if ('delete' in write) return ['DeleteItem', { ...common, Key: toItem(write.delete) }];
  if ('check' in write) return ['ConditionCheck', { ...common, Key: toItem(write.check) }];
  const update = { Key: toItem(write.key), UpdateExpression: write.update };
  return ['UpdateItem', { ...common, ...update }];
}
