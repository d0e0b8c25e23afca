import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { OutboxRow } from '../../functions/events/outbox.ts';
import { batchGet } from '../../functions/shared/dynamo/index.ts';

interface Announced {
  readonly id: string;
  readonly type: string;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events that a table's outbox holds, in the order of their ids, less those known already. */
export async function outboxRows(
  table: string,
  known: ReadonlySet<string> = new Set(),
): Promise<OutboxRow[]> {
  const client = new DynamoDBClient({});
  const keys: { pk: string; sk: string }[] = [];
  let start: ScanCommand['input']['ExclusiveStartKey'];
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: '#type = :outbox',
        ProjectionExpression: 'pk',
        ExpressionAttributeNames: { '#type': 'type' },
        ExpressionAttributeValues: { ':outbox': { S: 'outbox' } },
        ExclusiveStartKey: start,
        ConsistentRead: true,
      }),
    );
    for (const { pk } of page.Items ?? []) {
      if (pk?.S && !known.has(pk.S)) keys.push({ pk: pk.S, sk: 'OUTBOX' });
    }
    start = page.LastEvaluatedKey;
  } while (start);
  client.destroy();
  const rows = await batchGet<OutboxRow>(table, keys);
  return rows.sort((a, b) => (a.pk < b.pk ? -1 : 1));
}

export async function announced(table: string): Promise<Announced[]> {
  return (await outboxRows(table)).map((row) => {
    const { metadata, data } = JSON.parse(row.detail);
    return { id: metadata.id, type: row.detailType, text: row.text, data };
  });
}
