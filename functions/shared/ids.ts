import { createHash, randomBytes, randomFillSync } from 'node:crypto';
import { decodeTime, encodeTime, monotonicFactory, ulid } from 'ulid';

/** Random bytes kept in stock: a call to the system for each id would cost more than the id itself. */
const stock = randomBytes(4096);
let used = 0;

/** Valid until the next call. For ids, not for secrets: what was taken stays in memory. */
function randomFromStock(count: number): Buffer {
  if (used + count > stock.length) {
    randomFillSync(stock);
    used = 0;
  }
  used += count;
  return stock.subarray(used - count, used);
}

const fraction = () => (randomFromStock(1)[0] ?? 0) / 256;
const monotonic = monotonicFactory(fraction);

/** A ULID that grows with time, also within one millisecond of one process. */
export const newId = (): string => monotonic();

const TIME_LENGTH = 10;

/**
 * A ULID of another time than the clock's, in epoch milliseconds: `ulid(time)` would take the clock's for
 * the first millisecond of 1970.
 */
export const newIdAt = (time: number): string =>
  encodeTime(time, TIME_LENGTH) + ulid(undefined, fraction).slice(TIME_LENGTH);

/** When an id of `newId` was made, in epoch milliseconds. */
export const timeOfId = (id: string): number => decodeTime(id);

/** Digits of a ULID's random part, five bits each. */
const ULID_DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * The ULID that belongs to a cause: the same time (epoch milliseconds) and text give the same id, so
 * that what is named after its cause happens once.
 */
export function idOf(time: number, cause: string): string {
  const digest = createHash('sha256').update(cause).digest();
  const random = Array.from(digest.subarray(0, 16), (byte) => ULID_DIGITS[byte % 32]).join('');
  return encodeTime(time, TIME_LENGTH) + random;
}

/** 32 lower-case hex digits, the form of MLflow's run ids. */
export const newHexId = (): string => randomFromStock(16).toString('hex');

/** 12 characters of base64url, unique within one item: as a name there it should be short. */
export const newShortId = (): string => randomFromStock(9).toString('base64url');
