import type { EventDefinition, EventEnvelope } from '../events/define.ts';
import type { OperationContext } from '../shared/context.ts';
import { findDeclared } from './find-declared.ts';
import { type Audience, audiences, type Interest } from './interest.ts';
import { toMessage } from './message.ts';
import { claimNotification, markTold, releaseNotification } from './notification-store.ts';
import { installationTopic, publish } from './topic-store.ts';

/** Notifies the recipients of an event: one message a topic, however often the event is delivered. */
export async function tell<T>(
  definition: EventDefinition<T>,
  envelope: EventEnvelope<T>,
  interests: readonly Interest[],
  { clock }: OperationContext,
): Promise<void> {
  const declared = await Promise.all(interests.map(findDeclared));
  for (const audience of audiences(declared))
    await tellTopic(definition, envelope, audience, clock);
}

/**
 * A run that ends after the topic's answer, but before that is noted, leaves the message to be sent again: twice
 * is better than never.
 */
async function tellTopic<T>(
  definition: EventDefinition<T>,
  envelope: EventEnvelope<T>,
  audience: Audience,
  clock: OperationContext['clock'],
): Promise<void> {
  const topic = audience.topic ?? installationTopic();
  const { id } = envelope.metadata;
  if (!(await claimNotification(id, topic, clock()))) return;
  try {
    await publish(topic, toMessage(definition, envelope, audience));
  } catch (error) {
    await releaseNotification(id, topic);
    throw error;
  }
  await markTold(id, topic, clock());
}
