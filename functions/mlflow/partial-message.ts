import { strip } from '../shared/python-text.ts';
import { fieldsOf, type NamedField } from './field-names.ts';
import type { Decoded, Field, FieldTable, FieldType } from './field-table.ts';
import {
  isEnum,
  isInteger,
  isIntegral,
  isNumber,
  isOther,
  messageOf,
  missing,
  readScalar,
  type ScalarType,
  WrongValue,
  within,
  wrong,
} from './values.ts';

type Raw = Readonly<Record<string, unknown>>;

/**
 * What MLflow's servers make of a message with a value of another type than its field's
 * (`_get_request_message`): protobuf's JSON reader stops there, so that the field and all that follow it
 * are unset; then the types of most fields are looked at, and the others pass.
 * @param raw the message as it was sent, its fields in their order
 * @param path fields that the path holds
 * @throws what is refused: the first field, in the order of the table, that is missing or wrong
 * @returns nothing when all values are of the types of their fields
 */
export function readPartly<T extends FieldTable>(
  raw: Raw,
  table: T,
  path: Raw,
): Decoded<T> | undefined {
  const reader = new PartReader();
  const message = reader.message(raw, table);
  if (!reader.stopped) return undefined;
  for (const one of fieldsOf(table)) {
    const isOfBody = one.field.check === 'body' && (raw[one.name] ?? null) !== null;
    checkField(isOfBody ? raw : { ...raw, ...path }, one);
  }
  if (reader.lacks) throw missing(reader.lacks);
  return { ...message, ...path } as Decoded<T>;
}

/** Here MLflow's servers know the fields by the names of their definitions only, not in camel case. */
function checkField(raw: Raw, { name, field }: NamedField): void {
  const { alias = name } = field;
  const given = raw[name] === undefined || raw[name] === null ? alias : name;
  const value = raw[given];
  const isUnset = value === undefined || value === null;
  const isFirst = field.check === 'first';
  if (isUnset && isFirst) throw wrong(null, name, field.repeated ? 'a list' : 'a string');
  // An empty text is a wrong integer, or a wrong list, before it is a missing one.
  const isEmpty = value === '' && !isIntegral(field.type) && !(isFirst && field.repeated);
  if (field.required && (isUnset || isEmpty)) throw missing(name);
  if (!Object.hasOwn(raw, given) || field.check === 'nothing') return;
  const expected = expectedType(value, field);
  if (expected) throw wrong(value, name, expected);
  if (
    field.repeated &&
    field.check !== 'list' &&
    typeof field.type === 'object' &&
    'fields' in field.type
  ) {
    checkItems(value as unknown[], field.type.fields, name);
  }
}

/** What the value should have been; of enums, messages and the like nothing is said. */
function expectedType(
  value: unknown,
  { type, repeated, required, check, max = Infinity }: Field,
): string | undefined {
  if (repeated) {
    if (!Array.isArray(value)) return 'a list';
    const isWrong = type === 'string' && check !== 'list' && value.some((one) => !isText(one));
    return isWrong ? 'a list of strings' : undefined;
  }
  if (type === 'string') return isText(value) ? undefined : 'a string';
  if (isIntegral(type) || check === 'number') {
    return isIntegerLike(value) && !(Number(value) > max) ? undefined : 'an integer';
  }
  if (type === 'double') return isFloatLike(value) ? undefined : 'a number';
  if (isEnum(type) && check === 'type') return isText(value) ? undefined : 'a string';
  if (check !== 'type' && !(isEnum(type) && required)) return undefined;
  return readsAs(type as ScalarType, value) ? undefined : 'of its type';
}

const isText = (value: unknown) => typeof value === 'string';

/** Python's `int()`: truth is a number, and what is behind the point is left out. */
const isIntegerLike = (value: unknown) =>
  typeof value === 'string'
    ? isInteger(strip(value))
    : typeof value === 'boolean' || typeof value === 'bigint' || Number.isFinite(value);

/** Python's `float()` reads a `nan`, protobuf's reader does not. */
const isFloatLike = (value: unknown) => value === 'nan' || readsAs('double', value);

function readsAs(type: ScalarType, value: unknown): boolean {
  try {
    readScalar(value, type, '', '');
    return true;
  } catch (error) {
    if (error instanceof WrongValue) return false;
    throw error;
  }
}

/** Items lack nothing that is required, wherever the reader stopped. */
function checkItems(items: readonly unknown[], fields: FieldTable, name: string): void {
  const required = fieldsOf(fields).filter(({ field }) => field.required);
  if (required.length === 0) return;
  for (const [i, item] of items.entries()) {
    const at = `${name}[${i}]`;
    if (item === null || typeof item !== 'object') throw wrong(item, at, 'an object');
    for (const one of required) {
      const value = one.names.map((given) => (item as Raw)[given]).find((found) => found != null);
      if (value === undefined || value === '') throw missing(within(at, one.name));
    }
  }
}

/** Reads until the first value of a wrong type. */
class PartReader {
  stopped = false;
  /** A field that has no value that could stand for none. */
  lacks: string | undefined;

  message(raw: Raw, table: FieldTable): Record<string, unknown> {
    const message: Record<string, unknown> = {};
    for (const [given, value] of Object.entries(raw)) {
      const named = fieldsOf(table).find(({ names }) => names.includes(given));
      if (!named || this.stopped) continue;
      if (value === null) delete message[named.name];
      else if (!isIgnored(value, named.field)) {
        const read = this.value(value, named.field);
        if (read !== undefined) message[named.name] = read;
      }
    }
    for (const { name, field } of fieldsOf(table)) {
      if (message[name] === undefined) message[name] = this.unset(name, field);
    }
    return message;
  }

  private value(value: unknown, { type, repeated }: Field): unknown {
    if (!repeated) return this.single(value, type);
    if (!Array.isArray(value)) {
      this.stopped = true;
      return [];
    }
    const items: unknown[] = [];
    for (const one of value) {
      if (this.stopped) break;
      const item = this.single(one, type);
      if (item !== undefined) items.push(item);
    }
    return items;
  }

  private single(value: unknown, type: FieldType): unknown {
    if (typeof type === 'object' && 'fields' in type) {
      return this.message(
        this.unlessWrong(() => messageOf(value, type.fields, '')) ?? {},
        type.fields,
      );
    }
    if (type === 'map') return this.map(value);
    // These are messages to protobuf, which are there before they are read.
    if (type === 'timestamp' || type === 'duration') {
      return this.unlessWrong(() => readScalar(value, type, '', '')) ?? '';
    }
    return this.unlessWrong(() => readScalar(value, type, '', ''));
  }

  private map(value: unknown): Record<string, string> {
    const map: Record<string, string> = {};
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isObject) this.stopped = true;
    for (const [key, one] of isObject ? Object.entries(value) : []) {
      this.stopped ||= !key.isWellFormed() || !(typeof one === 'string' && one.isWellFormed());
      if (this.stopped) break;
      map[key] = String(one);
    }
    return map;
  }

  private unlessWrong<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error;
      this.stopped = true;
      return undefined;
    }
  }

  /** What operations find where nothing was read: proto2's defaults for what is always there. */
  private unset(name: string, { type, repeated, required, ...field }: Field): unknown {
    if (repeated) return [];
    const standard = field.otherwise ?? field.default;
    if (standard !== undefined || !required) return standard;
    if (type === 'string') return '';
    if (isNumber(type)) return 0;
    // None of its values would be what was meant: MLflow's servers fail at that.
    if (isEnum(type)) this.lacks ??= name;
    return typeof type === 'object' && 'fields' in type ? this.message({}, type.fields) : {};
  }
}

/** A name that its enum does not have. */
const isIgnored = (value: unknown, { type }: Field) =>
  isEnum(type) && typeof value === 'string' && isOther(value, type);
