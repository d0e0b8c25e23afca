import { randomUUID } from 'node:crypto';
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

/** Address of another implementation of the DynamoDB API, to hear a second opinion of the tests. */
const OTHER_ENGINE = process.env.TEST_DYNAMODB_ENDPOINT;

/**
 * The real engine with the declared tables, empty. Points this process's SDK at it and sets
 * `TRACKING_TABLE` and its siblings; one per test file, in `beforeAll`.
 */
export async function startDynamo(
  tables: readonly TableDeclaration[] = Object.values(allTables),
): Promise<TestDynamo> {
  const engine = OTHER_ENGINE ? otherEngine(OTHER_ENGINE) : await ownEngine();
  Object.assign(process.env, {
    AWS_REGION: engine.region,
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
    stop: engine.stop,
  };
}

interface Engine extends TestDynamo {
  /** DynamoDB Local keeps the tables of each region apart. */
  readonly region: string;
}

async function ownEngine(): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-dynamo-'));
  const engine = await startEngine(join(folder, 'dynamodb.db'), () => {});
  return {
    endpoint: engine.endpoint,
    region: 'us-east-1',
    stop: async () => {
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const otherEngine = (endpoint: string): Engine => ({
  endpoint,
  region: `test-${randomUUID().slice(0, 8)}`,
  stop: async () => {},
});

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
