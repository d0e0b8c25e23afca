import { createHash } from 'node:crypto';
import { DynamoDBClient, ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { LOCAL_CLIENT } from '../training-data.ts';

/** Everything that a host has stored: a line for each row with its digest, and for each object. */
export async function everythingStored(awsUrl: string): Promise<string[]> {
  const dynamo = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: awsUrl });
  const s3 = new S3Client({ ...LOCAL_CLIENT, endpoint: awsUrl });
  const lines: string[] = [];
  const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
  for (const TableName of TableNames) {
    for await (const { Items = [] } of paginateScan({ client: dynamo }, { TableName })) {
      for (const item of Items) {
        const digest = createHash('sha256').update(canonical(item)).digest('hex').slice(0, 16);
        lines.push(`${TableName} ${item.pk?.S} ${item.sk?.S} ${digest}`);
      }
    }
  }
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  for (const { Name: Bucket } of Buckets) {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
      for (const { Key, ETag } of Contents) lines.push(`s3://${Bucket}/${Key} ${ETag}`);
    }
  }
  dynamo.destroy();
  s3.destroy();
  return lines.sort();
}

/** The engine gives the keys of a map in any order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
