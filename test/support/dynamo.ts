import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  type GlobalSecondaryIndex,
  ScalarAttributeType,
} from '@aws-sdk/client-dynamodb';
import type { TableDeclaration } from '../../functions/shared/declare.ts';
import { allTables } from '../../lib/domains.ts';
import { startEngine } from '../../lib/local/dynamodb/engine.ts';

export interface TestDynamo {
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
}

/**
 * The real engine with the declared tables, empty. Points this process's SDK at it and sets
 * `TRACKING_TABLE` and its siblings; one per test file, in `beforeAll`.
 */
export async function startDynamo(
  tables: readonly TableDeclaration[] = Object.values(allTables),
): Promise<TestDynamo> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-dynamo-'));
  const engine = await startEngine(join(folder, 'dynamodb.db'), () => {});
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
  });
  const client = new DynamoDBClient({});
  for (const table of tables) {
    process.env[`${table.name.toUpperCase()}_TABLE`] = table.name;
    await client.send(createTable(table));
  }
  client.destroy();
  return {
    endpoint: engine.endpoint,
    stop: async () => {
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function createTable(table: TableDeclaration): CreateTableCommand {
  const numbers = new Set(Object.values(table.indexes).flatMap((index) => index.numbers ?? []));
  const names = new Set(['pk', 'sk']);
  const indexes = Object.entries(table.indexes).map(([IndexName, index]): GlobalSecondaryIndex => {
    const keys = [index.partitionKey, ...(index.sortKey ? [index.sortKey] : [])];
    for (const name of keys) names.add(name);
    const { projection } = index;
    return {
      IndexName,
      KeySchema: keySchema(keys),
      Projection:
        typeof projection === 'string'
          ? { ProjectionType: projection }
          : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...projection] },
    };
  });
  return new CreateTableCommand({
    TableName: table.name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keySchema(['pk', 'sk']),
    AttributeDefinitions: [...names].map((AttributeName) => ({
      AttributeName,
      AttributeType: numbers.has(AttributeName) ? ScalarAttributeType.N : ScalarAttributeType.S,
    })),
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
  });
}

const keySchema = (names: readonly string[]) =>
  names.map((AttributeName, i) => ({
    AttributeName,
    KeyType: i === 0 ? ('HASH' as const) : ('RANGE' as const),
  }));
