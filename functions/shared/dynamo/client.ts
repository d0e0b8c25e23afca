import { type ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { meter } from '../metering.ts';

let client: DynamoDBClient | undefined;

/** One client per process; made on first use so that importing a store costs nothing. */
export function dynamo(): DynamoDBClient {
  client ??= meteredClient();
  return client;
}

const READS = new Set([
  'GetItemCommand',
  'BatchGetItemCommand',
  'QueryCommand',
  'TransactGetItemsCommand',
]);

/** Every call asks for its consumed capacity and adds it to the invocation's account. */
function meteredClient(): DynamoDBClient {
  const made = new DynamoDBClient({});
  made.middlewareStack.add(
    (next, context) => async (args) => {
      const input = { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as typeof args.input;
      const result = await next({ ...args, input });
      const { ConsumedCapacity: capacity } = result.output as {
        ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
      };
      const units = [capacity ?? []].flat().reduce((sum, one) => sum + (one.CapacityUnits ?? 0), 0);
      meter(READS.has(context.commandName ?? '') ? 'read' : 'write', units);
      return result;
    },
    { step: 'initialize', name: 'consumedCapacity' },
  );
  return made;
}
