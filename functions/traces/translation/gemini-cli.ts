import { type ExactValue, readLoosely, writeExact } from '../exact-json.ts';

/**
 * Gemini CLI uses OpenTelemetry's names with operations of its own; its messages are wrapped the way the
 * interface shows Gemini's chats (https://github.com/google-gemini/gemini-cli/blob/main/docs/cli/telemetry.md).
 */

type Texts = Readonly<Record<string, string>>;

const TYPES: Readonly<Record<string, string>> = {
  llm_call: 'LLM',
  tool_call: 'TOOL',
  agent_call: 'AGENT',
};

const valueAt = (attributes: Texts, name: string): ExactValue => {
  const text = attributes[name];
  return text === undefined ? null : readLoosely(text);
};

const isGemini = (attributes: Texts) => valueAt(attributes, 'gen_ai.agent.name') === 'gemini-cli';

const operationOf = (attributes: Texts) => {
  const operation = valueAt(attributes, 'gen_ai.operation.name');
  return typeof operation === 'string' ? operation : '';
};

export const geminiFormat = (attributes: Texts) => (isGemini(attributes) ? 'gemini' : undefined);

export const geminiType = (attributes: Texts): string | undefined =>
  isGemini(attributes) ? TYPES[operationOf(attributes)] : undefined;

const isObject = (value: ExactValue): value is { readonly [name: string]: ExactValue } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function firstOf(attributes: Texts, ...names: readonly string[]): string | undefined {
  return names.map((name) => attributes[name]).find((text) => text !== undefined && text !== '""');
}

export function geminiInputs(attributes: Texts): string | undefined {
  if (!isGemini(attributes)) return undefined;
  const text = firstOf(attributes, 'gen_ai.input.messages', 'gen_ai.tool.call.arguments');
  if (text === undefined) return undefined;
  const value = readLoosely(text);
  if (Array.isArray(value)) {
    const isSystem = operationOf(attributes) === 'system_prompt';
    const contents = value.map((one: ExactValue) =>
      isSystem && isObject(one) && one.role === 'user' ? { ...one, role: 'system' } : one,
    );
    return writeExact({ contents });
  }
  return typeof value === 'string' ? writeExact({ contents: value }) : text;
}

export function geminiOutputs(attributes: Texts): string | undefined {
  if (!isGemini(attributes)) return undefined;
  const text = firstOf(attributes, 'gen_ai.output.messages', 'gen_ai.tool.call.result');
  if (text === undefined) return undefined;
  const value = readLoosely(text);
  if (!Array.isArray(value)) return text;
  const parts = value.flatMap((one: ExactValue): ExactValue[] =>
    isObject(one) && Array.isArray(one.parts) ? one.parts : [],
  );
  if (parts.length === 0) return text;
  return writeExact({ candidates: [{ content: { role: 'model', parts } }] });
}
