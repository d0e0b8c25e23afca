import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../shared/aws-error.ts';

/** Attributes of one message (SQS quota). */
const MAX_ATTRIBUTES = 10;

const attribute = z.object({
  DataType: z.string().regex(/^(String|Number|Binary)(\..+)?$/, 'must be String, Number or Binary'),
  StringValue: z.string().optional(),
  /** Base64, as it stands on the wire. */
  BinaryValue: z.string().optional(),
});

export const messageAttributes = z.record(
  z.string().regex(/^(?!AWS\.|Amazon\.|\.)[\w.-]{1,256}(?<!\.)$/i, 'is no valid attribute name'),
  attribute,
);

export type MessageAttributes = z.infer<typeof messageAttributes>;

/** Throws `InvalidParameterValue` for attributes without a value of their type. */
export function checkAttributes(attributes: MessageAttributes): void {
  const entries = Object.entries(attributes);
  if (entries.length > MAX_ATTRIBUTES) {
    throw new AwsError('InvalidParameterValue', `Number of message attributes above 10`);
  }
  for (const [name, { DataType, StringValue, BinaryValue }] of entries) {
    const value = DataType.startsWith('Binary') ? BinaryValue : StringValue;
    if (!value) {
      throw new AwsError(
        'InvalidParameterValue',
        `The message attribute '${name}' must contain a non-empty value for type ${DataType}`,
      );
    }
    if (DataType.startsWith('Number') && !Number.isFinite(Number(value))) {
      throw new AwsError('InvalidParameterValue', `The message attribute '${name}' is no number`);
    }
  }
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
