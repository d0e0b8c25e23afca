import { DomainError, invalid } from '../shared/errors.ts';
import { parseJson } from '../shared/http/json-api.ts';
import { type Int64, nearest, toInt64 } from '../shared/int64.ts';
import type { Decoded, Field, FieldTable, FieldType } from './field-table.ts';
import { isWhole, numberTexts, parseExactly, withoutBigInts } from './json-numbers.ts';

/** Query parameters, each with all its values. */
export type QueryValues = ReadonlyMap<string, readonly string[]>;

export function parseQuery(rawQueryString: string): QueryValues {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return values;
}

/** Fields that the path holds; they win over others of their name. */
export type PathValues = Readonly<Record<string, string>>;

/** A message out of the query string of a GET. */
export function decodeQuery<T extends FieldTable>(
  query: QueryValues,
  table: T,
  path: PathValues = {},
): Decoded<T> {
  const raw: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(table)) {
    const given = [name, toCamel(name), ...(field.alias ? [field.alias] : [])];
    const values = given.map((one) => query.get(one)).find((found) => found !== undefined);
    if (!values) continue;
    if (field.type === 'bool') checkBooleanText(values[0] ?? '');
    raw[name] = field.repeated ? values : values[0];
  }
  return decodeMessage({ ...raw, ...path }, table, '');
}

function checkBooleanText(text: string): void {
  if (/^(?:true|false)$/i.test(text)) return;
  throw invalid(`Invalid boolean value: ${text}, must be 'true' or 'false'.`);
}

/** A message out of a JSON body; old clients send it as a JSON text that holds JSON. */
export function decodeBody<T extends FieldTable>(
  body: Buffer,
  table: T,
  path: PathValues = {},
): Decoded<T> {
  try {
    return decodeMessage({ ...readObject(body, parseJson), ...path }, table, '');
  } catch (error) {
    if (!(error instanceof WrongValue)) throw error;
    // Few bodies hold such numbers: all others are read in the way that is fast.
    if (error.inexact) return decodeExactly(body, table, path);
    throw error.asSentIn(body);
  }
}

function decodeExactly<T extends FieldTable>(body: Buffer, table: T, path: PathValues): Decoded<T> {
  try {
    return decodeMessage({ ...readObject(body, parseExactly), ...path }, table, '');
  } catch (error) {
    throw error instanceof WrongValue ? error.asSentIn(body) : error;
  }
}

function readObject(body: Buffer, parse: (text: Buffer) => unknown): object {
  let raw = parse(body);
  if (typeof raw === 'string') raw = parse(Buffer.from(raw));
  if (raw !== null && typeof raw === 'object' && !Array.isArray(raw)) return raw;
  throw new DomainError('MALFORMED_REQUEST', 'The request body must be a JSON object');
}

/** A message out of an object that was read elsewhere, with names of either style. */
export const decodeObject = <T extends FieldTable>(
  raw: Readonly<Record<string, unknown>>,
  table: T,
): Decoded<T> => decodeMessage(raw, table, '');

/** A field with the names that it may come under, the one that wins first. */
interface NamedField {
  readonly name: string;
  readonly names: readonly string[];
  readonly field: Field;
}

/** Fields of tables: a batch asks for the same few thousands of times. */
const namedFields = new WeakMap<FieldTable, readonly NamedField[]>();

function fieldsOf(table: FieldTable): readonly NamedField[] {
  const known = namedFields.get(table);
  if (known) return known;
  const fields = Object.entries(table).map(([name, field]) => {
    const names = [name, toCamel(name)];
    if (field.alias) names.push(field.alias, toCamel(field.alias));
    return { name, names: [...new Set(names)], field };
  });
  namedFields.set(table, fields);
  return fields;
}

/**
 * Proto3's JSON rules as MLflow applies them: unknown fields are ignored, both name styles are taken,
 * null is unset, int64 and double come as numbers or texts, enums by name or number.
 */
function decodeMessage<T extends FieldTable>(
  raw: Readonly<Record<string, unknown>>,
  table: T,
  path: string,
): Decoded<T> {
  const message: Record<string, unknown> = {};
  for (const { name, names, field } of fieldsOf(table)) {
    const value = givenValue(raw, names, field);
    // MLflow's servers miss an empty text where one is required; as a number it is wrong.
    if (value === undefined || (value === '' && field.required && !isNumber(field.type))) {
      if (field.required) throw missing(within(path, name));
      if (field.repeated) message[name] = [];
      else if (field.default !== undefined) message[name] = field.default;
    } else if (field.repeated) message[name] = decodeList(value, field.type, within(path, name));
    else message[name] = decodeValue(value, field.type, path, name);
  }
  return message as Decoded<T>;
}

const isNumber = (type: FieldType) => type === 'int64' || type === 'int32' || type === 'double';

/**
 * The first value that is neither absent nor null, nor a name that its enum does not have: protobuf's JSON
 * ignores that as it does unknown fields. Where an enum is required it is wrong.
 */
function givenValue(
  raw: Readonly<Record<string, unknown>>,
  names: readonly string[],
  { type, required }: Field,
): unknown {
  for (const name of names) {
    const value = raw[name];
    if (value === undefined || value === null || !Object.hasOwn(raw, name)) continue;
    const ignored = !required && isEnum(type) && typeof value === 'string' && isOther(value, type);
    if (!ignored) return value;
  }
  return undefined;
}

const isEnum = (type: FieldType): type is readonly string[] => Array.isArray(type);

/** Neither a name of the enum nor a number. */
const isOther = (text: string, names: readonly string[]) =>
  !names.includes(text) && !INTEGER.test(text);

/** Where a field is, for messages. */
const within = (path: string, name: string) =>
  name.startsWith('[') || path === '' ? path + name : `${path}.${name}`;

/** How MLflow ends refusals of parameters. */
export const SEE_DOCS = 'See the API docs for more information about request parameters.';

/** The refusal of a request that lacks a parameter. */
export const missing = (name: string) =>
  invalid(`Missing value for required parameter '${name}'. ${SEE_DOCS}`);

function decodeList(value: unknown, type: FieldType, at: string): unknown[] {
  if (!Array.isArray(value)) throw wrong(value, at, 'a list');
  return value.map((one, i) => decodeValue(one, type, at, `[${i}]`));
}

/** The path is put together only for messages inside and for refusals. */
function decodeValue(value: unknown, type: FieldType, path: string, name: string): unknown {
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
  if ('fields' in type) return decodeMessage(messageOf(value, type.fields, at), type.fields, at);
  return enumerated(value, type, at);
}

/** protobuf's JSON looks for names of fields in a text or a list, too, and finds none. */
function messageOf(value: unknown, fields: FieldTable, at: string): Record<string, unknown> {
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
class WrongValue extends DomainError {
  private readonly at: string;
  private readonly expected: string;
  /** It might be right if it was read digit by digit. */
  readonly inexact: boolean;

  constructor(
    value: unknown,
    at: string,
    expected: string,
    inexact = false,
    text = JSON.stringify(withoutBigInts(value)),
  ) {
    const type = typeof value === 'number' && /[.eE]/.test(text) ? 'float' : pythonType(value);
    super(
      'INVALID_PARAMETER_VALUE',
      `Invalid value ${text} for parameter '${at}' supplied: ` +
        `Hint: Value was of type '${type}', not ${expected}. ${SEE_DOCS}`,
    );
    this.at = at;
    this.expected = expected;
    this.inexact = inexact;
  }

  /** The same refusal with a number as the client wrote it: MLflow tells 9.0 from 9. */
  asSentIn(body: Buffer): WrongValue {
    const sent = numberTexts(body.toString('utf8')).get(this.at);
    return sent ? new WrongValue(Number(sent), this.at, this.expected, false, sent) : this;
  }
}

const wrong = (value: unknown, at: string, expected: string) => new WrongValue(value, at, expected);

/** MLflow's hints name Python's types. */
function pythonType(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return { string: 'str', boolean: 'bool', object: 'dict' }[typeof value as string] ?? 'NoneType';
}

const toCamel = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
