import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { invalid } from '../../shared/errors.ts';

/** One field of a protobuf message: https://protobuf.dev/programming-guides/encoding/ */
interface Field {
  readonly number: number;
  /** Its content: of a message or text without the length, of a number as it is encoded. */
  readonly bytes: Uint8Array;
  /** Tag and content, to be copied as they are. */
  readonly whole: Uint8Array;
}

/** The fields of a message in their order. Throws INVALID_PARAMETER_VALUE when it is none. */
export function* readFields(message: Uint8Array): Generator<Field> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) yield checked(() => nextField(reader, message));
}

function nextField(reader: BinaryReader, message: Uint8Array): Field {
  const start = reader.pos;
  const [number, wire] = reader.tag();
  const bytes = wire === WireType.LengthDelimited ? reader.bytes() : reader.skip(wire, number);
  return { number, bytes, whole: message.subarray(start, reader.pos) };
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw invalid('the ONNX file is corrupt: it is no protobuf message');
  }
}

/** Bytes of the first field with the number; undefined without one. */
export function find(message: Uint8Array, number: number): Uint8Array | undefined {
  for (const field of readFields(message)) if (field.number === number) return field.bytes;
  return undefined;
}

/** Bytes of all fields with the number. */
export const findAll = (message: Uint8Array, number: number): Uint8Array[] =>
  [...readFields(message)].flatMap((field) => (field.number === number ? [field.bytes] : []));

export const textOf = (bytes: Uint8Array | undefined): string =>
  Buffer.from(bytes ?? []).toString('utf8');

/** Whole numbers of a repeated field, packed or one by one. */
export const integers = (message: Uint8Array, number: number): bigint[] =>
  findAll(message, number).flatMap((bytes) => {
    const reader = new BinaryReader(bytes);
    const values: bigint[] = [];
    while (reader.pos < reader.len) values.push(checked(() => BigInt(reader.int64())));
    return values;
  });

/** A field of bytes or text. */
export function encode(number: number, content: Uint8Array | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const head = new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(bytes.length);
  // The writer would double its buffer up to the size of a model.
  return Buffer.concat([head.finish(), bytes]);
}

/** A field of a whole number. */
export const encodeNumber = (number: number, value: number): Uint8Array =>
  new BinaryWriter().tag(number, WireType.Varint).uint32(value).finish();
