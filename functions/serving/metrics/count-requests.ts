import type { DynamoDBRecord } from 'aws-lambda';
import { addMetrics } from './metrics-store.ts';
import { type ServedRequest, sumUp } from './serving-metrics.ts';

/**
 * Adds the requests that a batch of the table's stream tells of to their endpoints' counters. A
 * batch that is delivered again counts again: the counters are for charts and alarms.
 */
export async function countRequests(records: readonly DynamoDBRecord[]): Promise<void> {
  await Promise.all(
    sumUp(toRequests(records)).map(({ endpointId, metrics }) => addMetrics(endpointId, metrics)),
  );
}

function toRequests(records: readonly DynamoDBRecord[]): ServedRequest[] {
  return records.flatMap(({ eventName, dynamodb }) => {
    const row = dynamodb?.NewImage ?? {};
    const [endpointId] = row.series?.S?.split(':') ?? [];
    // Rows are changed later, when a rollout counts them.
    const isRequest = row.type?.S === 'log' || row.type?.S === 'count';
    if (eventName !== 'INSERT' || !isRequest || !endpointId) return [];
    return [
      {
        endpointId,
        // Of a request that nobody answered, the one that should have.
        entity: row.servedEntity?.S ?? row.failedEntity?.S ?? '',
        ...(row.failedEntity?.S !== undefined && { failedEntity: row.failedEntity.S }),
        statusCode: Number(row.statusCode?.N),
        ...(row.modelFailed?.BOOL && { modelFailed: true }),
        // What the caller waited.
        milliseconds: Number(row.executionTimeMs?.N) + Number(row.besidesMs?.N ?? 0),
      },
    ];
  });
}
