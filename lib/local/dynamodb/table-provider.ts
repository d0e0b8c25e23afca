import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import type { ResourceProvider } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { UnsupportedError } from '../shared/properties.ts';

export interface TableSettings {
  readonly name: string;
  readonly streamArn?: string;
  readonly ttlAttribute?: string;
}

/** `TableV2` of CDK. Creating again is a look-up; a new index is added, another key is refused. */
export function tableProvider(
  client: () => DynamoDBClient,
  register: (table: TableSettings) => void,
): ResourceProvider {
  return {
    type: 'AWS::DynamoDB::GlobalTable',
    properties: {
      TableName: true,
      AttributeDefinitions: true,
      KeySchema: true,
      BillingMode: true,
      GlobalSecondaryIndexes: { IndexName: true, KeySchema: true, Projection: true },
      StreamSpecification: true,
      TimeToLiveSpecification: true,
      Replicas: 'ignored',
      SSESpecification: 'ignored',
    },
    create: async (logicalId, properties) => {
      const name = String(properties.TableName ?? logicalId);
      const input = {
        TableName: name,
        AttributeDefinitions: properties.AttributeDefinitions,
        KeySchema: properties.KeySchema,
        BillingMode: properties.BillingMode,
        GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes,
      } as CreateTableCommandInput;
      const stream = properties.StreamSpecification as { StreamViewType: 'NEW_IMAGE' } | undefined;
      if (stream) input.StreamSpecification = { StreamEnabled: true, ...stream };
      await createOrCheck(client(), input, logicalId);
      const streamArn = stream && arn('dynamodb', `table/${name}/stream/local`);
      const ttl = properties.TimeToLiveSpecification as { AttributeName?: string } | undefined;
      register({
        name,
        ...(streamArn && { streamArn }),
        ...(ttl?.AttributeName && { ttlAttribute: ttl.AttributeName }),
      });
      const tableArn = arn('dynamodb', `table/${name}`);
      return {
        ref: name,
        attributes: { Arn: tableArn, ...(streamArn && { StreamArn: streamArn }) },
      };
    },
  };
}

async function createOrCheck(
  client: DynamoDBClient,
  input: CreateTableCommandInput,
  logicalId: string,
): Promise<void> {
  const { TableName } = input;
  try {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName }));
    if (JSON.stringify(table?.KeySchema) !== JSON.stringify(input.KeySchema)) {
      throw new UnsupportedError(`${logicalId}: table ${TableName} exists with another key`);
    }
    const known = (table?.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName);
    for (const index of input.GlobalSecondaryIndexes ?? []) {
      if (known.includes(index.IndexName)) continue;
      await client.send(
        new UpdateTableCommand({
          TableName,
          AttributeDefinitions: input.AttributeDefinitions,
          GlobalSecondaryIndexUpdates: [{ Create: index }],
        }),
      );
    }
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await client.send(new CreateTableCommand(input));
  }
}
