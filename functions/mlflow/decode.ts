import { DomainError, invalid } from '../shared/errors.ts';
import { parseJson } from '../shared/http/json-api.ts';
import type { Decoded, Field, FieldTable, FieldType } from './field-table.ts';

/** Query parameters, each with all its values. */
export type QueryValues = Readonly<Record<string, readonly string[]>>;

export function parseQuery(rawQueryString: string): QueryValues {
  const values: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    values[name] = [...(values[name] ?? []), value];
  }
  return values;
}

/** A message out of the query string of a GET. */
export function decodeQuery<T extends FieldTable>(query: QueryValues, table: T): Decoded<T> {
  const raw: Record<string, unknown> = {};
  for (const [name, values] of Object.entries(query)) {
    const repeated = table[name]?.repeated ?? table[toSnake(name)]?.repeated;
    raw[name] = repeated ? values : values.at(-1);
  }
  return decodeMessage(raw, table, '');
}

/** A message out of a JSON body. */
export function decodeBody<T extends FieldTable>(body: Buffer, table: T): Decoded<T> {
  const raw = parseJson(body);
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    throw new DomainError('MALFORMED_REQUEST', 'The request body must be a JSON object');
  }
  return decodeMessage(raw as Record<string, unknown>, table, '');
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
  for (const [name, field] of Object.entries(table)) {
    const value = raw[name] ?? raw[toCamel(name)];
    const at = path ? `${path}.${name}` : name;
    if (value === undefined || value === null) {
      if (field.required) throw missing(at);
      if (field.repeated) message[name] = [];
      continue;
    }
    message[name] = decodeField(value, field, at);
  }
  return message as Decoded<T>;
}

export const missing = (name: string) =>
  invalid(
    `Missing value for required parameter '${name}'. See the API docs for more information about request parameters.`,
  );

function decodeField(value: unknown, field: Field, at: string): unknown {
  if (!field.repeated) {
    const decoded = decodeValue(value, field.type, at);
    // MLflow's servers refuse an empty text where one is required.
    if (field.required && decoded === '') throw missing(at);
    return decoded;
  }
  if (!Array.isArray(value)) throw wrong(value, at, 'a list');
  return value.map((one, i) => decodeValue(one, field.type, `${at}[${i}]`));
}

function decodeValue(value: unknown, type: FieldType, at: string): unknown {
  if (type === 'string') {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
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
  const name = typeof value === 'number' ? type[value - 1] : String(value);
  if (name === undefined || !type.includes(name))
    throw wrong(value, at, `one of ${type.join(', ')}`);
  return name;
}

function integer(value: unknown, at: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number)) return number;
  throw wrong(value, at, 'an integer');
}

function float(value: unknown, at: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    const named = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity }[value];
    if (named !== undefined) return named;
    const number = Number(value);
    if (value.trim() !== '' && !Number.isNaN(number)) return number;
  }
  throw wrong(value, at, 'a number');
}

function boolean(value: unknown, at: string): boolean {
  if (typeof value === 'boolean') return value;
  if (/^(true|1)$/i.test(String(value))) return true;
  if (/^(false|0)$/i.test(String(value))) return false;
  throw wrong(value, at, 'true or false');
}

const wrong = (value: unknown, at: string, expected: string) =>
  invalid(
    `Invalid value ${JSON.stringify(value)} for parameter '${at}' supplied: Value was not ${expected}. ` +
      'See the API docs for more information about request parameters.',
  );

const toCamel = (name: string) =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const toSnake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
