import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { SYSTEM_ACTOR } from '../shared/actor.ts';
import { systemClock } from '../shared/clock.ts';
import type { OperationContext } from '../shared/context.ts';
import { log } from '../shared/log.ts';
import { metered } from '../shared/metering.ts';
import type { EventDefinition, EventEnvelope } from './define.ts';
import {
  type FailureHandler,
  failedExecutionHandler,
  isStatusChange,
} from './failed-executions.ts';
import { readData } from './read-data.ts';

/** Reacts to one event. Delivery is at least once and unordered: it must not matter. */
type EventHandler<T> = (
  data: T,
  context: OperationContext,
  metadata: EventEnvelope['metadata'],
) => Promise<void>;

export interface Subscription {
  readonly definition: EventDefinition;
  readonly handler: EventHandler<unknown>;
}

/** Pairs an event with its handler, so that the handler's type comes from the event's schema. */
export function on<T>(definition: EventDefinition<T>, handler: EventHandler<T>): Subscription {
  return {
    definition: definition as EventDefinition,
    handler: handler as EventHandler<unknown>,
  };
}

interface BusEvent {
  readonly 'detail-type': string;
  readonly detail: EventEnvelope;
}

/** Consumer of the events that it has subscribed to, and of executions that ended badly. */
export function consumeEvents(subscriptions: readonly Subscription[], settle?: FailureHandler) {
  const handle = eventHandler(subscriptions, settle);
  return consumeMessages(() => handle);
}

/** The same for one message, of a consumer that takes others besides. */
export function eventHandler(subscriptions: readonly Subscription[], settle?: FailureHandler) {
  const byType = new Map(subscriptions.map((entry) => [entry.definition.type, entry]));
  const failed = settle && failedExecutionHandler(settle);
  return (body: unknown): Promise<void> =>
    failed && isStatusChange(body) ? failed(body) : handleEvent(body as BusEvent, byType);
}

/**
 * Consumer behind a queue of JSON messages: a failed message returns to the queue alone, then to its
 * dead letters. `begin` is called for each batch and answers what handles its messages.
 */
export function consumeMessages(begin: () => (body: unknown) => Promise<void>) {
  return middy<SQSEvent, SQSBatchResponse, Error, Context>()
    .use(metered())
    .handler(async (event: SQSEvent) => {
      const batchItemFailures: { itemIdentifier: string }[] = [];
      const handle = begin();
      for (const record of event.Records) {
        try {
          await handle(JSON.parse(record.body));
        } catch (error) {
          log.error('event not handled', { messageId: record.messageId, error: error as Error });
          batchItemFailures.push({ itemIdentifier: record.messageId });
        }
      }
      return { batchItemFailures };
    });
}

async function handleEvent(event: BusEvent, byType: ReadonlyMap<string, Subscription>) {
  const subscription = byType.get(event['detail-type']);
  if (!subscription) throw new Error(`No handler for ${event['detail-type']}`);
  const { metadata, data } = event.detail;
  const parsed = readData(subscription.definition, data);
  await subscription.handler(parsed, contextOf(metadata), metadata);
}

/** What is done because of an event is done by the platform, and tells what caused it. */
export const contextOf = (metadata: EventEnvelope['metadata']): OperationContext => ({
  actor: SYSTEM_ACTOR,
  clock: systemClock,
  correlationId: metadata.correlationId,
  causationId: metadata.id,
});

/** An event with its definition, for consumers that look at many together. */
export interface ReceivedEvent {
  readonly definition: EventDefinition;
  readonly envelope: EventEnvelope;
}

/**
 * Consumer behind a queue that takes the events of a batch together. When that fails, each is taken
 * alone: what one of them cannot do holds up no other, and it returns to the queue alone.
 */
export function consumeBatches(
  definitions: readonly EventDefinition[],
  handler: (events: readonly ReceivedEvent[]) => Promise<void>,
) {
  const byType = new Map(definitions.map((definition) => [definition.type, definition]));
  const together = async (events: readonly ReceivedEvent[]) => {
    try {
      await handler(events);
      return true;
    } catch (error) {
      log.warn('events not handled together', { error: error as Error });
      return false;
    }
  };
  return middy<SQSEvent, SQSBatchResponse, Error, Context>()
    .use(metered())
    .handler(async (event: SQSEvent) => {
      const failed = new Set<string>();
      const attempt = async <T>(messageId: string, work: () => T | Promise<T>) => {
        try {
          return await work();
        } catch (error) {
          log.error('event not handled', { messageId, error: error as Error });
          failed.add(messageId);
          return undefined;
        }
      };
      const received = new Map<string, ReceivedEvent>();
      for (const { messageId, body } of event.Records) {
        const one = await attempt(messageId, () => toReceived(body, byType));
        if (one) received.set(messageId, one);
      }
      if (received.size < 2 || !(await together([...received.values()]))) {
        await Promise.all([...received].map(([id, one]) => attempt(id, () => handler([one]))));
      }
      return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
    });
}

function toReceived(body: string, byType: ReadonlyMap<string, EventDefinition>): ReceivedEvent {
  const { 'detail-type': type, detail } = JSON.parse(body) as BusEvent;
  const definition = byType.get(type);
  if (!definition) throw new Error(`No handler for ${type}`);
  return {
    definition,
    envelope: { metadata: detail.metadata, data: readData(definition, detail.data) },
  };
}
