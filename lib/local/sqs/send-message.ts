import * as z from 'zod';
import { AwsError } from '../shared/aws-error.ts';
import type { MessageAttributes } from '../shared/message-attribute.ts';
import { parseInput } from '../shared/parse-input.ts';
import { ENTRY } from './batch.ts';
import {
  attributesSize,
  checkAttributes,
  md5,
  md5OfAttributes,
  messageAttributes,
} from './message-attributes.ts';
import type { NewMessage } from './message-store.ts';
import type { Queue } from './queue.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const GROUP = /^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/;

const message = z.strictObject({
  ...ENTRY,
  MessageBody: z.string().min(1),
  DelaySeconds: z.number().int().min(0).max(900).optional(),
  MessageAttributes: messageAttributes.default({}),
  MessageGroupId: z.string().regex(GROUP).optional(),
  MessageDeduplicationId: z.undefined({ error: 'only for FIFO queues' }).optional(),
});

/** Characters that XML 1.0 cannot hold; SQS refuses them to this day. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/** Checks a message as `SendMessage` does. Throws `AwsError`. */
export function parseMessage(queue: Queue, input: unknown): NewMessage & { readonly size: number } {
  const parsed = parseInput(message, input, 'InvalidParameterValue');
  const { MessageBody: body, MessageAttributes: attributes } = parsed;
  if (ILLEGAL.test(body)) {
    throw new AwsError('InvalidMessageContents', 'The message contains invalid characters.');
  }
  checkAttributes(attributes);
  const size = Buffer.byteLength(body) + attributesSize(attributes);
  if (size > queue.MaximumMessageSize) {
    throw new AwsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.MaximumMessageSize} bytes.`,
    );
  }
  return {
    body,
    attributes,
    size,
    delayMs: (parsed.DelaySeconds ?? queue.DelaySeconds) * 1000,
    group: parsed.MessageGroupId,
  };
}

/** What the sender compares with what it sent. */
export function digests(sent: { body: string; attributes: MessageAttributes }) {
  const ofAttributes = md5OfAttributes(sent.attributes);
  return {
    MD5OfMessageBody: md5(sent.body),
    ...(ofAttributes !== undefined && { MD5OfMessageAttributes: ofAttributes }),
  };
}
