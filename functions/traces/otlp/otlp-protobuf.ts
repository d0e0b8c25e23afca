import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { ExactValue } from '../exact-json.ts';
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
    readMessage(new BinaryReader(body), {
      1: (reader) => found.push(readResourceSpans(message(reader))),
    });
    return found;
  } catch (error) {
    throw new NotOtlp('Invalid OpenTelemetry format', { cause: error });
  }
}

/** What is done with a field, by its number; the reader stands at its value. */
type Fields = Readonly<Record<number, (reader: BinaryReader) => unknown>>;

function readMessage(reader: BinaryReader, fields: Fields): void {
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const field = fields[number];
    if (field) field(reader);
    else reader.skip(wire, number);
  }
}

/** The message that comes next, as a reader of its own. */
const message = (reader: BinaryReader): BinaryReader => new BinaryReader(reader.bytes());

function readResourceSpans(reader: BinaryReader): OtlpResourceSpans {
  const resource: [string, ExactValue][] = [];
  const spans: OtlpSpan[] = [];
  readMessage(reader, {
    1: (outer) => readMessage(message(outer), { 1: attributeInto(resource) }),
    2: (outer) =>
      readMessage(message(outer), { 2: (scope) => spans.push(readSpan(message(scope))) }),
  });
  return { resource, spans };
}

function readSpan(reader: BinaryReader): OtlpSpan {
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
      span.start = BigInt(at.fixed64());
    },
    8: (at) => {
      span.end = BigInt(at.fixed64());
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

function readEvent(reader: BinaryReader): OtlpEvent {
  const attributes: [string, ExactValue][] = [];
  let name = '';
  let time = 0n;
  readMessage(reader, {
    1: (at) => {
      time = BigInt(at.fixed64());
    },
    2: (at) => {
      name = at.string();
    },
    3: attributeInto(attributes),
  });
  return { name, time, attributes };
}

const attributeInto = (attributes: [string, ExactValue][]) => (reader: BinaryReader) =>
  attributes.push(readPair(message(reader), 0));

function readPair(reader: BinaryReader, depth: number): [string, ExactValue] {
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

function readValue(reader: BinaryReader, depth: number): ExactValue {
  if (depth > MAX_DEPTH) throw new NotOtlp('Values are nested too deeply');
  let value: ExactValue = null;
  const set = (read: (at: BinaryReader) => ExactValue) => (at: BinaryReader) => {
    value = read(at);
  };
  readMessage(reader, {
    1: set((at) => at.string()),
    2: set((at) => at.bool()),
    3: set((at) => BigInt(at.int64())),
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
