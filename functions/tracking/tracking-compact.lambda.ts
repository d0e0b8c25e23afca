import middy from '@middy/core';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import { systemClock } from '../shared/clock.ts';
import { metered } from '../shared/metering.ts';
import { compactRuns } from './compact-runs.ts';
import { experimentsOf } from './stream-experiments.ts';

/** Time for the last changes of a batch to come to rest. */
const SETTLE_MS = 2000;

export const handler = middy<DynamoDBStreamEvent, void, Error, Context>()
  .use(metered())
  .handler(async (event: DynamoDBStreamEvent) => {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    for (const experimentId of experimentsOf(event.Records)) {
      await compactRuns(experimentId, systemClock());
    }
  });
