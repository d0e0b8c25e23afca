import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DynamoDb } from '../../../../lib/local/dynamodb/index.ts';
import { awsServer, eventually, temporaryFolder } from '../support/aws-server.ts';
import {
  clientOf,
  declareTable,
  enginesOn,
  openDynamoDb,
  tableProperties,
} from './dynamodb-fixture.ts';

async function aDatabase(folder = temporaryFolder()) {
  const dynamodb = await openDynamoDb(folder);
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= dynamodb.stop());
  onTestFinished(stop);
  return { dynamodb, client: clientOf(dynamodb), folder, stop };
}

const item = (pk: string, more: Record<string, { S: string } | { N: string }> = {}) =>
  new PutItemCommand({ TableName: 'models', Item: { pk: { S: pk }, sk: { S: 'META' }, ...more } });

const get = (pk: string) =>
  new GetItemCommand({ TableName: 'models', Key: { pk: { S: pk }, sk: { S: 'META' } } });

const bodies = (dynamodb: DynamoDb) =>
  dynamodb.streams
    .read('models', 0, 100)
    .map(({ record }) => [record.eventName, (record.dynamodb.Keys as { pk: { S: string } }).pk.S]);

/** The answer to a query, as it comes. */
async function queried(endpoint: string, query: object): Promise<string> {
  const credential = 'local/20260101/us-east-1/dynamodb/aws4_request';
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-date': '20260101T000000Z',
    'x-amz-target': 'DynamoDB_20120810.Query',
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
  };
  const body = JSON.stringify(query);
  return (await fetch(endpoint, { method: 'POST', headers, body })).text();
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html */
describe('createDynamoDb', () => {
  test('makes a table with index, stream and expiry from what CDK emits', async () => {
    const { dynamodb, client } = await aDatabase();

    const attributes = await declareTable(dynamodb, tableProperties('models'));
    await client.send(item('a', { kind: { S: 'x' }, note: { S: 'n' }, other: { S: 'o' } }));
    const found = await client.send(
      new QueryCommand({
        TableName: 'models',
        IndexName: 'byKind',
        KeyConditionExpression: 'kind = :kind',
        ExpressionAttributeValues: { ':kind': { S: 'x' } },
      }),
    );

    expect(attributes.Arn).toBe('arn:aws:dynamodb:us-east-1:000000000000:table/models');
    expect(attributes.StreamArn).toMatch(
      /^arn:aws:dynamodb:us-east-1:000000000000:table\/models\/stream\/\d{4}-\d\d-\d\dT[\d:.]+$/,
    );
    expect(dynamodb.tableOfStream(attributes.StreamArn!)).toBe('models');
    expect(found.Items).toEqual([
      { pk: { S: 'a' }, sk: { S: 'META' }, kind: { S: 'x' }, note: { S: 'n' } },
    ]);
  });

  test('answers on the AWS port as the engine does', async () => {
    const { dynamodb } = await aDatabase();
    await declareTable(dynamodb, tableProperties('models'));
    const { client: settings, origin } = await awsServer([dynamodb]);
    const client = new DynamoDBClient(settings);

    await client.send(item('a', { kind: { S: 'x' } }));
    const { Item } = await client.send(get('a'));
    const query = {
      TableName: 'models',
      IndexName: 'byKind',
      KeyConditionExpression: 'kind = :kind',
      ExpressionAttributeValues: { ':kind': { S: 'x' } },
      ReturnConsumedCapacity: 'INDEXES',
    };
    const [passedOn, own] = await Promise.all(
      [origin, dynamodb.endpoint].map((url) => queried(url, query)),
    );

    expect(Item).toEqual({ pk: { S: 'a' }, sk: { S: 'META' }, kind: { S: 'x' } });
    // What it cost, too, is as the engine says it; the order of members is never the same.
    expect(JSON.parse(passedOn ?? '')).toEqual(JSON.parse(own ?? ''));
    expect(JSON.parse(passedOn ?? '').ConsumedCapacity).toMatchObject({
      CapacityUnits: 0.5,
      GlobalSecondaryIndexes: { byKind: { CapacityUnits: 0.5 } },
    });
    await expect(
      client.send(new GetItemCommand({ TableName: 'none', Key: { pk: { S: 'a' } } })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('keeps items over a restart, adds an index and removes one', async () => {
    const first = await aDatabase();
    const before = await declareTable(first.dynamodb, tableProperties('models'));
    await first.client.send(item('a', { owner: { S: 'ana' } }));
    await first.stop();
    const { dynamodb, client } = await aDatabase(first.folder);
    const properties = tableProperties('models');
    const GlobalSecondaryIndexes = [
      {
        IndexName: 'byOwner',
        KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ];
    const AttributeDefinitions = properties.AttributeDefinitions.map((definition) =>
      definition.AttributeName === 'kind' ? { ...definition, AttributeName: 'owner' } : definition,
    );

    const after = await declareTable(dynamodb, {
      ...properties,
      AttributeDefinitions,
      GlobalSecondaryIndexes,
    });
    const { Count } = await client.send(
      new QueryCommand({
        TableName: 'models',
        IndexName: 'byOwner',
        KeyConditionExpression: '#owner = :owner',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': { S: 'ana' } },
      }),
    );
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'models' }));

    expect(after.StreamArn).toBe(before.StreamArn);
    expect(Count).toBe(1);
    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(['byOwner']);
  });

  test.each([
    ['another key', { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] }, /another key/],
    ['another stream', { StreamSpecification: { StreamViewType: 'KEYS_ONLY' } }, /view type/],
    ['provisioned capacity', { BillingMode: 'PROVISIONED' }, /Table: BillingMode/],
  ])('refuses %s for a table that exists', async (_what, change, message) => {
    const { dynamodb } = await aDatabase();
    await declareTable(dynamodb, tableProperties('models'));

    const again = declareTable(dynamodb, { ...tableProperties('models'), ...change });

    await expect(again).rejects.toThrow(message);
  });

  test('deletes what has expired, and tells the stream', async () => {
    const { dynamodb, client } = await aDatabase();
    await declareTable(dynamodb, tableProperties('models'));
    const now = Math.floor(Date.now() / 1000);
    const sixYears = 6 * 365 * 24 * 3600;
    await client.send(item('expired', { expiresAt: { N: String(now - 10) } }));
    await client.send(item('fraction', { expiresAt: { N: `${now - 9}.5` } }));
    await client.send(item('later', { expiresAt: { N: String(now + 60) } }));
    await client.send(item('a text', { expiresAt: { S: String(now - 10) } }));
    await client.send(item('long ago', { expiresAt: { N: String(now - sixYears) } }));
    await client.send(item('never'));

    await dynamodb.expire();

    const left: string[] = [];
    for (const pk of ['expired', 'fraction', 'later', 'a text', 'long ago', 'never']) {
      if ((await client.send(get(pk))).Item) left.push(pk);
    }
    expect(left).toEqual(['later', 'a text', 'long ago', 'never']);
    expect(bodies(dynamodb).slice(6).sort()).toEqual([
      ['REMOVE', 'expired'],
      ['REMOVE', 'fraction'],
    ]);
  });

  test('starts the engine again on its port when it dies; nothing acknowledged is lost', async () => {
    const { dynamodb, client, folder } = await aDatabase();
    await declareTable(dynamodb, tableProperties('models'));
    await client.send(item('a'));

    const [first] = enginesOn(folder);
    process.kill(first!, 'SIGKILL');
    await eventually(() => enginesOn(folder).some((pid) => pid !== first));
    const { Item } = await client.send(get('a'));

    expect(Item).toBeDefined();
  });

  test('the engine ends with the host, however that ends', async () => {
    const folder = temporaryFolder();
    const child = fork(join(import.meta.dirname, 'host-program.ts'), [folder]);
    await once(child, 'message');
    expect(enginesOn(folder)).toHaveLength(1);

    child.kill('SIGKILL');
    await once(child, 'exit');

    await eventually(() => enginesOn(folder).length === 0);
  });

  test('reads a stream in order, in the form that functions get', async () => {
    const { dynamodb, client } = await aDatabase();
    await declareTable(dynamodb, tableProperties('models'));
    await client.send(item('a', { note: { S: '1' } }));
    await client.send(item('a', { note: { S: '2' } }));

    const [first, second] = dynamodb.streams.read('models', 0, 10);

    expect(first?.record).toMatchObject({
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: { SequenceNumber: '1', StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    expect(second?.record).toMatchObject({
      eventName: 'MODIFY',
      dynamodb: {
        Keys: { pk: { S: 'a' }, sk: { S: 'META' } },
        OldImage: { note: { S: '1' } },
        NewImage: { note: { S: '2' } },
      },
    });
    expect(dynamodb.streams.read('models', 1, 10)).toHaveLength(1);
    expect(first?.record.eventID).not.toBe(second?.record.eventID);
  });

  test('empties every table at a reset; the stream counts on', async () => {
    const { dynamodb, client } = await aDatabase();
    await declareTable(dynamodb, tableProperties('models'));
    for (const pk of ['a', 'b', 'c']) await client.send(item(pk, { kind: { S: 'x' } }));

    dynamodb.reset();
    await client.send(item('d'));

    expect((await client.send(get('a'))).Item).toBeUndefined();
    expect(bodies(dynamodb)).toEqual([
      ['INSERT', 'c'],
      ['INSERT', 'd'],
    ]);
    expect(dynamodb.streams.latest('models')).toBe(4);
  });
});
