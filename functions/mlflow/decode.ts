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
  try {
    return decodeMessage({ ...raw, ...path }, table, '');
  } catch (error) {
    throw error instanceof WrongValue ? error.asSentIn(body) : error;
  }
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
  if (type === 'json') return value;
  if (type === 'map') return stringMap(value, at);
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

  constructor(value: unknown, at: string, expected: string, text = JSON.stringify(value)) {
    const type = typeof value === 'number' && /[.eE]/.test(text) ? 'float' : pythonType(value);
    super(
      'INVALID_PARAMETER_VALUE',
      `Invalid value ${text} for parameter '${at}' supplied: ` +
        `Hint: Value was of type '${type}', not ${expected}. ${SEE_DOCS}`,
    );
    this.at = at;
    this.expected = expected;
  }

  /** The same refusal with a number as the client wrote it: MLflow tells 9.0 from 9. */
  asSentIn(body: Buffer): WrongValue {
    const sent = numberTexts(body.toString('utf8')).get(this.at);
    return sent ? new WrongValue(Number(sent), this.at, this.expected, sent) : this;
  }
}

/** The texts of a JSON document's numbers by their paths. */
function numberTexts(document: string): Map<string, string> {
  const texts = new Map<string, string>();
  const raw: unknown = JSON.parse(document, ((_key: string, value: unknown, at?: NumberSource) =>
    typeof value === 'number' && at ? { [SOURCE]: at.source } : value) as (
    key: string,
    value: unknown,
  ) => unknown);
  const visit = (value: unknown, path: string): void => {
    if (value === null || typeof value !== 'object') return;
    if (SOURCE in value) texts.set(path, String(value[SOURCE]));
    for (const [key, one] of Object.entries(value)) {
      visit(one, Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key);
    }
  };
  visit(raw, '');
  return texts;
}

const SOURCE = Symbol('source');

/** What `JSON.parse` tells its reviver of a primitive (ECMAScript 2026). */
interface NumberSource {
  readonly source: string;
}

const wrong = (value: unknown, at: string, expected: string) => new WrongValue(value, at, expected);

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
