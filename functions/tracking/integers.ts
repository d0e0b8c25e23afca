import type { ByteReader, ByteWriter } from './bytes.ts';

/** Differences beyond this are not exact in a double: such lists hold the numbers themselves. */
const MAX_DELTA = 2 ** 51;

/** Integers as differences, short where neighbours are close. */
export function writeIntegers(writer: ByteWriter, numbers: readonly number[]): void {
  const deltas = numbers.map((number, i) => number - (numbers[i - 1] ?? 0));
  const exact = deltas.every((delta) => Math.abs(delta) <= MAX_DELTA);
  writer.varint(exact ? 1 : 0);
  if (exact) for (const delta of deltas) writer.signed(delta);
  else for (const number of numbers) writer.double(number);
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
