import { DomainError, invalid } from '../shared/errors.ts';
import { type Int64, nearest, toInt64 } from '../shared/int64.ts';
import { plainDigits } from '../shared/python-text.ts';
import type { FieldTable, FieldType } from './field-table.ts';
import { isWhole, withoutBigInts } from './json-numbers.ts';
import { isJsonObject, type Json, parsePythonJson, toPythonJson } from './python-json.ts';
import { isDuration, isTimestamp } from './well-known-json.ts';

/** Where a field is, for messages. */
export const within = (path: string, name: string) =>
  name.startsWith('[') || path === '' ? path + name : `${path}.${name}`;

/** How MLflow ends refusals of parameters. */
export const SEE_DOCS = 'See the API docs for more information about request parameters.';

/** The refusal of a request that lacks a parameter. */
export const missing = (name: string) =>
  invalid(`Missing value for required parameter '${name}'. ${SEE_DOCS}`);

export const isIntegral = (type: FieldType) =>
  type === 'int64' || type === 'int32' || type === 'rounded64';

export const isNumber = (type: FieldType) => isIntegral(type) || type === 'double';

export const isEnum = (type: FieldType): type is readonly string[] => Array.isArray(type);

/** Neither a name of the enum nor a number. */
export const isOther = (text: string, names: readonly string[]) =>
  !names.includes(text) && !INTEGER.test(text);

/** Types of values that are no messages. */
export type ScalarType = Exclude<FieldType, { readonly fields: FieldTable }>;

/** The path is put together only for messages inside and for refusals. */
export function readScalar(value: unknown, type: ScalarType, path: string, name: string): unknown {
  if (type === 'string') {
    // Half a surrogate pair is no character: no database could keep it.
    if (typeof value === 'string' && value.isWellFormed()) return value;
    throw wrong(value, within(path, name), 'a string');
  }
  if (type === 'int64') {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    return integer(value, within(path, name));
  }
  if (type === 'rounded64') {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    return nearest(integer(value, within(path, name)));
  }
  if (type === 'int32') return integer32(value, within(path, name));
  if (type === 'double') {
    if (typeof value === 'number') return value;
    return typeof value === 'bigint' ? Number(value) : float(value, within(path, name));
  }
  const at = within(path, name);
  if (type === 'bool') return boolean(value, at);
  if (type === 'json') return withoutBigInts(value);
  if (type === 'map') return stringMap(value, at);
  if (type === 'timestamp' || type === 'duration') return wellKnown(value, type, at);
  return enumerated(value, type, at);
}

/** protobuf's JSON looks for names of fields in a text or a list, too, and finds none. */
export function messageOf(value: unknown, fields: FieldTable, at: string): Record<string, unknown> {
  if (typeof value === 'string') return {};
  const known = (one: unknown) => typeof one !== 'string' || Object.hasOwn(fields, one);
  if (Array.isArray(value) && !value.some(known)) return {};
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw wrong(value, at, 'an object');
  }
  return value as Record<string, unknown>;
}

/**
 * Numbers of MLflow's enums begin with 1, or with 0 where nothing specified is a value, too; Python takes
 * truth for 1 and leaves out what is behind a point, and protobuf looks at the lower 32 bits of 64.
 */
function enumerated(value: unknown, names: readonly string[], at: string): string {
  if (typeof value === 'string' && names.includes(value)) return value;
  const isNumeric = typeof value === 'number' || typeof value === 'boolean';
  const number = isNumeric || isInteger(value) ? plainNumber(value) : Number.NaN;
  const is64Bits = number >= -(2 ** 63) && number < 2 ** 63;
  const first = names[0]?.endsWith('_UNSPECIFIED') ? 0 : 1;
  const name = is64Bits ? names[(number | 0) - first] : undefined;
  if (name === undefined) throw wrong(value, at, `one of ${names.join(', ')}`);
  return name;
}

const DIGITS = String.raw`\p{Nd}+(?:_\p{Nd}+)*`;

/** An integer as Python reads one: digits may be parted by underscores, and are those of any script. */
const INTEGER = new RegExp(`^[-+]?${DIGITS}$`, 'u');

export const isInteger = (value: unknown): value is string =>
  typeof value === 'string' && INTEGER.test(value);

/** The text with the digits 0 to 9 only, and nothing between them. */
const withoutMarks = (text: string): string => plainDigits(text.replaceAll('_', ''));

const plainNumber = (value: unknown) =>
  Number(typeof value === 'string' ? withoutMarks(value) : value);

/** Numbers in texts and numbers that were read exactly; others beyond 2^53 may be wrong in the last digits. */
function integer(value: unknown, at: string): Int64 {
  const whole = wholeNumber(value);
  const exact = whole === undefined ? undefined : toInt64(whole);
  if (exact !== undefined) return exact;
  throw new WrongValue(value, at, 'an integer of 64 bits', isWhole(value));
}

function integer32(value: unknown, at: string): number {
  const number = Number.isSafeInteger(value) ? (value as number) : Number(integer(value, at));
  if (number === (number | 0)) return number;
  throw wrong(value, at, 'an integer of 32 bits');
}

/** The integer that a text is, of any size. */
export const anyInteger = (text: string): bigint | undefined =>
  isInteger(text) ? BigInt(withoutMarks(text).replace('+', '')) : undefined;

function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (isInteger(value)) return anyInteger(value);
  // `5.0` and `1e3`.
  const number = typeof value === 'string' && !value.includes(' ') ? decimal(value) : undefined;
  return number !== undefined && Number.isInteger(number) ? BigInt(number) : undefined;
}

function float(value: unknown, at: string): number {
  // Python's truth is the number 1.
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') {
    const number = named(value) ?? decimal(value);
    if (number !== undefined) return number;
  }
  throw wrong(value, at, 'a number');
}

/** A number as Python reads one. */
const decimal = (text: string): number | undefined =>
  DECIMAL.test(text) ? plainNumber(text) : undefined;

const DECIMAL = new RegExp(
  String.raw`^\s*[-+]?(?:${DIGITS}(?:\.(?:${DIGITS})?)?|\.${DIGITS})(?:e[-+]?${DIGITS})?\s*$`,
  'iu',
);

/** Numbers that Python has names for, in any case; `nan` alone is refused by protobuf's reader. */
function named(text: string): number | undefined {
  const found = /^\s*([-+]?)(?:inf(?:inity)?|(nan))\s*$/i.exec(text);
  if (!found || text === 'nan') return undefined;
  if (found[2]) return Number.NaN;
  return found[1] === '-' ? -Infinity : Infinity;
}

function boolean(value: unknown, at: string): boolean {
  if (typeof value === 'boolean') return value;
  throw wrong(value, at, 'true or false');
}

function wellKnown(value: unknown, type: 'timestamp' | 'duration', at: string): string {
  const reads = type === 'timestamp' ? isTimestamp : isDuration;
  if (typeof value === 'string' && reads(value)) return value;
  throw wrong(value, at, `a ${type}`);
}

function stringMap(value: unknown, at: string): Record<string, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw wrong(value, at, 'an object');
  }
  for (const [name, one] of Object.entries(value)) {
    const isText = typeof one === 'string' && one.isWellFormed() && name.isWellFormed();
    if (!isText) throw wrong(one, `${at}.${name}`, 'a string');
  }
  return value as Record<string, string>;
}

/** How values stand in refusals. */
const SHOWN = { sortKeys: true, compact: true } as const;

/** A value of another type than its field's; `at` is its path in the message. */
export class WrongValue extends DomainError {
  private readonly at: string;
  private readonly why: string;
  /** It might be right if it was read digit by digit. */
  readonly inexact: boolean;

  constructor(value: unknown, at: string, expected: string, inexact = false) {
    const why = `Hint: Value was of type '${pythonType(value)}', not ${expected}. ${SEE_DOCS}`;
    super('INVALID_PARAMETER_VALUE', refusal(toPythonJson(value as Json, SHOWN), at, why));
    this.at = at;
    this.why = why;
    this.inexact = inexact;
  }

  /** The same refusal with the value as MLflow writes it, who tells 9.0 from 9. */
  asSentIn(body: Buffer): DomainError {
    const text = writtenIn(body, this.at);
    if (text === undefined) return this;
    return new DomainError(this.code, refusal(text, this.at, this.why));
  }
}

/** Nothing for bodies of which only parts are JSON. */
function writtenIn(body: Buffer, name: string): string | undefined {
  try {
    const fields = parsePythonJson(body.toString('utf8'), 'The body');
    const value = isJsonObject(fields) ? fields[name] : undefined;
    return value === undefined ? undefined : toPythonJson(value, SHOWN);
  } catch (error) {
    if (error instanceof DomainError) return undefined;
    throw error;
  }
}

const refusal = (text: string, at: string, why: string) =>
  `Invalid value ${text} for parameter '${at}' supplied: ${why}`;

export const wrong = (value: unknown, at: string, expected: string) =>
  new WrongValue(value, at, expected);

/** MLflow's hints name Python's types. */
function pythonType(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (value === null) return 'NoneType';
  return { string: 'str', boolean: 'bool', object: 'dict' }[typeof value as string] ?? 'NoneType';
}
