import * as z from 'zod';
import { LOCAL_ACCOUNT } from '../shared/arn.ts';
import type { MessageAttributes } from '../shared/message-attribute.ts';
import { parseInput } from '../shared/parse-input.ts';
import { md5, md5OfAttributes } from './message-attributes.ts';
import type { Message } from './message-store.ts';
import type { Queue } from './queue.ts';
import type { Queues } from './queues.ts';

const input = z.strictObject({
  QueueUrl: z.string(),
  MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
  VisibilityTimeout: z.number().int().min(0).max(43_200).optional(),
  WaitTimeSeconds: z.number().int().min(0).max(20).optional(),
  AttributeNames: z.array(z.string()).default([]),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
  MessageAttributeNames: z.array(z.string()).default([]),
});

/** The `ReceiveMessage` call, with long polling; whoever has left takes nothing. */
export async function receiveMessage(
  queues: Queues,
  queue: Queue,
  request: unknown,
  signal?: AbortSignal,
) {
  const asked = parseInput(input, request, 'InvalidParameterValue');
  const messages = await queues.receive(queue, {
    max: asked.MaxNumberOfMessages,
    waitMs: (asked.WaitTimeSeconds ?? queue.ReceiveMessageWaitTimeSeconds) * 1000,
    ...(asked.VisibilityTimeout !== undefined && { visibilityMs: asked.VisibilityTimeout * 1000 }),
    ...(signal && { signal }),
  });
  if (messages.length === 0) return {};
  const system = [...asked.AttributeNames, ...asked.MessageSystemAttributeNames];
  return {
    Messages: messages.map((message) => {
      const chosen = chooseAttributes(message.attributes, asked.MessageAttributeNames);
      const digest = md5OfAttributes(chosen);
      const known = Object.entries(systemAttributes(message));
      const attributes = known.filter(([name]) => system.includes('All') || system.includes(name));
      return {
        MessageId: message.messageId,
        ReceiptHandle: message.receiptHandle,
        Body: message.body,
        MD5OfBody: md5(message.body),
        ...(attributes.length > 0 && { Attributes: Object.fromEntries(attributes) }),
        ...(digest !== undefined && { MessageAttributes: chosen, MD5OfMessageAttributes: digest }),
      };
    }),
  };
}

/** What SQS itself says of a message; numbers as texts, times in epoch milliseconds. */
function systemAttributes(message: Message): Record<string, string> {
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: LOCAL_ACCOUNT,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(message.group !== undefined && { MessageGroupId: message.group }),
    ...(message.sourceArn !== undefined && { DeadLetterQueueSourceArn: message.sourceArn }),
  };
}

/** `All`, `.*`, a name, or a prefix with `.*`. */
function chooseAttributes(
  attributes: MessageAttributes,
  names: readonly string[],
): MessageAttributes {
  const wanted = (attribute: string) =>
    names.some((name) =>
      name === 'All' || name === '.*'
        ? true
        : name.endsWith('.*')
          ? attribute.startsWith(name.slice(0, -2))
          : attribute === name,
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted(name)));
}

/** A message in the form that Lambda hands to functions. */
export const queueRecord = (message: Message) => ({
  messageId: message.messageId,
  receiptHandle: message.receiptHandle,
  body: message.body,
  attributes: systemAttributes(message),
  messageAttributes: Object.fromEntries(
    Object.entries(message.attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        ...(StringValue !== undefined && { stringValue: StringValue }),
        ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  ),
  md5OfBody: md5(message.body),
});
