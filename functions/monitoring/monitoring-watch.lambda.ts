import middy from '@middy/core';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { countRequests } from '../serving/index.ts';
import { SYSTEM_ACTOR } from '../shared/actor.ts';
import { systemClock } from '../shared/clock.ts';
import { newId } from '../shared/ids.ts';
import { metered } from '../shared/metering.ts';
import { noteArrivals } from './log-table/arrivals.ts';
import { toSightings } from './windows/sighting.ts';
import { watchWindows } from './windows/watch-windows.ts';

/**
 * A batch that fails is delivered again as a whole: watching it twice changes nothing, and requests
 * are counted when all else is done.
 */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse, Error, Context>()
  .use(metered())
  .handler(async (event: DynamoDBStreamEvent) => {
    await watchWindows(toSightings(event.Records), {
      actor: SYSTEM_ACTOR,
      clock: systemClock,
      correlationId: newId(),
    });
    await noteArrivals(event.Records, { clock: systemClock });
    await countRequests(event.Records);
    return { batchItemFailures: [] };
  });
