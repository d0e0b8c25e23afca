import { invalid } from '../../shared/errors.ts';

/** One field of a protobuf message: https://protobuf.dev/programming-guides/encoding/ */
export interface Field {
  readonly number: number;
  /** 0: a number; 2: bytes. The fixed widths, 1 and 5, are bytes as well. */
  readonly wire: number;
  /** Of wire type 0; beyond 2^53 it is not exact. */
  readonly value: number;
  readonly bytes: Uint8Array;
  /** Tag and content, to be copied as they are. */
  readonly whole: Uint8Array;
}

const NONE = new Uint8Array(0);
const WIDTHS: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** The fields of a message in their order. Throws INVALID_PARAMETER_VALUE when it is none. */
export function* readFields(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) break;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw broken();
  };
  while (at < message.length) {
    const start = at;
    const tag = varint();
    const wire = tag & 7;
    const value = wire === 0 ? varint() : 0;
    const length = wire === 0 ? 0 : wire === 2 ? varint() : WIDTHS[wire];
    if (length === undefined || at + length > message.length) throw broken();
    const bytes = length === 0 ? NONE : message.subarray(at, at + length);
    at += length;
    const whole = message.subarray(start, at);
    yield { number: Math.floor(tag / 8), wire, value, bytes, whole };
  }
}

const broken = () => invalid('the ONNX file is corrupt: it is no protobuf message');

/** Bytes of the first field with the number; undefined without one. */
export function find(message: Uint8Array, number: number): Uint8Array | undefined {
  for (const field of readFields(message)) if (field.number === number) return field.bytes;
  return undefined;
}

/** Bytes of all fields with the number. */
export const findAll = (message: Uint8Array, number: number): Uint8Array[] =>
  [...readFields(message)].flatMap((field) => (field.number === number ? [field.bytes] : []));

export const textOf = (bytes: Uint8Array | undefined): string =>
  Buffer.from(bytes ?? NONE).toString('utf8');

/** A field of bytes or text. */
export function encode(number: number, content: Uint8Array | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([encodeVarint(number * 8 + 2), encodeVarint(bytes.length), bytes]);
}

/** A field of a whole number. */
export const encodeNumber = (number: number, value: number): Buffer =>
  Buffer.concat([encodeVarint(number * 8), encodeVarint(value)]);

function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** Whole numbers of a repeated field, packed or one by one; negative ones as they were written. */
export function integers(message: Uint8Array, number: number): bigint[] {
  const values: bigint[] = [];
  for (const field of readFields(message)) {
    if (field.number !== number) continue;
    // One by one: `whole` is a tag of one or two bytes and the number.
    const bytes = field.wire === 2 ? field.bytes : field.whole.subarray(number < 16 ? 1 : 2);
    let [value, shift] = [0n, 0n];
    for (const byte of bytes) {
      value |= BigInt(byte & 127) << shift;
      shift += 7n;
      if (byte >= 128) continue;
      values.push(BigInt.asIntN(64, value));
      [value, shift] = [0n, 0n];
    }
  }
  return values;
}
