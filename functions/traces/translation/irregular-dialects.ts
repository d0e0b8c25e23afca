import { type ExactValue, readLoosely, writeExact } from '../exact-json.ts';

/** What the tables of `dialects.ts` cannot say. */

type Texts = Readonly<Record<string, string>>;

/** LiveKit's agents name the kind of a span by what else it has. */
export function liveKitType(attributes: Texts): string | undefined {
  if ('gen_ai.request.model' in attributes) return 'LLM';
  for (const name of Object.keys(attributes)) {
    if (name === 'lk.retry_count') return 'LLM';
    if (name.startsWith('lk.function_tool')) return 'TOOL';
    if (/^lk\.(agent_name|instructions|generation_id)$/.test(name)) return 'AGENT';
    if (
      /^lk\.(tts|input_text$|user_transcript$|transcript_confidence$|transcription_delay$)/.test(
        name,
      )
    ) {
      return 'UNKNOWN';
    }
  }
  return undefined;
}

/** Spans of Vercel's AI SDK whose inputs and outputs are spread over attributes. */
const VERCEL_CHATS: readonly unknown[] = ['ai.generateText.doGenerate', 'ai.streamText.doStream'];

const isVercelChat = (attributes: Texts) =>
  VERCEL_CHATS.includes(unwrap(attributes['ai.operationId'] ?? 'null'));

/** The value of a JSON text; of JSON in a text in it, too. */
function unwrap(text: string, depth = 2): ExactValue {
  const value = readLoosely(text);
  return typeof value === 'string' && value !== text && depth > 0
    ? unwrap(value, depth - 1)
    : value;
}

function below(attributes: Texts, prefix: string): Record<string, ExactValue> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, text]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), unwrap(text)]] : [],
    ),
  );
}

const written = (values: Record<string, ExactValue>) =>
  Object.keys(values).length > 0 ? writeExact(values) : undefined;

export function vercelInputs(attributes: Texts): string | undefined {
  if (!isVercelChat(attributes)) return undefined;
  const { tools, ...inputs } = below(attributes, 'ai.prompt.');
  const list = Array.isArray(tools)
    ? tools.map((tool: ExactValue) => (typeof tool === 'string' ? unwrap(tool) : tool))
    : tools;
  return written({ ...inputs, ...(list !== undefined && { tools: list }) });
}

export const vercelOutputs = (attributes: Texts): string | undefined =>
  isVercelChat(attributes) ? written(below(attributes, 'ai.response.')) : undefined;
