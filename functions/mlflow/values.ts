import { DomainError, invalid } from '../shared/errors.ts';
import { type Int64, nearest, toInt64 } from '../shared/int64.ts';
import type { FieldTable, FieldType } from './field-table.ts';
import { isWhole, withoutBigInts } from './json-numbers.ts';
import { isJsonObject, parsePythonJson, toPythonJson } from './python-json.ts';

/** Where a field is, for messages. */
export const within = (path: string, name: string) =>
  name.startsWith('[') || path === '' ? path + name : `${path}.${name}`;

/** How MLflow ends refusals of parameters. */
export const SEE_DOCS = 'See the API docs for more information about request parameters.';

/** The refusal of a request that lacks a parameter. */
export const missing = (name: string) =>
  invalid(`Missing value for required parameter '${name}'. ${SEE_DOCS}`);

export const isNumber = (type: FieldType) =>
  type === 'int64' || type === 'int32' || type === 'double';

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
  if (type === 'int32') {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    return nearest(integer(value, within(path, name)));
  }
  if (type === 'double') {
    if (typeof value === 'number') return value;
    return typeof value === 'bigint' ? Number(value) : float(value, within(path, name));
  }
  const at = within(path, name);
  if (type === 'bool') return boolean(value, at);
  if (type === 'json') return withoutBigInts(value);
  if (type === 'map') return stringMap(value, at);
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

/** Numbers of MLflow's enums begin with 1; Python takes truth for 1 and leaves out what is behind a point. */
function enumerated(value: unknown, names: readonly string[], at: string): string {
  if (typeof value === 'string' && names.includes(value)) return value;
  const isNumeric = typeof value === 'number' || typeof value === 'boolean';
  const number = isNumeric || isInteger(value) ? Math.trunc(plainNumber(value)) : 0;
  const name = names[number - 1];
  if (name === undefined) throw wrong(value, at, `one of ${names.join(', ')}`);
  return name;
}

/** An integer as Python reads one: digits may be parted by underscores. */
const INTEGER = /^[-+]?\d+(?:_\d+)*$/;

const isInteger = (value: unknown): value is string =>
  typeof value === 'string' && INTEGER.test(value);

const plainNumber = (value: unknown) =>
  Number(typeof value === 'string' ? value.replaceAll('_', '') : value);

/** Numbers in texts and numbers that were read exactly; others beyond 2^53 may be wrong in the last digits. */
function integer(value: unknown, at: string): Int64 {
  const whole = wholeNumber(value);
  const exact = whole === undefined ? undefined : toInt64(whole);
  if (exact !== undefined) return exact;
  throw new WrongValue(value, at, 'an integer of 64 bits', isWhole(value));
}

function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (isInteger(value)) return BigInt(value.replace('+', '').replaceAll('_', ''));
  // `5.0` and `1e3`.
  const number = typeof value === 'string' && !value.includes(' ') ? decimal(value) : undefined;
  return number !== undefined && Number.isInteger(number) ? BigInt(number) : undefined;
}

const NAMED_NUMBERS = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

function float(value: unknown, at: string): number {
  // Python's truth is the number 1.
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') {
    const number = NAMED_NUMBERS.get(value) ?? infinity(value) ?? decimal(value);
    if (number !== undefined) return number;
  }
  throw wrong(value, at, 'a number');
}

/** A number as Python reads one. */
const decimal = (text: string): number | undefined =>
  DECIMAL.test(text) ? plainNumber(text) : undefined;

const DIGITS = String.raw`\d+(?:_\d+)*`;
const DECIMAL = new RegExp(
  String.raw`^\s*[-+]?(?:${DIGITS}(?:\.(?:${DIGITS})?)?|\.${DIGITS})(?:e[-+]?${DIGITS})?\s*$`,
  'i',
);

/** Python's other names of it, in any case; NaN has but one. */
function infinity(text: string): number | undefined {
  const found = /^\s*([-+]?)inf(?:inity)?\s*$/i.exec(text);
  return found ? (found[1] === '-' ? -Infinity : Infinity) : undefined;
}

function boolean(value: unknown, at: string): boolean {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : undefined;
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw wrong(value, at, 'true or false');
}

function stringMap(value: unknown, at: string): Record<string, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw wrong(value, at, 'an object');
  }
  for (const [name, one] of Object.entries(value)) {
    if (typeof one !== 'string') throw wrong(one, `${at}.${name}`, 'a string');
  }
  return value as Record<string, string>;
}

/** A value of another type than its field's; `at` is its path in the message. */
export class WrongValue extends DomainError {
  private readonly at: string;
  private readonly why: string;
  /** It might be right if it was read digit by digit. */
  readonly inexact: boolean;

  constructor(value: unknown, at: string, expected: string, inexact = false) {
    const why = `Hint: Value was of type '${pythonType(value)}', not ${expected}. ${SEE_DOCS}`;
    super('INVALID_PARAMETER_VALUE', refusal(JSON.stringify(withoutBigInts(value)), at, why));
    this.at = at;
    this.why = why;
    this.inexact = inexact;
  }

  /** The same refusal with the value as MLflow writes it, who tells 9.0 from 9. */
  asSentIn(body: Buffer): DomainError {
    const fields = parsePythonJson(body.toString('utf8'), 'The body');
    const value = isJsonObject(fields) ? fields[this.at] : undefined;
    if (value === undefined) return this;
    const text = toPythonJson(value, { sortKeys: true, compact: true });
    return new DomainError(this.code, refusal(text, this.at, this.why));
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
  return { string: 'str', boolean: 'bool', object: 'dict' }[typeof value as string] ?? 'NoneType';
}
