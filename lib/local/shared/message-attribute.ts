import * as z from 'zod';

/** The name of an attribute of a message, in SQS and in SNS. */
export const attributeName = z
  .string()
  .regex(/^(?!AWS\.|Amazon\.|\.)[\w.-]{1,256}(?<!\.)$/i, 'is no valid attribute name');

export const messageAttribute = z.object({
  DataType: z.string().regex(/^(String|Number|Binary)(\..+)?$/, 'must be String, Number or Binary'),
  StringValue: z.string().optional(),
  /** Base64, as it stands on the wire. */
  BinaryValue: z.string().optional(),
});

export type MessageAttributes = Readonly<Record<string, z.infer<typeof messageAttribute>>>;

/** The first attribute without a value of its type, in a sentence; undefined when there is none. */
export function attributesProblem(attributes: MessageAttributes): string | undefined {
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    const value = DataType.startsWith('Binary') ? BinaryValue : StringValue;
    if (!value) {
      return `The message attribute '${name}' must contain a non-empty value for type ${DataType}`;
    }
    if (DataType.startsWith('Number') && !Number.isFinite(Number(value))) {
      return `The message attribute '${name}' is no number`;
    }
  }
  return undefined;
}
