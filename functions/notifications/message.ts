import type { EventDefinition, EventEnvelope } from '../events/define.ts';
import type { Audience } from './interest.ts';

/** What a topic is given. */
export interface TopicMessage {
  /** ASCII, less than 100 characters. */
  readonly subject: string;
  /** The text by protocol, and `default`. */
  readonly texts: Readonly<Record<string, string>>;
  /** What filter policies of subscriptions go by. */
  readonly attributes: Readonly<Record<string, string | readonly string[]>>;
}

const SUBJECT_LENGTH = 99;

/** An event in words for e-mail, and as JSON for everything else. */
export function toMessage<T>(
  definition: EventDefinition<T>,
  { data, metadata }: EventEnvelope<T>,
  { recipients }: Audience,
): TopicMessage {
  const { type: event_type } = definition;
  const { id: event_id, time, correlationId: correlation_id, actor } = metadata;
  const text = definition.text(data);
  const subject = definition.subject(data);
  const facts = { event_type, event_id, time, subject, actor, correlation_id };
  const lines = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  return {
    subject: asSubject(`Slipway: ${text}`),
    texts: {
      default: JSON.stringify({ ...facts, text, recipients, data }),
      email: [text, '', ...lines].join('\n'),
    },
    attributes: { event_type, event_id, subject, recipients },
  };
}

/** SNS takes a line of ASCII. */
const asSubject = (text: string) =>
  text
    .replaceAll(/[’‘]/g, "'")
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^ -~]/gu, '?')
    .slice(0, SUBJECT_LENGTH);
