import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { LogRow } from '../../functions/serving/index.ts';

/** Every row of an endpoint's inference log, the oldest first. */
export async function loggedRequests(endpoint: string): Promise<LogRow[]> {
  const client = new DynamoDBClient({});
  const page = await client.send(
    new ScanCommand({
      TableName: 'platform',
      FilterExpression: '#type = :log AND endpoint = :endpoint',
      ExpressionAttributeNames: { '#type': 'type' },
      ExpressionAttributeValues: { ':log': { S: 'log' }, ':endpoint': { S: endpoint } },
      ConsistentRead: true,
    }),
  );
  client.destroy();
  const rows = (page.Items ?? []).map((item) => unmarshall(item) as LogRow);
  return rows.sort((a, b) => a.timestampMs - b.timestampMs);
}
