import { writeExact } from '../exact-json.ts';
import { METADATA, parseObject } from '../trace.ts';
import { ATTRIBUTES, type Span } from './span.ts';

/** `mlflow.tracing.constant.TokenUsageKey`, in the order in which MLflow writes them. */
export const TOKEN_KEYS = [
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
] as const;

export const COST_KEYS = ['input_cost', 'output_cost', 'total_cost'] as const;

type Numbers = Readonly<Record<string, number>>;

/** What a span used: tokens, and US dollars. */
export interface SpanUsage {
  readonly tokens?: Numbers;
  readonly cost?: Numbers;
}

function numbersOf(text: string | undefined, keys: readonly string[]): Numbers | undefined {
  const object = parseObject(text);
  if (!object) return undefined;
  const found = keys.flatMap((key) => {
    const value = object[key];
    return typeof value === 'number' && Number.isFinite(value) ? [[key, value] as const] : [];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

export function usageOf({ attributes }: Span): SpanUsage | undefined {
  const tokens = numbersOf(attributes[ATTRIBUTES.usage], TOKEN_KEYS);
  const cost = numbersOf(attributes[ATTRIBUTES.cost], COST_KEYS);
  return tokens || cost ? { ...(tokens && { tokens }), ...(cost && { cost }) } : undefined;
}

export const costOf = ({ attributes }: Span): Numbers =>
  numbersOf(attributes[ATTRIBUTES.cost], COST_KEYS) ?? {};

/** Tokens that a trace used, by its metadata. */
export const tokensOf = (metadata: Readonly<Record<string, string>>): Numbers =>
  numbersOf(metadata[METADATA.tokenUsage], TOKEN_KEYS) ?? {};

/** Metadata with the totals of what the spans used, as MLflow writes it. */
export function totalsOf(usage: Readonly<Record<string, SpanUsage>>): Record<string, string> {
  const spans = Object.values(usage);
  const tokens = spans.flatMap((one) => (one.tokens ? [one.tokens] : []));
  const costs = spans.flatMap((one) => (one.cost ? [one.cost] : []));
  const total = (all: readonly Numbers[], key: string) =>
    all.reduce((sum, one) => sum + (one[key] ?? 0), 0);
  const used = TOKEN_KEYS.filter((key) => tokens.some((one) => one[key] !== undefined));
  return {
    ...(tokens.length > 0 && {
      [METADATA.tokenUsage]: writeExact(
        Object.fromEntries(used.map((key) => [key, whole(total(tokens, key))])),
      ),
    }),
    ...(costs.length > 0 && {
      [METADATA.cost]: writeExact(
        Object.fromEntries(COST_KEYS.map((key) => [key, total(costs, key)])),
      ),
    }),
  };
}

const whole = (value: number) => (Number.isSafeInteger(value) ? BigInt(value) : value);
