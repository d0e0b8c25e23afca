import { pythonFloat } from '../mlflow/index.ts';
import { rawNumber as rawJson } from '../shared/raw-number.ts';

/**
 * JSON that keeps integers and floats apart and of any size: span attributes come typed and go out
 * typed. Texts are written as Python's `json.dumps` writes them, for filters look into them.
 */
export type ExactValue =
  | null
  | boolean
  | string
  | number
  | bigint
  | readonly ExactValue[]
  | { readonly [name: string]: ExactValue };

/** A whole number is written `1` if it is a bigint and `1.0` if it is a number. */
export function writeExact(value: ExactValue): string {
  if (typeof value === 'number') return pythonFloat(value);
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(writeExact).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const pairs = Object.entries(value).map(
      ([name, one]) => `${JSON.stringify(name)}: ${writeExact(one)}`,
    );
    return `{${pairs.join(', ')}}`;
  }
  return JSON.stringify(value);
}

const NAMED = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

/** Undoes `writeExact`. Throws SyntaxError for a text that is no JSON. */
export function readExact(text: string): ExactValue {
  const named = NAMED.get(text);
  if (named !== undefined) return named;
  return JSON.parse(text, ((_name: string, value: unknown, at?: { readonly source: string }) =>
    typeof value === 'number' && at && /^-?\d+$/.test(at.source) ? BigInt(at.source) : value) as (
    name: string,
    value: unknown,
  ) => unknown) as ExactValue;
}

/** The value of a JSON text, or the text itself if it is no JSON. */
export function readLoosely(text: string): ExactValue {
  try {
    return readExact(text);
  } catch {
    return text;
  }
}

/** A value for `JSON.stringify` that comes out as the number that the text is, digit by digit. */
export const rawNumber = (text: string): unknown => (NAMED.has(text) ? text : rawJson(text));

/** A value for `JSON.stringify` that comes out as the JSON that the text is, or else as the text. */
export function toPlain(value: ExactValue): unknown {
  if (typeof value === 'bigint') return rawNumber(String(value));
  if (typeof value === 'number') return rawNumber(pythonFloat(value));
  if (Array.isArray(value)) return value.map(toPlain);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, toPlain(one)]));
  }
  return value;
}

/** JSON as Python writes it, of a value that came by `JSON.parse`: whole numbers are integers. */
export const writePlain = (value: unknown): string => writeExact(toExact(value));

function toExact(value: unknown): ExactValue {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map(toExact);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, toExact(one)]));
  }
  return (value ?? null) as ExactValue;
}
