import { type ExactValue, rawNumber, readLoosely, toPlain } from '../exact-json.ts';
import type { Span } from './span.ts';

/** JSON texts are shown by value; one that cannot be read, or is nested too deeply, as the text it is. */
function show<T>(text: string, of: (value: ExactValue) => T): T {
  try {
    return of(readLoosely(text));
  } catch (error) {
    if (error instanceof RangeError) return of(text);
    throw error;
  }
}

/** `opentelemetry.proto.trace.v1.Span` in protobuf's JSON with the names of the definition. */
export function toWireSpan(span: Span): object {
  const { trace_id, span_id, parent_span_id, name, start, end, events, status, message } = span;
  return {
    trace_id,
    span_id,
    ...(parent_span_id !== null && { parent_span_id }),
    name,
    start_time_unix_nano: rawNumber(start),
    ...(end !== undefined && { end_time_unix_nano: rawNumber(end) }),
    attributes: toPairs(span.attributes),
    ...(events.length > 0 && {
      events: events.map((event) => ({
        time_unix_nano: rawNumber(event.time),
        name: event.name,
        attributes: toPairs(event.attributes),
      })),
    }),
    // The first of an enum is what protobuf takes for granted.
    status: {
      ...(message !== undefined && { message }),
      ...(status !== 'UNSET' && { code: `STATUS_CODE_${status}` }),
    },
  };
}

const toPairs = (attributes: Readonly<Record<string, string>>) =>
  Object.entries(attributes).map(([key, text]) => {
    const value = show(text, toAnyValue);
    return { key, ...(value && { value }) };
  });

/** `opentelemetry.proto.common.v1.AnyValue`; null is unset. */
function toAnyValue(value: ExactValue): object | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string') return { string_value: value };
  if (typeof value === 'boolean') return { bool_value: value };
  if (typeof value === 'bigint') return { int_value: toPlain(value) };
  if (typeof value === 'number') return { double_value: toPlain(value) };
  if (Array.isArray(value)) {
    return { array_value: { values: value.map((one: ExactValue) => toAnyValue(one) ?? {}) } };
  }
  const pairs = Object.entries(value).map(([key, one]) => {
    const typed = toAnyValue(one);
    return { key, ...(typed && { value: typed }) };
  });
  return { kvlist_value: { values: pairs } };
}

/** A span as MLflow's file `traces.json` has it: attributes as JSON texts, those of events by value. */
export function toFileSpan(span: Span): object {
  const { trace_id, span_id, parent_span_id, name, start, end, status, message } = span;
  return {
    trace_id,
    span_id,
    parent_span_id,
    name,
    start_time_unix_nano: rawNumber(start),
    end_time_unix_nano: end === undefined ? null : rawNumber(end),
    events: span.events.map((event) => ({
      name: event.name,
      time_unix_nano: rawNumber(event.time),
      attributes: Object.fromEntries(
        Object.entries(event.attributes).map(([key, text]) => [key, show(text, toPlain)]),
      ),
    })),
    status: { code: `STATUS_CODE_${status}`, message: message ?? '' },
    attributes: span.attributes,
  };
}
