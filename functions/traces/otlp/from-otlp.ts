import { type ExactValue, readExact, writeExact } from '../exact-json.ts';
import { ATTRIBUTES, type Span, type SpanStatus } from '../spans/span.ts';
import { MAX_ID } from '../trace.ts';
import { translate } from '../translation/translate-span.ts';
import type { Attributes, OtlpSpan } from './otlp.ts';

/** A span that cannot be one of MLflow's. */
export class NotASpan extends Error {
  override readonly name = 'NotASpan';
}

const TRACE_BYTES = 16;
const SPAN_BYTES = 8;
const STATUSES: readonly SpanStatus[] = ['UNSET', 'OK', 'ERROR'];

/** Bytes of an id, with leading zeros if it came short. */
function idOf(bytes: Buffer, length: number, what: string): Buffer {
  if (bytes.length === 0) throw new NotASpan(`${what} is required but was empty`);
  if (bytes.length > length) throw new NotASpan(`${what} has more than ${length} bytes`);
  return Buffer.concat([Buffer.alloc(length - bytes.length), bytes]);
}

/** MLflow's id of a trace that has OpenTelemetry's. */
const traceIdOf = (bytes: Buffer): string => `tr-${bytes.toString('hex')}`;

const toTexts = (attributes: Attributes): Record<string, string> =>
  Object.fromEntries(attributes.map(([key, value]) => [key, writeExact(value)]));

/**
 * A span with the id of its trace, which is the attribute of MLflow's clients or else made of
 * OpenTelemetry's. `service` is written on roots. Throws `NotASpan`.
 */
export function fromOtlp(
  given: OtlpSpan,
  service?: string,
): { readonly traceId: string; readonly span: Span } {
  const trace = idOf(given.traceId, TRACE_BYTES, 'trace_id');
  const id = idOf(given.spanId, SPAN_BYTES, 'span_id');
  const isRoot = given.parentSpanId.length === 0;
  const parent = isRoot
    ? null
    : idOf(given.parentSpanId, SPAN_BYTES, 'parent_span_id').toString('base64');
  const sent: Record<string, string> = {
    [ATTRIBUTES.traceId]: writeExact(traceIdOf(trace)),
    ...toTexts(given.attributes),
    ...(isRoot && service !== undefined && { 'service.name': writeExact(service) }),
  };
  const type = typeOf(sent[ATTRIBUTES.type]);
  const events = given.events.map(({ name, time, attributes }) => ({
    name,
    time: String(time),
    attributes: toTexts(attributes),
  }));
  const traceId = readExact(sent[ATTRIBUTES.traceId] ?? 'null');
  if (typeof traceId !== 'string' || traceId === '' || traceId.length > MAX_ID) {
    throw new NotASpan(`${ATTRIBUTES.traceId} must be a text of 1 to ${MAX_ID} characters`);
  }
  const span: Span = {
    trace_id: trace.toString('base64'),
    span_id: id.toString('base64'),
    parent_span_id: parent,
    name: given.name,
    start: String(given.start),
    ...(given.end !== 0n && { end: String(given.end) }),
    events,
    status: STATUSES[given.status] ?? 'UNSET',
    ...(given.message && { message: given.message }),
    attributes: translate(withoutSecondQuotes(sent), events),
    ...(type !== undefined && { type }),
  };
  return { traceId, span };
}

function typeOf(text: string | undefined): string | undefined {
  const value = text === undefined ? undefined : readExact(text);
  return typeof value === 'string' ? value : undefined;
}

/** Clients send JSON as a text: what is a text, list or object inside a text is taken out of it. */
function withoutSecondQuotes(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, text]) => [key, innerJson(text) ?? text]),
  );
}

function innerJson(text: string): string | undefined {
  if (!text.startsWith('"')) return undefined;
  const outer = JSON.parse(text) as string;
  if (!/^\s*["[{]/.test(outer)) return undefined;
  let inner: ExactValue;
  try {
    inner = readExact(outer);
  } catch {
    return undefined;
  }
  return inner !== null && (typeof inner === 'string' || typeof inner === 'object')
    ? outer
    : undefined;
}
