import {
  type AttributeValue,
  CreateTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { fresh, type KnownAnswer, refusal } from '../case.ts';

const GUIDE = 'amazondynamodb/latest/developerguide';

async function aTable(dynamodb: DynamoDBClient): Promise<string> {
  const TableName = fresh('table');
  const definition = (name: string) => ({ AttributeName: name, AttributeType: 'S' as const });
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [definition('pk'), definition('sk'), definition('kind')],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byKind',
          KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
  return TableName;
}

type Item = Record<string, AttributeValue>;
const item = (sk: string, more: Item = {}): Item => ({ pk: { S: 'a' }, sk: { S: sk }, ...more });
const KEY = item('1');

interface Table {
  readonly db: DynamoDBClient;
  readonly TableName: string;
  /** Write units of a put. */
  readonly put: (value: Item, more?: object) => Promise<number | undefined>;
}

const dynamoCase = (
  name: string,
  page: string,
  expected: unknown,
  run: (table: Table) => Promise<unknown>,
): KnownAnswer => ({
  service: 'dynamodb',
  name,
  page: `${GUIDE}/${page}.html`,
  expected,
  run: async ({ dynamodb: db }) => {
    const TableName = await aTable(db);
    const put = async (Item: Item, more: object = {}) => {
      const request = { TableName, Item, ReturnConsumedCapacity: 'TOTAL' as const, ...more };
      return (await db.send(new PutItemCommand(request))).ConsumedCapacity?.CapacityUnits;
    };
    return run({ db, TableName, put });
  },
});

const text = (length: number): AttributeValue => ({ S: 'x'.repeat(length) });

export const dynamoCases: readonly KnownAnswer[] = [
  dynamoCase('a write unit per KB begun', 'on-demand-capacity-mode', [1, 2], async ({ put }) => [
    await put(item('1', { note: text(900) })),
    await put(item('2', { note: text(1100) })),
  ]),
  dynamoCase(
    'a smaller item costs what it replaces',
    'on-demand-capacity-mode',
    [3, 3],
    async ({ put }) => [await put(item('1', { note: text(2500) })), await put(item('1'))],
  ),
  dynamoCase('an index costs a write of its own', 'GSI', 2, ({ put }) =>
    put(item('1', { kind: { S: 'k' } })),
  ),
  dynamoCase(
    'half a read unit for 4 KB when it may be old',
    'on-demand-capacity-mode',
    [0.5, 1, 2],
    async ({ db, TableName, put }) => {
      await put(item('1', { note: text(100) }));
      await put(item('2', { note: text(5000) }));
      const read = async (Key: Item, ConsistentRead: boolean) => {
        const request = {
          TableName,
          Key,
          ConsistentRead,
          ReturnConsumedCapacity: 'TOTAL' as const,
        };
        return (await db.send(new GetItemCommand(request))).ConsumedCapacity?.CapacityUnits;
      };
      return [await read(KEY, false), await read(KEY, true), await read(item('2'), true)];
    },
  ),
  dynamoCase(
    'a query rounds up the sum of what it read',
    'on-demand-capacity-mode',
    1,
    async ({ db, TableName, put }) => {
      for (let i = 0; i < 4; i++) await put(item(String(i), { note: text(900) }));
      const { ConsumedCapacity } = await db.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: 'a' } },
          ConsistentRead: true,
          ReturnConsumedCapacity: 'TOTAL',
        }),
      );
      return ConsumedCapacity?.CapacityUnits;
    },
  ),
  dynamoCase(
    'a condition that does not hold',
    'Expressions.ConditionExpressions',
    'ConditionalCheckFailedException',
    async ({ put }) => {
      await put(KEY);
      return refusal(put(KEY, { ConditionExpression: 'attribute_not_exists(pk)' }));
    },
  ),
  dynamoCase('an item above 400 KB', 'Constraints', 'ValidationException', ({ put }) =>
    refusal(put(item('1', { note: text(400 * 1024) }))),
  ),
  dynamoCase('an empty key', 'Constraints', 'ValidationException', ({ put }) =>
    refusal(put(item(''))),
  ),
  dynamoCase(
    'a reserved word without a placeholder',
    'ReservedWords',
    'ValidationException',
    async ({ db, TableName }) => {
      const update = { TableName, Key: KEY, UpdateExpression: 'SET status = :a' };
      const ExpressionAttributeValues = { ':a': { S: 'x' } };
      return refusal(db.send(new UpdateItemCommand({ ...update, ExpressionAttributeValues })));
    },
  ),
  dynamoCase(
    'a value that no expression uses',
    'Expressions.ExpressionAttributeValues',
    'ValidationException',
    async ({ put }) => refusal(put(KEY, { ExpressionAttributeValues: { ':a': { S: 'x' } } })),
  ),
  dynamoCase(
    'a transaction is applied whole or not at all',
    'transaction-apis',
    [['ConditionalCheckFailed', 'None'], undefined],
    async ({ db, TableName, put }) => {
      await put(KEY);
      let reasons: (string | undefined)[] | undefined;
      try {
        await db.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: { TableName, Item: KEY, ConditionExpression: 'attribute_not_exists(pk)' } },
              { Put: { TableName, Item: item('2') } },
            ],
          }),
        );
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        reasons = error.CancellationReasons?.map(({ Code }) => Code);
      }
      const { Item } = await db.send(
        new GetItemCommand({ TableName, Key: item('2'), ConsistentRead: true }),
      );
      return [reasons, Item];
    },
  ),
  dynamoCase(
    'a transaction that names an item twice',
    'transaction-apis',
    'ValidationException',
    async ({ db, TableName }) => {
      const Put = { TableName, Item: KEY };
      const request = new TransactWriteItemsCommand({ TransactItems: [{ Put }, { Put }] });
      return refusal(db.send(request));
    },
  ),
  dynamoCase(
    'a token makes a repeated transaction one',
    'transaction-apis',
    '1',
    async ({ db, TableName }) => {
      const Update = {
        TableName,
        Key: KEY,
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      };
      const ClientRequestToken = fresh('token');
      const request = { TransactItems: [{ Update }], ClientRequestToken };
      await db.send(new TransactWriteItemsCommand(request));
      await db.send(new TransactWriteItemsCommand(request));
      const { Item } = await db.send(
        new GetItemCommand({ TableName, Key: KEY, ConsistentRead: true }),
      );
      return Item?.n?.N;
    },
  ),
  dynamoCase(
    'sort keys in the order of their bytes, backwards on request',
    'Query',
    [
      ['1', '10', '2', 'a', 'é'],
      ['é', 'a', '2', '10', '1'],
    ],
    async ({ db, TableName, put }) => {
      for (const sk of ['a', '10', 'é', '2', '1']) await put(item(sk));
      const query = async (ScanIndexForward: boolean) => {
        const request = new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: 'a' } },
          ScanIndexForward,
        });
        return (await db.send(request)).Items?.map(({ sk }) => sk?.S);
      };
      return [await query(true), await query(false)];
    },
  ),
  dynamoCase(
    'a number keeps 38 digits',
    'HowItWorks.NamingRulesDataTypes',
    '1'.repeat(38),
    async ({ db, TableName, put }) => {
      await put(item('1', { n: { N: '1'.repeat(38) } }));
      return (await db.send(new GetItemCommand({ TableName, Key: KEY }))).Item?.n?.N;
    },
  ),
];
