import { type ExactValue, readLoosely, writeExact } from '../exact-json.ts';
import { ATTRIBUTES, type SpanEvent } from '../spans/span.ts';
import { DIALECTS, type Dialect } from './dialects.ts';
import { geminiFormat, geminiInputs, geminiOutputs, geminiType } from './gemini-cli.ts';
import { liveKitType, vercelInputs, vercelOutputs } from './irregular-dialects.ts';
import { valueOfEvents } from './span-events.ts';

type Texts = Readonly<Record<string, string>>;

/**
 * Attributes with what MLflow's interface and totals look for (type, inputs, outputs, tokens, model,
 * tools), out of the names of other instrumentations. What is there by MLflow's name stays. Values are
 * JSON texts.
 */
export function translate(attributes: Texts, events: readonly SpanEvent[]): Texts {
  const added: Record<string, string> = {};
  const add = (name: string, text: string | undefined) => {
    if (text !== undefined && !Object.hasOwn(attributes, name)) added[name] = text;
  };
  const type = typeOf(attributes);
  const own = attributes[ATTRIBUTES.type];
  const known = own === undefined ? null : readLoosely(own);
  if (type && (known === null || known === 'UNKNOWN')) added[ATTRIBUTES.type] = writeExact(type);
  const inputs = inputsOf(attributes) ?? valueOfEvents(events, 'inputs');
  add(ATTRIBUTES.inputs, inputs);
  add(ATTRIBUTES.outputs, outputsOf(attributes) ?? valueOfEvents(events, 'outputs'));
  add(ATTRIBUTES.usage, tokensOf(attributes));
  add(ATTRIBUTES.messageFormat, formatOf(attributes));
  add(
    ATTRIBUTES.tools,
    first(attributes, ({ tools }) => tools && [tools]),
  );
  add(ATTRIBUTES.model, modelOf({ ...attributes, ...added }));
  const provider = first(attributes, (dialect) => dialect.provider && [dialect.provider]);
  add(ATTRIBUTES.provider, provider && quoted(provider));
  return { ...attributes, ...added };
}

/** The first attribute of the names that is neither empty nor null, false or zero. */
function valueAt(attributes: Texts, names: readonly (string | RegExp)[]): string | undefined {
  for (const name of names) {
    const keys =
      typeof name === 'string' ? [name] : Object.keys(attributes).filter((key) => name.test(key));
    for (const key of keys) {
      const text = attributes[key];
      if (text !== undefined && isFilled(readLoosely(text))) return text;
    }
  }
  return undefined;
}

function isFilled(value: ExactValue): boolean {
  if (value === null || typeof value !== 'object') return Boolean(value);
  return Object.keys(value).length > 0;
}

function first(
  attributes: Texts,
  names: (dialect: Dialect) => readonly (string | RegExp)[] | '' | undefined,
): string | undefined {
  for (const dialect of DIALECTS) {
    const text = valueAt(attributes, names(dialect) || []);
    if (text !== undefined) return text;
  }
  return undefined;
}

function typeOf(attributes: Texts): string | undefined {
  const gemini = geminiType(attributes);
  if (gemini) return gemini;
  for (const { kinds = [], types = {} } of DIALECTS) {
    for (const kind of kinds) {
      const text = attributes[kind];
      const name = text === undefined ? undefined : readLoosely(text);
      if (typeof name === 'string' && Object.hasOwn(types, name)) return types[name];
    }
  }
  return liveKitType(attributes);
}

const inputsOf = (attributes: Texts): string | undefined =>
  geminiInputs(attributes) ?? vercelInputs(attributes) ?? first(attributes, ({ inputs }) => inputs);

const outputsOf = (attributes: Texts): string | undefined =>
  geminiOutputs(attributes) ??
  vercelOutputs(attributes) ??
  first(attributes, ({ outputs }) => outputs);

function formatOf(attributes: Texts): string | undefined {
  const gemini = geminiFormat(attributes);
  if (gemini) return writeExact(gemini);
  if (vercelInputs(attributes)) return writeExact('vercel_ai');
  const names = Object.keys(attributes);
  const dialect = DIALECTS.find(({ format }) =>
    format?.marks.some((mark) => names.some((name) => name.startsWith(mark))),
  );
  return dialect?.format && writeExact(dialect.format.name);
}

function tokensOf(attributes: Texts): string | undefined {
  for (const dialect of DIALECTS) {
    const count = (names: readonly string[] | undefined) =>
      (names ?? []).map((name) => integerOf(attributes[name])).find((one) => one !== undefined);
    const input = count(dialect.inputTokens);
    const output = count(dialect.outputTokens);
    const total =
      count(dialect.totalTokens) ??
      (input !== undefined && output !== undefined ? input + output : undefined);
    if (input === undefined && output === undefined && total === undefined) continue;
    const { cacheReadTokens, cacheCreationTokens } = dialect;
    const counts = {
      input_tokens: input,
      output_tokens: output,
      total_tokens: total,
      cache_read_input_tokens: cacheReadTokens && count([cacheReadTokens]),
      cache_creation_input_tokens: cacheCreationTokens && count([cacheCreationTokens]),
    };
    const known = Object.entries(counts).flatMap(([name, one]) =>
      typeof one === 'bigint' ? [[name, one] as const] : [],
    );
    return writeExact(Object.fromEntries(known));
  }
  return undefined;
}

/** An integer that may have come as a text. */
function integerOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const value = readLoosely(text);
  if (typeof value === 'bigint') return value;
  return typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? BigInt(value) : undefined;
}

function modelOf(attributes: Texts): string | undefined {
  const named = first(attributes, ({ models }) => models);
  if (named) return quoted(named);
  for (const name of [ATTRIBUTES.inputs, ATTRIBUTES.outputs]) {
    const text = attributes[name];
    const value = text === undefined ? null : readLoosely(text);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) continue;
    const { model } = value as Readonly<Record<string, ExactValue>>;
    if (model) return typeof model === 'string' ? writeExact(model) : undefined;
  }
  return undefined;
}

/** A JSON text, whether it was one or not. */
const quoted = (text: string): string => writeExact(readLoosely(text));
