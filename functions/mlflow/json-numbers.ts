/** What `JSON.parse` tells its reviver of a primitive (ECMAScript 2026). */
interface Primitive {
  readonly source: string;
}

/** `JSON.parse` with a look at every number as it is written. */
function parseNumbers(document: string, read: (value: number, source: string) => unknown): unknown {
  const revive = (_key: string, value: unknown, primitive?: Primitive): unknown =>
    typeof value === 'number' && primitive ? read(value, primitive.source) : value;
  return JSON.parse(document, revive as (key: string, value: unknown) => unknown);
}

/** Whether a number is an integer whose last digits a double may have lost. */
export const isWhole = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);

/** A JSON document whose integers beyond 2^53 are bigints. */
export const parseExactly = (document: Buffer): unknown =>
  parseNumbers(document.toString('utf8'), (value, source) => {
    if (!isWhole(value)) return value;
    return BigInt(/^-?\d+$/.test(source) ? source : value);
  });

/**
 * What Python writes for numbers that JSON has not. A text is passed over whole, one that does not end, too: to look for
 * an end from each of its quotes would take the square of its length.
 */
const NOT_FINITE = /"(?:[^"\\]|\\.)*"?|-?\bInfinity\b|\bNaN\b/gs;

/**
 * A document as Python's `json` reads one where `JSON.parse` fails: with a mark of its byte order, and
 * with `NaN`, `Infinity` and `-Infinity`. Integers beyond 2^53 are bigints. Throws SyntaxError.
 */
export function parseLeniently(document: Buffer): unknown {
  const text = document.toString('utf8').replace(/^\ufeff/, '');
  const marked = text.replaceAll(NOT_FINITE, (found) =>
    found.startsWith('"') ? found : JSON.stringify({ [MARK]: found }),
  );
  return withoutMarks(parseExactly(Buffer.from(marked)));
}

/** No name of a field: what a client sends cannot mean it. */
const MARK = '\0number';

function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (value === null || typeof value !== 'object') return value;
  if (MARK in value) return Number(value[MARK]);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutMarks(one)]));
}

/** The same value with doubles for bigints: for those who take any JSON. */
export function withoutBigInts(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(withoutBigInts);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, withoutBigInts(one)]),
  );
}
