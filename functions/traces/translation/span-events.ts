import { type ExactValue, readLoosely, writeExact } from '../exact-json.ts';
import type { SpanEvent } from '../spans/span.ts';

/** Instrumentations that tell what a model was asked and answered in events, not in attributes. */

interface EventNames {
  /** Spring AI: the event and its attribute that hold everything. */
  readonly whole: readonly [event: string, attribute: string];
  /** OpenTelemetry: events of single messages, with their roles. */
  readonly messages: Readonly<Record<string, string>>;
}

const NAMES: Readonly<Record<'inputs' | 'outputs', EventNames>> = {
  inputs: {
    whole: ['gen_ai.content.prompt', 'gen_ai.prompt'],
    messages: {
      'gen_ai.system.message': 'system',
      'gen_ai.user.message': 'user',
      'gen_ai.assistant.message': 'assistant',
    },
  },
  outputs: {
    whole: ['gen_ai.content.completion', 'gen_ai.completion'],
    messages: { 'gen_ai.choice': 'assistant' },
  },
};

/** Inputs or outputs of a span by its events, as a JSON text or as the text that was sent. */
export function valueOfEvents(
  events: readonly SpanEvent[],
  which: 'inputs' | 'outputs',
): string | undefined {
  const { whole, messages } = NAMES[which];
  const [event, attribute] = whole;
  const text = events.find(({ name }) => name === event)?.attributes[attribute];
  const value = text === undefined ? null : readLoosely(text);
  if (value) return typeof value === 'string' ? value : writeExact(value);
  const found = events.flatMap(({ name, attributes }): ExactValue[] => {
    const role = messages[name];
    const content = inner(attributes.content);
    if (role === undefined || !content) return [];
    return [{ role: which === 'outputs' ? (inner(attributes.role) ?? role) : role, content }];
  });
  return found.length > 0 ? writeExact(found) : undefined;
}

/** The value of a JSON text, or of the JSON that is a text in it. */
function inner(text: string | undefined): ExactValue {
  if (text === undefined) return null;
  const value = readLoosely(text);
  return typeof value === 'string' ? readLoosely(value) : value;
}
