import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { OutboxRow } from '../../functions/events/outbox.ts';

export interface Announced {
  readonly id: string;
  readonly type: string;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events that a table's outbox holds, in the order of their ids. */
export async function outboxRows(table: string): Promise<OutboxRow[]> {
  const client = new DynamoDBClient({});
  const rows: OutboxRow[] = [];
  let start: ScanCommand['input']['ExclusiveStartKey'];
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: '#type = :outbox',
        ExpressionAttributeNames: { '#type': 'type' },
        ExpressionAttributeValues: { ':outbox': { S: 'outbox' } },
        ExclusiveStartKey: start,
        ConsistentRead: true,
      }),
    );
    for (const item of page.Items ?? []) rows.push(unmarshall(item) as OutboxRow);
    start = page.LastEvaluatedKey;
  } while (start);
  client.destroy();
  return rows.sort((a, b) => (a.pk < b.pk ? -1 : 1));
}

export async function announced(table: string): Promise<Announced[]> {
  return (await outboxRows(table)).map((row) => {
    const { metadata, data } = JSON.parse(row.detail);
    return { id: metadata.id, type: row.detailType, text: row.text, data };
  });
}
