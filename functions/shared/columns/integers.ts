import type { Int64 } from '../int64.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

/** Integers of 64 bits; in the wider type when one of them is no exact number. */
export type Integers = Float64Array | BigInt64Array;

/** Differences beyond this are not exact in a double: such lists hold the numbers themselves. */
const MAX_DELTA = 2 ** 51;

/** How a list is written. */
const DOUBLES = 0;
const DIFFERENCES = 1;
const WIDE = 2;

/** A list in the narrower type that holds it. */
export function toIntegers(numbers: readonly Int64[]): Integers {
  const narrow = new Float64Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] ?? 0;
    if (typeof number === 'bigint') return new BigInt64Array(numbers.map((one) => BigInt(one)));
    narrow[i] = number;
  }
  return narrow;
}

export const integersOf = (numbers: Integers): Int64[] =>
  Array.from({ length: numbers.length }, (_, i) => integerAt(numbers, i));

/** Puts a list into a longer one, which is the wider type if either is. */
export function setIntegers(to: Integers, from: Integers, at: number): void {
  if (to instanceof Float64Array) to.set(from as Float64Array, at);
  else to.set(from instanceof BigInt64Array ? from : BigInt64Array.from(from, BigInt), at);
}

/** Number `i` of the list: a bigint only where a number would not be exact. */
export function integerAt(numbers: Integers, i: number): Int64 {
  const found = numbers[i] ?? 0;
  if (typeof found === 'number') return found;
  const number = Number(found);
  return Number.isSafeInteger(number) ? number : found;
}

/** Integers as differences, short where neighbours are close. */
export function writeIntegers(writer: ByteWriter, numbers: Integers): void {
  if (numbers instanceof BigInt64Array) {
    writer.varint(WIDE);
    for (const number of numbers) writer.wide(number);
    return;
  }
  let exact = true;
  let last = 0;
  for (const number of numbers) {
    if (Math.abs(number - last) > MAX_DELTA) exact = false;
    last = number;
  }
  writer.varint(exact ? DIFFERENCES : DOUBLES);
  last = 0;
  for (const number of numbers) {
    if (exact) writer.signed(number - last);
    else writer.double(number);
    last = number;
  }
}

/** Undoes `writeIntegers`; the count is written elsewhere. */
export function readIntegers(reader: ByteReader, count: number): Integers {
  const kind = reader.varint();
  if (kind === WIDE) {
    const wide = new BigInt64Array(count);
    for (let i = 0; i < count; i++) wide[i] = reader.wide();
    return wide;
  }
  const numbers = new Float64Array(count);
  let last = 0;
  for (let i = 0; i < count; i++) {
    last = kind === DIFFERENCES ? last + reader.signed() : reader.double();
    numbers[i] = last;
  }
  return numbers;
}
