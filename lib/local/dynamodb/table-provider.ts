import * as z from 'zod';
import type { PropertySpec, ResourceProvider } from '../service.ts';
import { arn } from '../shared/arn.ts';
import { parseProperties } from '../shared/parse-input.ts';

const keySchema = z
  .array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }))
  .min(1)
  .max(2);

const index = z.object({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.object({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    NonKeyAttributes: z.array(z.string()).optional(),
  }),
});

const table = z.object({
  TableName: z.string().optional(),
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema: keySchema,
  BillingMode: z.literal('PAY_PER_REQUEST', 'only on-demand tables are supported locally'),
  GlobalSecondaryIndexes: z.array(index).default([]),
  StreamSpecification: z
    .object({
      StreamViewType: z.enum(['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY']),
    })
    .optional(),
  TimeToLiveSpecification: z
    .object({ AttributeName: z.string().optional(), Enabled: z.boolean() })
    .optional(),
});

/** A table as the template declares it. */
export interface TableDefinition extends z.infer<typeof table> {
  readonly TableName: string;
}

export interface CreatedTable {
  /** When the stream was switched on; part of its ARN. */
  readonly streamLabel?: string;
  readonly tableId: string;
}

const PROPERTIES: PropertySpec = {
  TableName: true,
  AttributeDefinitions: { AttributeName: true, AttributeType: true },
  KeySchema: { AttributeName: true, KeyType: true },
  BillingMode: true,
  GlobalSecondaryIndexes: {
    IndexName: true,
    KeySchema: { AttributeName: true, KeyType: true },
    Projection: { ProjectionType: true, NonKeyAttributes: true },
    ContributorInsightsSpecification: 'ignored',
  },
  StreamSpecification: { StreamViewType: true },
  TimeToLiveSpecification: { AttributeName: true, Enabled: true },
  SSESpecification: 'ignored',
  PointInTimeRecoverySpecification: 'ignored',
  DeletionProtectionEnabled: 'ignored',
  ContributorInsightsSpecification: 'ignored',
  TableClass: 'ignored',
  Tags: 'ignored',
  // One replica is the table itself; its protection, recovery and tags have no meaning here.
  Replicas: 'ignored',
};

/** `AWS::DynamoDB::GlobalTable` (CDK's `TableV2`) and `AWS::DynamoDB::Table`. */
export function tableProviders(
  create: (logicalId: string, definition: TableDefinition) => Promise<CreatedTable>,
): ResourceProvider[] {
  return ['AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table'].map((type) => ({
    type,
    properties: PROPERTIES,
    create: async (logicalId, properties) => {
      const parsed = parseProperties(logicalId, table, properties);
      const definition = { ...parsed, TableName: parsed.TableName ?? logicalId };
      const { streamLabel, tableId } = await create(logicalId, definition);
      const tableArn = arn('dynamodb', `table/${definition.TableName}`);
      return {
        ref: definition.TableName,
        attributes: {
          Arn: tableArn,
          TableId: tableId,
          ...(streamLabel !== undefined && { StreamArn: streamArn(tableArn, streamLabel) }),
        },
      };
    },
  }));
}

export const streamArn = (tableArn: string, label: string) => `${tableArn}/stream/${label}`;
