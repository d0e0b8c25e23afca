import type { ExactValue } from '../exact-json.ts';
import {
  type Attributes,
  MAX_DEPTH,
  NotOtlp,
  type OtlpEvent,
  type OtlpResourceSpans,
  type OtlpSpan,
} from './otlp.ts';

/**
 * OpenTelemetry's request in JSON: protobuf's JSON, but ids are hexadecimal
 * (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). Fields go by either name style.
 */
export function decodeJson(body: Buffer): OtlpResourceSpans[] {
  try {
    const request = object(JSON.parse(body.toString('utf8'), keepLargeNumbers));
    return list(request.resourceSpans ?? request.resource_spans).map(toResourceSpans);
  } catch (error) {
    throw new NotOtlp('Invalid OpenTelemetry format', { cause: error });
  }
}

/** Whole numbers beyond 2^53 are taken by their digits. */
const keepLargeNumbers = ((_name: string, value: unknown, at?: { readonly source: string }) =>
  typeof value === 'number' && at && /^-?\d{16,}$/.test(at.source) ? BigInt(at.source) : value) as (
  name: string,
  value: unknown,
) => unknown;

type Fields = Readonly<Record<string, unknown>>;

function object(value: unknown): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Fields;
  throw new NotOtlp('An object was expected');
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new NotOtlp('A list was expected');
}

function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw new NotOtlp('A text was expected');
}

function integer(value: unknown): bigint {
  if (value === undefined || value === null) return 0n;
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' || typeof value === 'string') return BigInt(value);
  throw new NotOtlp('An integer was expected');
}

function id(value: unknown): Buffer {
  const digits = text(value);
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) {
    throw new NotOtlp('Ids are hexadecimal');
  }
  return Buffer.from(digits, 'hex');
}

function toResourceSpans(value: unknown): OtlpResourceSpans {
  const { resource, scopeSpans, scope_spans } = object(value);
  return {
    resource: toAttributes(object(resource).attributes),
    spans: list(scopeSpans ?? scope_spans).flatMap((scope) =>
      list(object(scope).spans).map(toSpan),
    ),
  };
}

function toSpan(value: unknown): OtlpSpan {
  const span = object(value);
  const status = object(span.status);
  return {
    traceId: id(span.traceId ?? span.trace_id),
    spanId: id(span.spanId ?? span.span_id),
    parentSpanId: id(span.parentSpanId ?? span.parent_span_id),
    name: text(span.name),
    start: integer(span.startTimeUnixNano ?? span.start_time_unix_nano),
    end: integer(span.endTimeUnixNano ?? span.end_time_unix_nano),
    attributes: toAttributes(span.attributes),
    events: list(span.events).map(toEvent),
    status: toStatus(status.code),
    message: text(status.message),
  };
}

const STATUSES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

function toStatus(code: unknown): number {
  if (code === undefined || code === null) return 0;
  return typeof code === 'string' ? STATUSES.indexOf(code) : Number(code);
}

function toEvent(value: unknown): OtlpEvent {
  const event = object(value);
  return {
    name: text(event.name),
    time: integer(event.timeUnixNano ?? event.time_unix_nano),
    attributes: toAttributes(event.attributes),
  };
}

const toAttributes = (value: unknown, depth = 0): Attributes =>
  list(value).map((one) => {
    const pair = object(one);
    return [text(pair.key), toValue(pair.value, depth + 1)] as const;
  });

function toValue(value: unknown, depth: number): ExactValue {
  if (depth > MAX_DEPTH) throw new NotOtlp('Values are nested too deeply');
  const typed = object(value);
  const of = (camel: string, snake: string) => typed[camel] ?? typed[snake];
  const string = of('stringValue', 'string_value');
  if (string !== undefined) return text(string);
  const truth = of('boolValue', 'bool_value');
  if (truth !== undefined) return Boolean(truth);
  const whole = of('intValue', 'int_value');
  if (whole !== undefined) return integer(whole);
  const double = of('doubleValue', 'double_value');
  if (double !== undefined) return Number(double);
  const array = of('arrayValue', 'array_value');
  if (array !== undefined) return list(object(array).values).map((one) => toValue(one, depth + 1));
  const pairs = of('kvlistValue', 'kvlist_value');
  if (pairs !== undefined) return Object.fromEntries(toAttributes(object(pairs).values, depth));
  const bytes = of('bytesValue', 'bytes_value');
  return bytes === undefined ? null : text(bytes);
}
