import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { SYSTEM_ACTOR } from '../shared/actor.ts';
import { systemClock } from '../shared/clock.ts';
import { requiredEnv } from '../shared/env.ts';
import { log } from '../shared/log.ts';
import { metered } from '../shared/metering.ts';
import { drainLane } from './deliveries/drain-lane.ts';
import { type Wake, wake } from './deliveries/queue-store.ts';
import { sendDelivery } from './deliveries/send-delivery.ts';

/** Works through the lanes that were asked for, all at once: none waits for another's receiver. */
export const handler = middy<SQSEvent, SQSBatchResponse, Error, Context>()
  .use(metered())
  .handler(async (event: SQSEvent) => {
    const ports = {
      send: sendDelivery,
      wake,
      failureLimit: Number(requiredEnv('WEBHOOK_FAILURE_LIMIT')),
    };
    const failed = await Promise.all(
      event.Records.map(async ({ messageId, body }) => {
        const { webhook_id } = JSON.parse(body) as Wake;
        const context = { actor: SYSTEM_ACTOR, clock: systemClock, correlationId: messageId };
        try {
          await drainLane(webhook_id, ports, context, messageId);
          return [];
        } catch (error) {
          log.error('lane not worked through', { webhook_id, error: error as Error });
          return [{ itemIdentifier: messageId }];
        }
      }),
    );
    return { batchItemFailures: failed.flat() };
  });
