/**
 * A span as MLflow's `Span.to_dict` has it; values of attributes are JSON texts, so that integers,
 * floats and their digits are kept.
 */
export interface Span {
  /** 16 bytes, base64: OpenTelemetry's id of the trace. */
  readonly trace_id: string;
  /** 8 bytes, base64. */
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly name: string;
  /** Epoch nanoseconds, decimal. */
  readonly start: string;
  /** Absent while the span has not ended. */
  readonly end?: string;
  readonly events: readonly SpanEvent[];
  readonly status: SpanStatus;
  readonly message?: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** MLflow's type of span as the sender gave it. */
  readonly type?: string;
}

export interface SpanEvent {
  readonly name: string;
  /** Epoch nanoseconds, decimal. */
  readonly time: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export type SpanStatus = 'UNSET' | 'OK' | 'ERROR';

/** Attributes that mean something to MLflow (`mlflow/tracing/constant.py`). */
export const ATTRIBUTES = {
  traceId: 'mlflow.traceRequestId',
  inputs: 'mlflow.spanInputs',
  outputs: 'mlflow.spanOutputs',
  type: 'mlflow.spanType',
  tools: 'mlflow.chat.tools',
  usage: 'mlflow.chat.tokenUsage',
  cost: 'mlflow.llm.cost',
  model: 'mlflow.llm.model',
  provider: 'mlflow.llm.provider',
  messageFormat: 'mlflow.message.format',
} as const;

/** Spans that came in one piece. */
export interface SpanBatch {
  /** Grows with the time of arrival. */
  readonly at: string;
  readonly spans: readonly Span[];
}

/**
 * The spans of a trace out of all batches, in any order and with any repetitions: the version of a span
 * that has ended counts before one that has not, then the one that came last. The root comes first, then
 * by start.
 */
export function mergeSpans(batches: readonly SpanBatch[]): Span[] {
  const merged = new Map<string, { readonly span: Span; readonly at: string }>();
  for (const { at, spans } of batches) {
    for (const span of spans) {
      const known = merged.get(span.span_id);
      if (!known || supersedes({ span, at }, known)) merged.set(span.span_id, { span, at });
    }
  }
  return [...merged.values()].map(({ span }) => span).sort(compareSpans);
}

interface Version {
  readonly span: Span;
  readonly at: string;
}

function supersedes(one: Version, other: Version): boolean {
  const ended = Number(one.span.end !== undefined) - Number(other.span.end !== undefined);
  if (ended !== 0) return ended > 0;
  if (one.at !== other.at) return one.at > other.at;
  // Twice in one batch: any rule will do that does not depend on the order.
  return JSON.stringify(one.span) > JSON.stringify(other.span);
}

export const isRoot = ({ parent_span_id }: Span): boolean => parent_span_id === null;

function compareSpans(a: Span, b: Span): number {
  const roots = Number(isRoot(b)) - Number(isRoot(a));
  if (roots !== 0) return roots;
  const difference = BigInt(a.start) - BigInt(b.start);
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return a.span_id < b.span_id ? -1 : a.span_id > b.span_id ? 1 : 0;
}

export const toMilliseconds = (nanoseconds: string): number =>
  Number(BigInt(nanoseconds) / 1_000_000n);
