import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

let client: DynamoDBClient | undefined;

/** One client per process; made on first use so that importing a store costs nothing. */
export function dynamo(): DynamoDBClient {
  client ??= new DynamoDBClient({});
  return client;
}
