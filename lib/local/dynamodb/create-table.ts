import type { KeySchemaElement, TableDescription } from '@aws-sdk/client-dynamodb';
import { UnsupportedError } from '../shared/properties.ts';
import { type EngineClient, isRefusal } from './engine-client.ts';
import type { CreatedTable, TableDefinition } from './table-provider.ts';

/**
 * Makes a table be as the template declares it. A table from an earlier start is kept: indexes are
 * added and removed, a stream is switched on. Another key is refused: that would lose its items.
 */
export async function createTable(
  client: EngineClient,
  logicalId: string,
  definition: TableDefinition,
): Promise<CreatedTable> {
  const { TableName } = definition;
  const existing = await describe(client, TableName);
  if (existing) await update(client, logicalId, definition, existing);
  else await create(client, definition);
  await setTimeToLive(client, definition);
  const table = await describe(client, TableName);
  const label = table?.LatestStreamLabel;
  return {
    tableId: table?.TableId ?? '',
    ...(definition.StreamSpecification && label && { streamLabel: isoLabel(label) }),
  };
}

async function describe(
  client: EngineClient,
  TableName: string,
): Promise<TableDescription | undefined> {
  try {
    return (await client.send('DescribeTable', { TableName })).Table;
  } catch (error) {
    if (isRefusal(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}

async function create(client: EngineClient, definition: TableDefinition): Promise<void> {
  const { GlobalSecondaryIndexes: indexes, StreamSpecification: stream } = definition;
  await client.send('CreateTable', {
    TableName: definition.TableName,
    AttributeDefinitions: definition.AttributeDefinitions,
    KeySchema: definition.KeySchema,
    BillingMode: definition.BillingMode,
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes.map(withoutUndefined) }),
    ...(stream && { StreamSpecification: { StreamEnabled: true, ...stream } }),
  });
}

async function update(
  client: EngineClient,
  logicalId: string,
  definition: TableDefinition,
  existing: TableDescription,
): Promise<void> {
  const { TableName, AttributeDefinitions } = definition;
  if (keyText(existing.KeySchema) !== keyText(definition.KeySchema)) {
    throw new UnsupportedError(
      `${logicalId}: table ${TableName} holds items under another key (${keyText(existing.KeySchema)})`,
    );
  }
  const known = new Map((existing.GlobalSecondaryIndexes ?? []).map((i) => [i.IndexName, i]));
  for (const index of definition.GlobalSecondaryIndexes) {
    const before = known.get(index.IndexName);
    known.delete(index.IndexName);
    if (before && keyText(before.KeySchema) !== keyText(index.KeySchema)) {
      throw new UnsupportedError(
        `${logicalId}: index ${index.IndexName} exists with another key; give it another name`,
      );
    }
    if (before) continue;
    const GlobalSecondaryIndexUpdates = [{ Create: withoutUndefined(index) }];
    await client.send('UpdateTable', {
      TableName,
      AttributeDefinitions,
      GlobalSecondaryIndexUpdates,
    });
  }
  for (const IndexName of known.keys()) {
    const GlobalSecondaryIndexUpdates = [{ Delete: { IndexName } }];
    await client.send('UpdateTable', { TableName, GlobalSecondaryIndexUpdates });
  }
  await updateStream(client, logicalId, definition, existing);
}

async function updateStream(
  client: EngineClient,
  logicalId: string,
  { TableName, StreamSpecification: wanted }: TableDefinition,
  { StreamSpecification: current }: TableDescription,
): Promise<void> {
  if (wanted && current?.StreamEnabled && current.StreamViewType !== wanted.StreamViewType) {
    throw new UnsupportedError(
      `${logicalId}: the stream of ${TableName} exists with view type ${current.StreamViewType}`,
    );
  }
  if (Boolean(wanted) === Boolean(current?.StreamEnabled)) return;
  const StreamSpecification = wanted
    ? { StreamEnabled: true, ...wanted }
    : { StreamEnabled: false };
  await client.send('UpdateTable', { TableName, StreamSpecification });
}

async function setTimeToLive(
  client: EngineClient,
  { TableName, TimeToLiveSpecification: ttl }: TableDefinition,
): Promise<void> {
  const { TimeToLiveDescription: current } = await client.send('DescribeTimeToLive', { TableName });
  const change = (AttributeName: string, Enabled: boolean) =>
    client.send('UpdateTimeToLive', {
      TableName,
      TimeToLiveSpecification: { AttributeName, Enabled },
    });
  const before = current?.TimeToLiveStatus === 'ENABLED' ? current.AttributeName : undefined;
  const wanted = ttl?.Enabled ? ttl.AttributeName : undefined;
  if (before === wanted) return;
  if (before !== undefined) await change(before, false);
  if (wanted !== undefined) await change(wanted, true);
}

const keyText = (schema: readonly KeySchemaElement[] | undefined) =>
  (schema ?? []).map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`).join(', ');

/** The engine's label holds epoch seconds; AWS's is the time itself. */
const isoLabel = (label: string) => {
  const time = new Date(Number(label) * 1000);
  return Number.isNaN(time.getTime()) ? label : time.toISOString().slice(0, -1);
};

/** Members that zod left out and members set to undefined look alike to the SDK's types. */
const withoutUndefined = ({
  IndexName,
  KeySchema,
  Projection,
}: TableDefinition['GlobalSecondaryIndexes'][number]) => ({
  IndexName,
  KeySchema,
  Projection: {
    ProjectionType: Projection.ProjectionType,
    ...(Projection.NonKeyAttributes && { NonKeyAttributes: Projection.NonKeyAttributes }),
  },
});
