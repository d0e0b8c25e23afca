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

/** SNS takes 256 KiB, in which JSON within JSON may come to twice its length. */
const MAX_JSON_BYTES = 100 * 1024;
const MAX_TEXT_LENGTH = 10_000;

/** An event in words for e-mail, and as JSON for everything else. */
export function toMessage<T>(
  definition: EventDefinition<T>,
  { data, metadata }: EventEnvelope<T>,
  { recipients }: Audience,
): TopicMessage {
  const { type: event_type } = definition;
  const { id: event_id, time, correlationId: correlation_id, actor } = metadata;
  const text = definition.text(data).slice(0, MAX_TEXT_LENGTH);
  const subject = definition.subject(data);
  const facts = { event_type, event_id, time, subject, actor, correlation_id };
  const whole = JSON.stringify({ ...facts, text, recipients, data });
  const fits = Buffer.byteLength(whole) <= MAX_JSON_BYTES;
  const lines = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  return {
    subject: asSubject(`Slipway: ${text}`),
    texts: {
      default: fits ? whole : JSON.stringify({ ...facts, text, recipients, data_omitted: true }),
      email: [text, '', ...lines].join('\n'),
    },
    attributes: { event_type, event_id, subject, ...(recipients.length > 0 && { recipients }) },
  };
}

/** SNS takes a line of ASCII. */
const asSubject = (text: string) =>
  text
    .replaceAll(/[’‘]/g, "'")
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^ -~]/gu, '?')
    .slice(0, SUBJECT_LENGTH);
