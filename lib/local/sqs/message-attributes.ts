import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../shared/aws-error.ts';
import {
  attributeName,
  attributesProblem,
  type MessageAttributes,
  messageAttribute,
} from '../shared/message-attribute.ts';

/** Attributes of one message (SQS quota). */
const MAX_ATTRIBUTES = 10;

export const messageAttributes = z.record(attributeName, messageAttribute);

/** Throws `InvalidParameterValue` for too many attributes, and for one without a value of its type. */
export function checkAttributes(attributes: MessageAttributes): void {
  const isTooMany = Object.keys(attributes).length > MAX_ATTRIBUTES;
  const problem = isTooMany
    ? 'Number of message attributes above 10'
    : attributesProblem(attributes);
  if (problem) throw new AwsError('InvalidParameterValue', problem);
}

export const md5 = (data: string | Buffer) => createHash('md5').update(data).digest('hex');

/**
 * The digest that SDKs check: sorted names, each part with its length in four bytes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const parts: Buffer[] = [];
  const add = (data: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    parts.push(length, data);
  };
  for (const name of names) {
    const { DataType = '', StringValue = '', BinaryValue = '' } = attributes[name] ?? {};
    const binary = DataType.startsWith('Binary');
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    parts.push(Buffer.from([binary ? 2 : 1]));
    add(binary ? Buffer.from(BinaryValue, 'base64') : Buffer.from(StringValue));
  }
  return md5(Buffer.concat(parts));
}

/** Bytes that the attributes add to a message: names, types and values. */
export function attributesSize(attributes: MessageAttributes): number {
  let size = 0;
  for (const [name, { DataType, StringValue = '', BinaryValue = '' }] of Object.entries(
    attributes,
  )) {
    size += Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue);
    size += Buffer.byteLength(BinaryValue, 'base64');
  }
  return size;
}
