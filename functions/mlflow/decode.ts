import { DomainError, invalid } from '../shared/errors.ts';
import { parseJson } from '../shared/http/json-api.ts';
import type { Decoded, Field, FieldTable, FieldType } from './field-table.ts';

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
    if (values) raw[name] = field.repeated ? values : values.at(-1);
  }
  return decodeMessage({ ...raw, ...path }, table, '');
}

/** A message out of a JSON body; old clients send it as a JSON text that holds JSON. */
export function decodeBody<T extends FieldTable>(
  body: Buffer,
  table: T,
  path: PathValues = {},
): Decoded<T> {
  let raw = parseJson(body);
  if (typeof raw === 'string') raw = parseJson(Buffer.from(raw));
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    throw new DomainError('MALFORMED_REQUEST', 'The request body must be a JSON object');
  }
  return decodeMessage({ ...raw, ...path }, table, '');
}

/** A message out of an object that was read elsewhere, with names of either style. */
export const decodeObject = <T extends FieldTable>(
  raw: Readonly<Record<string, unknown>>,
  table: T,
): Decoded<T> => decodeMessage(raw, table, '');

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
  for (const [name, field] of Object.entries(table)) {
    const names = field.alias ? [name, field.alias] : [name];
    const value = names.map((one) => own(raw, one) ?? own(raw, toCamel(one))).find(isGiven);
    const at = path ? `${path}.${name}` : name;
    // MLflow's servers refuse an empty text where a value is required.
    if (value === undefined || value === null || (field.required && value === '')) {
      if (field.required) throw missing(at);
      if (field.repeated) message[name] = [];
      continue;
    }
    message[name] = decodeField(value, field, at);
  }
  return message as Decoded<T>;
}

const isGiven = (value: unknown) => value !== undefined && value !== null;

const own = (raw: Readonly<Record<string, unknown>>, name: string) =>
  Object.hasOwn(raw, name) ? raw[name] : undefined;

const SEE_DOCS = 'See the API docs for more information about request parameters.';

/** The refusal of a request that lacks a parameter. */
export const missing = (name: string) =>
  invalid(`Missing value for required parameter '${name}'. ${SEE_DOCS}`);

function decodeField(value: unknown, field: Field, at: string): unknown {
  if (!field.repeated) return decodeValue(value, field.type, at);
  if (!Array.isArray(value)) throw wrong(value, at, 'a list');
  return value.map((one, i) => decodeValue(one, field.type, `${at}[${i}]`));
}

function decodeValue(value: unknown, type: FieldType, at: string): unknown {
  if (type === 'string') {
    if (typeof value === 'string') return value;
    throw wrong(value, at, 'a string');
  }
  if (type === 'int64') return integer(value, at);
  if (type === 'double') return float(value, at);
  if (type === 'bool') return boolean(value, at);
  if ('fields' in type) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw wrong(value, at, 'an object');
    }
    return decodeMessage(value as Record<string, unknown>, type.fields, at);
  }
  return enumerated(value, type, at);
}

/** Numbers of MLflow's enums begin with 1. */
function enumerated(value: unknown, names: readonly string[], at: string): string {
  const number = /^\d+$/.test(String(value)) ? Number(value) : undefined;
  const name = number === undefined ? value : names[number - 1];
  if (typeof name !== 'string' || !names.includes(name)) {
    throw wrong(value, at, `one of ${names.join(', ')}`);
  }
  return name;
}

/** Integers beyond 2^53 are refused: they could not be given back as they came. */
function integer(value: unknown, at: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw wrong(value, at, 'an integer between -2^53 and 2^53');
}

const NAMED_NUMBERS = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

function float(value: unknown, at: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    const number = NAMED_NUMBERS.get(value) ?? Number(value);
    if (NAMED_NUMBERS.has(value) || (value.trim() !== '' && Number.isFinite(number))) return number;
  }
  throw wrong(value, at, 'a number');
}

function boolean(value: unknown, at: string): boolean {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : undefined;
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw wrong(value, at, 'true or false');
}

const wrong = (value: unknown, at: string, expected: string) =>
  invalid(
    `Invalid value ${JSON.stringify(value)} for parameter '${at}' supplied: ` +
      `Hint: Value was of type '${pythonType(value)}', not ${expected}. ${SEE_DOCS}`,
  );

/** MLflow's hints name Python's types. */
function pythonType(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return { string: 'str', boolean: 'bool', object: 'dict' }[typeof value as string] ?? 'NoneType';
}

/** Names of the field tables in camel case: a batch asks for the same few thousands of times. */
const camelNames = new Map<string, string>();

function toCamel(name: string): string {
  const known = camelNames.get(name);
  if (known !== undefined) return known;
  const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  camelNames.set(name, camel);
  return camel;
}
