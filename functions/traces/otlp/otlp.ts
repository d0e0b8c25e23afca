import type { ExactValue } from '../exact-json.ts';

/** The parts of OpenTelemetry's `ExportTraceServiceRequest` that are kept. */
export interface OtlpResourceSpans {
  readonly resource: Attributes;
  readonly spans: readonly OtlpSpan[];
}

export type Attributes = readonly (readonly [key: string, value: ExactValue])[];

export interface OtlpSpan {
  /** Bytes; empty when missing. */
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer;
  readonly name: string;
  /** Epoch nanoseconds. */
  readonly start: bigint;
  /** 0 while the span has not ended. */
  readonly end: bigint;
  readonly attributes: Attributes;
  readonly events: readonly OtlpEvent[];
  /** 0 unset, 1 OK, 2 error. */
  readonly status: number;
  readonly message: string;
}

export interface OtlpEvent {
  readonly name: string;
  readonly time: bigint;
  readonly attributes: Attributes;
}

/** A body that is no request of OpenTelemetry. */
export class NotOtlp extends Error {
  override readonly name = 'NotOtlp';
}

/** Lists and objects in each other; deeper values are refused before they exhaust the stack. */
export const MAX_DEPTH = 100;
