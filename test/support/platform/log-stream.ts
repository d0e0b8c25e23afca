import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';

/** The table's stream as far as it is about requests and labels. */
export class LogStream {
  private readonly client: DynamoDBClient;
  private readonly seen = new Set<string>();

  constructor(client: DynamoDBClient) {
    this.client = client;
  }

  /** Records of rows that were not seen before, in no particular order. */
  async next(): Promise<object[]> {
    const records: object[] = [];
    const pages = paginateScan(
      { client: this.client },
      {
        TableName: 'platform',
        FilterExpression: '#type IN (:log, :label, :count)',
        ExpressionAttributeNames: { '#type': 'type' },
        ExpressionAttributeValues: {
          ':log': { S: 'log' },
          ':label': { S: 'label' },
          ':count': { S: 'count' },
        },
      },
    );
    for await (const { Items = [] } of pages) {
      for (const { payload: _, ...row } of Items) {
        if (this.isNew(row)) records.push({ eventName: 'INSERT', dynamodb: { NewImage: row } });
      }
    }
    return records;
  }

  private isNew({ pk, sk, label, time }: Record<string, AttributeValue>): boolean {
    const id = JSON.stringify([pk, sk, label, time]);
    const isNew = !this.seen.has(id);
    this.seen.add(id);
    return isNew;
  }
}
