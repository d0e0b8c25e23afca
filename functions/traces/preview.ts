/** Characters of a preview (`TRACE_REQUEST_RESPONSE_PREVIEW_MAX_LENGTH_OSS`). */
const MAX_PREVIEW = 1000;

type Role = 'user' | 'assistant';

/**
 * What lists show of a trace's inputs or outputs: the last message with the role if the JSON text holds
 * messages of a chat, else the text itself; cut.
 */
export function previewOf(text: string, role: Role): string {
  const content = textOfChat(text, role) || text;
  return content.length <= MAX_PREVIEW ? content : `${content.slice(0, MAX_PREVIEW - 3)}...`;
}

function textOfChat(text: string, role: Role): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const messages = messagesOf(value);
  const message = messages?.findLast((one) => one.role === role) ?? messages?.at(-1);
  return message && textOf(message.content);
}

interface Message {
  readonly role: unknown;
  readonly content: unknown;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const isMessage = (value: unknown): value is Message & Readonly<Record<string, unknown>> =>
  isObject(value) && 'role' in value && 'content' in value;

/** Messages of OpenAI's chat completions and responses, and of MLflow's agents around them. */
function messagesOf(value: unknown, depth = 0): readonly Message[] | undefined {
  if (!isObject(value)) return undefined;
  const { messages, choices, input, output, request } = value;
  if (isFilled(messages)) return messages.filter(isMessage);
  const [choice] = isFilled(choices) ? choices : [];
  if (isObject(choice) && isMessage(choice.message)) return [choice.message];
  if (isFilled(input)) return input.filter(isMessage);
  if (isFilled(output)) return output.filter(isMessage);
  return depth < 10 ? messagesOf(request, depth + 1) : undefined;
}

const isFilled = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length > 0;

/** Types of the parts of a message that are text. */
const TEXTS: readonly unknown[] = ['text', 'output_text'];

function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  for (const part of content) {
    if (typeof part === 'string') return part;
    if (isObject(part) && TEXTS.includes(part.type) && typeof part.text === 'string') {
      return part.text;
    }
  }
  return undefined;
}
