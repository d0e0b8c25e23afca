import { createHash } from 'node:crypto';

export type MessageAttributes = Readonly<
  Record<
    string,
    { readonly DataType: string; readonly StringValue?: string; readonly BinaryValue?: string }
  >
>;

/**
 * MD5 over the attributes in the order of their names; clients check it.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function attributesDigest(attributes: MessageAttributes): string {
  const hash = createHash('md5');
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, value] of Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))) {
    add(Buffer.from(name));
    add(Buffer.from(value.DataType));
    const binary = value.BinaryValue !== undefined;
    hash.update(Buffer.from([binary ? 2 : 1]));
    add(
      binary
        ? Buffer.from(value.BinaryValue ?? '', 'base64')
        : Buffer.from(value.StringValue ?? ''),
    );
  }
  return hash.digest('hex');
}
