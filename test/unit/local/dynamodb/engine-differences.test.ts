import {
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/aws-server.ts';
import { clientOf, declareTable, openDynamoDb, tableProperties } from './dynamodb-fixture.ts';

const KEY = { pk: { S: 'p' }, sk: { S: 's' } };
const ITEM = { ...KEY, note: { S: 'n' } };

async function aTable() {
  const dynamodb = await openDynamoDb(temporaryFolder());
  onTestFinished(() => dynamodb.stop());
  await declareTable(dynamodb, tableProperties('models'));
  const client = clientOf(dynamodb);
  onTestFinished(() => client.destroy());
  await client.send(new PutItemCommand({ TableName: 'models', Item: ITEM }));
  return { dynamodb, client };
}

/** What README.md says of the engine; one that no longer differs is to be struck out there. */
describe('the engine, other than AWS,', () => {
  /** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html: "no stream record" */
  it('makes a stream record of a write that changes nothing', async () => {
    const { dynamodb, client } = await aTable();
    const before = dynamodb.streams.latest('models');

    await client.send(new PutItemCommand({ TableName: 'models', Item: ITEM }));
    const put = dynamodb.streams.latest('models');
    const same = {
      UpdateExpression: 'SET note = :n',
      ExpressionAttributeValues: { ':n': { S: 'n' } },
    };
    await client.send(new UpdateItemCommand({ TableName: 'models', Key: KEY, ...same }));

    expect(put).toBeGreaterThan(before);
    expect(dynamodb.streams.latest('models')).toBeGreaterThan(put);
  });

  /** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Get.html */
  it('adds the key to what TransactGetItems projects', async () => {
    const { client } = await aTable();
    const get = { TableName: 'models', Key: KEY, ProjectionExpression: 'note' };

    const { Item } = await client.send(new GetItemCommand(get));
    const command = new TransactGetItemsCommand({ TransactItems: [{ Get: get }] });
    const { Responses } = await client.send(command);

    expect(Item).toEqual({ note: { S: 'n' } });
    expect(Responses?.[0]?.Item).toEqual(ITEM);
  });
});
