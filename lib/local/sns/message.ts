import * as z from 'zod';
import { AwsError } from '../shared/aws-error.ts';
import {
  attributeName,
  attributesProblem,
  type MessageAttributes,
  messageAttribute,
} from '../shared/message-attribute.ts';
import { parseInput } from '../shared/parse-input.ts';

/** Subject, message and attributes together, in bytes of UTF-8. */
const MAX_BYTES = 262_144;

/** ASCII, no control characters, less than 100 characters, no blank in front. */
const SUBJECT = /^[!-~][ -~]{0,98}$/;

const entry = z.strictObject({
  Name: attributeName,
  Value: messageAttribute,
});

const publish = z.strictObject({
  TopicArn: z.string().optional(),
  TargetArn: z.string().optional(),
  Message: z.string().min(1),
  Subject: z
    .string()
    .regex(SUBJECT, 'must be less than 100 ASCII characters in one line')
    .optional(),
  MessageStructure: z.literal('json').optional(),
  MessageAttributes: z.object({ entry: z.array(entry) }).default({ entry: [] }),
});

/** A message that a topic accepted. */
export interface TopicMessage {
  readonly id: string;
  readonly topicArn: string;
  /** ISO 8601. */
  readonly time: string;
  readonly subject?: string;
  readonly attributes: MessageAttributes;
  /** The text by protocol; `default` for those that are not named. */
  readonly texts: Readonly<Record<string, string>>;
}

export type NewTopicMessage = Omit<TopicMessage, 'id' | 'time'>;

export const textFor = ({ texts }: TopicMessage, protocol: string): string =>
  (Object.hasOwn(texts, protocol) ? texts[protocol] : texts.default) ?? '';

/** Checks what `Publish` was given. Throws `InvalidParameter`. */
export function parseMessage(input: unknown): NewTopicMessage {
  const asked = parseInput(publish, input, 'InvalidParameter');
  const topicArn = asked.TopicArn ?? asked.TargetArn;
  if (topicArn === undefined) throw invalid('TopicArn or TargetArn');
  const attributes = Object.fromEntries(
    asked.MessageAttributes.entry.map(({ Name, Value }) => [Name, Value]),
  );
  checkAttributes(attributes);
  const { Subject: subject, Message: text } = asked;
  const size = Buffer.byteLength(text + (subject ?? '') + JSON.stringify(attributes));
  if (size > MAX_BYTES) throw invalid('Message too long');
  const texts = asked.MessageStructure === 'json' ? textsOf(text) : { default: text };
  return { topicArn, ...(subject !== undefined && { subject }), attributes, texts };
}

function checkAttributes(attributes: MessageAttributes): void {
  const problem = attributesProblem(attributes);
  if (problem) throw invalid(problem);
  for (const [name, { DataType, StringValue = '' }] of Object.entries(attributes)) {
    if (DataType === 'String.Array' && !isList(StringValue)) {
      throw invalid(`The message attribute '${name}' is no JSON array`);
    }
  }
}

const isList = (text: string) => {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
};

/** `{"default": "…", "email": "…"}`. */
function textsOf(text: string): Record<string, string> {
  try {
    const parsed = z.looseObject({ default: z.string() }).parse(JSON.parse(text));
    const texts = Object.entries(parsed).filter(
      (one): one is [string, string] => typeof one[1] === 'string',
    );
    return Object.fromEntries(texts);
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse, or lacks a default');
  }
}

const invalid = (what: string) => new AwsError('InvalidParameter', `Invalid parameter: ${what}`);

/** The JSON that queues and web servers get. It is not signed: there is no key of AWS's here. */
export function envelope(message: TopicMessage, protocol: string): string {
  const { id, topicArn, time, subject, attributes } = message;
  const shown = Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    { Type: DataType, Value: StringValue ?? BinaryValue },
  ]);
  return JSON.stringify({
    Type: 'Notification',
    MessageId: id,
    TopicArn: topicArn,
    ...(subject !== undefined && { Subject: subject }),
    Message: textFor(message, protocol),
    Timestamp: time,
    SignatureVersion: '1',
    Signature: '',
    SigningCertURL: '',
    UnsubscribeURL: '',
    ...(shown.length > 0 && { MessageAttributes: Object.fromEntries(shown) as object }),
  });
}
