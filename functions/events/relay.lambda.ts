import middy from '@middy/core';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { systemClock } from '../shared/clock.ts';
import { type Attributes, fromItem } from '../shared/dynamo/index.ts';
import { metered } from '../shared/metering.ts';
import { appendEvents } from './audit-log-store.ts';
import type { OutboxRow } from './outbox.ts';
import { publish } from './publish-store.ts';
import { relayEvents } from './relay-events.ts';

export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse, Error, Context>()
  .use(metered())
  .handler(async (event: DynamoDBStreamEvent) => {
    const rows = event.Records.map((record) =>
      fromItem<OutboxRow>(record.dynamodb?.NewImage as Attributes),
    );
    const done = await relayEvents(rows, { append: appendEvents, publish, clock: systemClock });
    const next = event.Records[done]?.dynamodb?.SequenceNumber;
    return { batchItemFailures: next === undefined ? [] : [{ itemIdentifier: next }] };
  });
