import type { DynamoDBRecord } from 'aws-lambda';

/** Experiments whose runs the records speak of. */
export function experimentsOf(records: readonly DynamoDBRecord[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { dynamodb } of records) {
    const { pk = '' } = { pk: dynamodb?.Keys?.pk?.S };
    if (pk.startsWith('EXPERIMENT#')) ids.add(pk.slice('EXPERIMENT#'.length));
    const detail = dynamodb?.NewImage?.detail?.S;
    if (!detail) continue;
    const { data } = JSON.parse(detail) as { data: { experiment_id: string } };
    ids.add(data.experiment_id);
  }
  return ids;
}
