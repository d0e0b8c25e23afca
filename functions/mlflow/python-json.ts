import { invalid } from '../shared/errors.ts';
import { pythonQuoted } from '../shared/python-text.ts';
import { pythonFloat } from './python-float.ts';

/**
 * JSON as Python's `json` module reads and writes it. Clients get back what they stored: 1.0 stays a
 * float, integers of any size stay exact.
 */
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;
export type JsonObject = { readonly [name: string]: Json };

/** A number as Python writes it. */
export class JsonNumber {
  readonly text: string;
  readonly isFloat: boolean;

  constructor(source: string) {
    this.isFloat = /[.eE]/.test(source);
    this.text = this.isFloat ? floatText(Number(source)) : String(BigInt(source));
  }
}

function floatText(value: number): string {
  if (!Number.isFinite(value)) throw invalid('A number of the JSON document is too large');
  return pythonFloat(value);
}

/** What `JSON.parse` tells its reviver of a primitive (ECMAScript 2026). */
interface Primitive {
  readonly source?: string;
}

type Reviver = (key: string, value: unknown) => unknown;

/** A JSON document with its numbers as written. `name` is the parameter that a refusal names. */
export function parsePythonJson(text: string, name: string): Json {
  const revive = (_key: string, value: unknown, primitive?: Primitive) =>
    typeof value === 'number' ? new JsonNumber(primitive?.source ?? String(value)) : value;
  try {
    return JSON.parse(text, revive as Reviver) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(`${name} must be valid JSON`);
    throw error;
  }
}

export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof JsonNumber);

interface Style {
  readonly sortKeys?: boolean;
  /** No blanks. */
  readonly compact?: boolean;
}

/** `json.dumps`: a blank behind commas and colons, nothing but ASCII. */
export function toPythonJson(value: Json, options: Style = {}): string {
  const blank = options.compact ? '' : ' ';
  if (typeof value === 'string') return quote(value);
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) {
    return `[${value.map((one: Json) => toPythonJson(one, options)).join(`,${blank}`)}]`;
  }
  if (!isJsonObject(value)) return String(value);
  const names = options.sortKeys ? Object.keys(value).sort() : Object.keys(value);
  const members = names.map(
    (name) => `${quote(name)}:${blank}${toPythonJson(value[name] ?? null, options)}`,
  );
  return `{${members.join(`,${blank}`)}}`;
}

const quote = (text: string) =>
  JSON.stringify(text).replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: everything outside printable ASCII
    /[^\u0000-\u007e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** What Python's `str` makes of a value of JSON: texts as they are, inside of others in quotes. */
export const pythonText = (value: Json): string =>
  typeof value === 'string' ? value : representation(value);

function representation(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return pythonQuoted(value);
  if (Array.isArray(value)) return `[${value.map(representation).join(', ')}]`;
  if (!isJsonObject(value)) return toPythonJson(value);
  const members = Object.entries(value).map(
    ([name, one]) => `${pythonQuoted(name)}: ${representation(one)}`,
  );
  return `{${members.join(', ')}}`;
}
