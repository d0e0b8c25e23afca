/** A signed integer of 64 bits: a bigint where a number would not be exact. */
export type Int64 = number | bigint;

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** Undefined for an integer of more than 64 bits. */
export function toInt64(value: bigint): Int64 | undefined {
  if (value < MIN || value > MAX) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export const compareInt64 = (a: Int64, b: Int64): number => (a < b ? -1 : Number(a > b));

/** As an item of a table keeps it, which reads numbers as doubles. */
export const storedInt64 = (value: Int64): number | string =>
  typeof value === 'bigint' ? String(value) : value;

/** Undoes `storedInt64`. */
export const readInt64 = (stored: number | string): Int64 =>
  typeof stored === 'string' ? BigInt(stored) : stored;

/** The nearest number that is exact: for limits and times, where no difference of these matters. */
export const nearest = (value: Int64): number =>
  Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, Number(value)));
