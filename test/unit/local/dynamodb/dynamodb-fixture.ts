import { execFileSync } from 'node:child_process';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDb, type DynamoDb } from '../../../../lib/local/dynamodb/index.ts';
import { resourceContext } from '../support/aws-server.ts';

export const openDynamoDb = (dataDir: string): Promise<DynamoDb> =>
  createDynamoDb({
    dataDir,
    onCrash: (error) => {
      throw error;
    },
  });

export const clientOf = ({ endpoint }: Pick<DynamoDb, 'endpoint'>): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

/** What CDK's `TableV2` emits for a table with a stream, an expiry and an index. */
export const tableProperties = (name: string) => ({
  TableName: name,
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'kind', AttributeType: 'S' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byKind',
      KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
    },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  Replicas: [{ Region: 'us-east-1', DeletionProtectionEnabled: true }],
  SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
});

/** Declares a table as the template would; its attributes. */
export async function declareTable(
  dynamodb: DynamoDb,
  properties: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, string>>> {
  const provider = dynamodb.providers.find(({ type }) => type === 'AWS::DynamoDB::GlobalTable')!;
  const created = await provider.create('Table', properties, resourceContext);
  return created.attributes;
}

/** Process ids of the engines that work on a folder. */
export function enginesOn(folder: string): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines
    .map((line) => /^\s*(\d+) (\S+) (.*)$/.exec(line))
    .filter((match) => match?.[2]?.endsWith('/dynoxide') && match[3]?.includes(folder))
    .map((match) => Number(match?.[1]));
}
