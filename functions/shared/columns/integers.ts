import type { ByteReader, ByteWriter } from './bytes.ts';

/** Differences beyond this are not exact in a double: such lists hold the numbers themselves. */
const MAX_DELTA = 2 ** 51;

/** Integers as differences, short where neighbours are close. */
export function writeIntegers(writer: ByteWriter, numbers: ArrayLike<number>): void {
  let exact = true;
  let last = 0;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] ?? 0;
    if (Math.abs(number - last) > MAX_DELTA) exact = false;
    last = number;
  }
  writer.varint(exact ? 1 : 0);
  last = 0;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] ?? 0;
    if (exact) writer.signed(number - last);
    else writer.double(number);
    last = number;
  }
}

/** Undoes `writeIntegers`; the count is written elsewhere. */
export function readIntegers(reader: ByteReader, count: number): Float64Array {
  const numbers = new Float64Array(count);
  const exact = reader.varint() === 1;
  let last = 0;
  for (let i = 0; i < count; i++) {
    last = exact ? last + reader.signed() : reader.double();
    numbers[i] = last;
  }
  return numbers;
}
