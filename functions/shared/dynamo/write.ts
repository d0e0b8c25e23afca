import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { dynamo } from './client.ts';
import { fromItem, type Key, toItem } from './item.ts';

interface Expression {
  readonly condition?: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** One write, alone or in a transaction. */
export type Write =
  | ({ readonly put: object; readonly table: string } & Expression)
  | ({ readonly update: string; readonly key: Key; readonly table: string } & Expression)
  | ({ readonly delete: Key; readonly table: string } & Expression)
  | ({ readonly check: Key; readonly table: string; readonly condition: string } & Expression);

/** The condition of write number `index` did not hold; `item` is what was there instead. */
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

/** A concurrent transaction touched the same item often enough to exhaust the retries. */
const MAX_CONFLICT_RETRIES = 8;

/** Applies all writes or none (at most 100). Throws `ConditionFailed` for the first refused write. */
export async function transactWrite(writes: readonly Write[]): Promise<void> {
  const [only] = writes;
  if (!only) return;
  if (writes.length === 1 && !('check' in only)) return writeOne(only);
  const items = writes.map(toTransactItem);
  for (let attempt = 0; ; attempt++) {
    try {
      await dynamo().send(new TransactWriteItemsCommand({ TransactItems: items }));
      return;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = error.CancellationReasons ?? [];
      const failed = reasons.findIndex((reason) => reason.Code === 'ConditionalCheckFailed');
      if (failed >= 0) {
        const item = reasons[failed]?.Item;
        throw new ConditionFailed(failed, item && fromItem(item));
      }
      const contended = reasons.some((reason) => reason.Code === 'TransactionConflict');
      if (!contended || attempt >= MAX_CONFLICT_RETRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
    }
  }
}

/** A single write outside a transaction: half the price. Throws `ConditionFailed`. */
export async function writeOne(write: Write): Promise<void> {
  const item = toTransactItem(write);
  try {
    if (item.Put) await dynamo().send(new PutItemCommand(item.Put));
    else if (item.Update) await dynamo().send(new UpdateItemCommand(item.Update));
    else if (item.Delete) await dynamo().send(new DeleteItemCommand(item.Delete));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new ConditionFailed(0, error.Item && fromItem(error.Item));
  }
}

function toTransactItem(write: Write) {
  const common = {
    TableName: write.table,
    ...(write.names && { ExpressionAttributeNames: { ...write.names } }),
    ...(write.values && { ExpressionAttributeValues: toItem(write.values) }),
    ...(write.condition && {
      ConditionExpression: write.condition,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    }),
  };
  if ('put' in write) return { Put: { ...common, Item: toItem(write.put) } };
  if ('delete' in write) return { Delete: { ...common, Key: toItem(write.delete) } };
  if ('check' in write) {
    const check = { ...common, Key: toItem(write.check), ConditionExpression: write.condition };
    return { ConditionCheck: check } as TransactWriteItem;
  }
  return { Update: { ...common, Key: toItem(write.key), UpdateExpression: write.update } };
}
