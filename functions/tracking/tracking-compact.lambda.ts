import middy from '@middy/core';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import { systemClock } from '../shared/clock.ts';
import { metered } from '../shared/metering.ts';
import { compactRuns, LIMITS } from './segments/compact-runs.ts';
import { experimentsOf } from './segments/stream-experiments.ts';

export const handler = middy<DynamoDBStreamEvent, void, Error, Context>()
  .use(metered())
  .handler(async (event: DynamoDBStreamEvent) => {
    for (const [experimentId, change] of experimentsOf(event.Records)) {
      await compactRuns(experimentId, systemClock(), LIMITS, change);
    }
  });
