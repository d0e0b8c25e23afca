import protobuf from 'protobufjs/minimal.js';
import type { ExactValue } from './exact-json.ts';
import {
  MAX_DEPTH,
  NotOtlp,
  type OtlpEvent,
  type OtlpResourceSpans,
  type OtlpSpan,
} from './otlp.ts';

/**
 * OpenTelemetry's request in protobuf, by the field numbers of its `trace.proto` and `common.proto`:
 * https://github.com/open-telemetry/opentelemetry-proto (v1). Unknown fields are skipped.
 */
export function decodeProtobuf(body: Buffer): OtlpResourceSpans[] {
  try {
    const found: OtlpResourceSpans[] = [];
    readMessage(protobuf.Reader.create(body), {
      1: (reader) => found.push(readResourceSpans(message(reader))),
    });
    return found;
  } catch (error) {
    throw new NotOtlp('Invalid OpenTelemetry format', { cause: error });
  }
}

type Reader = protobuf.Reader;

/** What is done with a field, by its number; the reader stands at its value. */
type Fields = Readonly<Record<number, (reader: Reader) => unknown>>;

function readMessage(reader: Reader, fields: Fields): void {
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = fields[tag >>> 3];
    if (field) field(reader);
    else reader.skipType(tag & 7);
  }
}

/** The message that comes next, as a reader of its own. */
const message = (reader: Reader): Reader => protobuf.Reader.create(reader.bytes());

function readResourceSpans(reader: Reader): OtlpResourceSpans {
  const resource: [string, ExactValue][] = [];
  const spans: OtlpSpan[] = [];
  readMessage(reader, {
    1: (outer) => readMessage(message(outer), { 1: attributeInto(resource) }),
    2: (outer) =>
      readMessage(message(outer), { 2: (scope) => spans.push(readSpan(message(scope))) }),
  });
  return { resource, spans };
}

function readSpan(reader: Reader): OtlpSpan {
  const attributes: [string, ExactValue][] = [];
  const events: OtlpEvent[] = [];
  const span = {
    traceId: Buffer.alloc(0),
    spanId: Buffer.alloc(0),
    parentSpanId: Buffer.alloc(0),
    name: '',
    start: 0n,
    end: 0n,
    status: 0,
    message: '',
  };
  readMessage(reader, {
    1: (at) => {
      span.traceId = Buffer.from(at.bytes());
    },
    2: (at) => {
      span.spanId = Buffer.from(at.bytes());
    },
    4: (at) => {
      span.parentSpanId = Buffer.from(at.bytes());
    },
    5: (at) => {
      span.name = at.string();
    },
    7: (at) => {
      span.start = fixed64(at);
    },
    8: (at) => {
      span.end = fixed64(at);
    },
    9: attributeInto(attributes),
    11: (at) => events.push(readEvent(message(at))),
    15: (at) =>
      readMessage(message(at), {
        2: (status) => {
          span.message = status.string();
        },
        3: (status) => {
          span.status = status.int32();
        },
      }),
  });
  return { ...span, attributes, events };
}

function readEvent(reader: Reader): OtlpEvent {
  const attributes: [string, ExactValue][] = [];
  let name = '';
  let time = 0n;
  readMessage(reader, {
    1: (at) => {
      time = fixed64(at);
    },
    2: (at) => {
      name = at.string();
    },
    3: attributeInto(attributes),
  });
  return { name, time, attributes };
}

const attributeInto = (attributes: [string, ExactValue][]) => (reader: Reader) =>
  attributes.push(readPair(message(reader), 0));

function readPair(reader: Reader, depth: number): [string, ExactValue] {
  let key = '';
  let value: ExactValue = null;
  readMessage(reader, {
    1: (at) => {
      key = at.string();
    },
    2: (at) => {
      value = readValue(message(at), depth + 1);
    },
  });
  return [key, value];
}

function readValue(reader: Reader, depth: number): ExactValue {
  if (depth > MAX_DEPTH) throw new NotOtlp('Values are nested too deeply');
  let value: ExactValue = null;
  const set = (read: (at: Reader) => ExactValue) => (at: Reader) => {
    value = read(at);
  };
  readMessage(reader, {
    1: set((at) => at.string()),
    2: set((at) => at.bool()),
    3: set(varint64),
    4: set((at) => at.double()),
    5: set((at) => {
      const items: ExactValue[] = [];
      readMessage(message(at), { 1: (one) => items.push(readValue(message(one), depth + 1)) });
      return items;
    }),
    6: set((at) => {
      const pairs: [string, ExactValue][] = [];
      readMessage(message(at), { 1: (one) => pairs.push(readPair(message(one), depth)) });
      return Object.fromEntries(pairs);
    }),
    7: set((at) => Buffer.from(at.bytes()).toString('base64')),
  });
  return value;
}

/** The library's own 64 bits are floats without another package: they would lose digits. */
function fixed64(reader: Reader): bigint {
  const low = reader.fixed32();
  return (BigInt(reader.fixed32()) << 32n) | BigInt(low);
}

function varint64(reader: Reader): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.buf[reader.pos++];
    if (byte === undefined || reader.pos > reader.len) break;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return BigInt.asIntN(64, value);
  }
  throw new NotOtlp('A number does not end');
}
