import { DomainError, invalid } from '../shared/errors.ts';
import { parseJson } from '../shared/http/json-api.ts';
import { fieldsOf } from './field-names.ts';
import type { Decoded, Field, FieldTable, FieldType } from './field-table.ts';
import { parseExactly, parseLeniently } from './json-numbers.ts';
import { readPartly } from './partial-message.ts';
import {
  isEnum,
  isNumber,
  isOther,
  messageOf,
  missing,
  readScalar,
  WrongValue,
  within,
  wrong,
} from './values.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Query parameters, each with all its values. */
type QueryValues = ReadonlyMap<string, readonly string[]>;

export function parseQuery(rawQueryString: string): QueryValues {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return values;
}

/** Fields that the path holds; they win over others of their name, unless MLflow's server reads the body's. */
type PathValues = Readonly<Record<string, string>>;

/** A message out of the query string of a GET; `strict` refuses every value of a wrong type. */
export function decodeQuery<T extends FieldTable>(
  query: QueryValues,
  table: T,
  path: PathValues = {},
  strict = false,
): Decoded<T> {
  const raw: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(table)) {
    // MLflow's servers know them by these names only, not in camel case.
    const values = query.get(name) ?? (field.alias && query.get(field.alias));
    if (!values) continue;
    const [first = ''] = values;
    raw[name] = field.repeated ? values : field.type === 'bool' ? booleanOf(first) : first;
  }
  return (strict ? decodeWhole : decodeOrPart)(raw, table, path);
}

function booleanOf(text: string): boolean {
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  throw invalid(`Invalid boolean value: ${text}, must be 'true' or 'false'.`);
}

/** A message out of a JSON body; old clients send it as a JSON text that holds JSON. */
export function decodeBody<T extends FieldTable>(
  body: Buffer,
  table: T,
  path: PathValues = {},
  strict = false,
): Decoded<T> {
  const decode = strict ? decodeWhole : decodeOrPart;
  const read = (parse: (text: Buffer) => unknown) => decode(readObject(body, parse), table, path);
  try {
    return read(parseBody);
  } catch (error) {
    if (!(error instanceof WrongValue)) throw error;
    // Few bodies hold such numbers: all others are read in the way that is fast.
    if (!error.inexact) throw error.asSentIn(body);
  }
  try {
    return read(parseExactly);
  } catch (error) {
    throw error instanceof WrongValue ? error.asSentIn(body) : error;
  }
}

/** JSON, or what Python takes for it: nearly all bodies are read in the way that is fast. */
function parseBody(body: Buffer): unknown {
  try {
    return parseJson(body);
  } catch (error) {
    try {
      return parseLeniently(body);
    } catch {
      throw error;
    }
  }
}

const decodeWhole = <T extends FieldTable>(raw: Raw, table: T, path: PathValues): Decoded<T> =>
  decodeMessage({ ...raw, ...path, ...ofBody(raw, table, path) }, table, '');

const ofBody = (raw: Raw, table: FieldTable, path: PathValues): Raw =>
  Object.fromEntries(
    Object.keys(path).flatMap((name) =>
      table[name]?.ofBody && (raw[name] ?? null) !== null ? [[name, raw[name]]] : [],
    ),
  );

/** The message; of one with a value of a wrong type, what MLflow's servers understand of it. */
function decodeOrPart<T extends FieldTable>(raw: Raw, table: T, path: PathValues): Decoded<T> {
  try {
    const whole = decodeWhole(raw, table, path);
    // A wrong value stops MLflow's reader, too, where the path's is the one that counts.
    const isWrong = Object.keys(path).some((name) => isWrongText(raw[name]));
    return (isWrong && readPartly(raw, table, path)) || whole;
  } catch (error) {
    if (error instanceof WrongValue && error.inexact) throw error;
    const part = readPartly(raw, table, path);
    if (part) return part;
    throw error;
  }
}

const isWrongText = (value: unknown) =>
  value !== undefined && value !== null && !(typeof value === 'string' && value.isWellFormed());

function readObject(body: Buffer, parse: (text: Buffer) => unknown): Raw {
  let raw = parse(body);
  if (typeof raw === 'string') raw = parse(Buffer.from(raw));
  if (raw !== null && typeof raw === 'object' && !Array.isArray(raw)) return raw as Raw;
  throw new DomainError('MALFORMED_REQUEST', 'The request body must be a JSON object');
}

/** A message out of an object that was read elsewhere, with names of either style. */
export const decodeObject = <T extends FieldTable>(raw: Raw, table: T): Decoded<T> =>
  decodeMessage(raw, table, '');

/**
 * Proto3's JSON rules as MLflow applies them: unknown fields are ignored, both name styles are taken,
 * null is unset, int64 and double come as numbers or texts, enums by name or number.
 */
function decodeMessage<T extends FieldTable>(raw: Raw, table: T, path: string): Decoded<T> {
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

/**
 * The first value that is neither absent nor null, nor a name that its enum does not have: protobuf's JSON
 * ignores that as it does unknown fields. Where an enum is required it is wrong.
 */
function givenValue(
  raw: Raw,
  names: readonly string[],
  { type, required, otherwise }: Field,
): unknown {
  for (const name of names) {
    const value = raw[name];
    if (value === undefined || value === null || !Object.hasOwn(raw, name)) continue;
    const isUnknown = isEnum(type) && typeof value === 'string' && isOther(value, type);
    if (!isUnknown || (required && otherwise === undefined)) return value;
    if (otherwise !== undefined && value !== '') return otherwise;
  }
  return undefined;
}

function decodeList(value: unknown, type: FieldType, at: string): unknown[] {
  if (!Array.isArray(value)) throw wrong(value, at, 'a list');
  return value.map((one, i) => decodeValue(one, type, at, `[${i}]`));
}

/** The path is put together only for messages inside and for refusals. */
function decodeValue(value: unknown, type: FieldType, path: string, name: string): unknown {
  if (typeof type !== 'object' || !('fields' in type)) return readScalar(value, type, path, name);
  const at = within(path, name);
  return decodeMessage(messageOf(value, type.fields, at), type.fields, at);
}
