import { BinaryWriter } from '@bufbuild/protobuf/wire';

export interface TestSpan {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly parent?: string;
  readonly name?: string;
  /** Epoch milliseconds. */
  readonly start?: number;
  readonly end?: number;
  readonly status?: 0 | 1 | 2;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export const spanId = (n: number): string => String(n).padStart(16, '0');

const nanoseconds = (time: number) => BigInt(time) * 1_000_000n;

function anyValue(value: unknown): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: String(value) };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (value === null) return {};
  return { kvlistValue: { values: pairs(value as object) } };
}

const pairs = (attributes: object) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

/** OpenTelemetry's request in JSON, with spans of one trace. */
export const otlpJson = (traceId: string, spans: readonly TestSpan[], resource: object = {}) => ({
  resourceSpans: [
    {
      resource: { attributes: pairs(resource) },
      scopeSpans: [
        {
          spans: spans.map(
            ({ id, parent, name = 'span', start = 1000, end, status, attributes }) => ({
              traceId: traceId.replace('tr-', ''),
              spanId: id,
              ...(parent && { parentSpanId: parent }),
              name,
              startTimeUnixNano: String(nanoseconds(start)),
              ...(end !== undefined && { endTimeUnixNano: String(nanoseconds(end)) }),
              status: { code: status ?? 0 },
              attributes: pairs(attributes ?? {}),
            }),
          ),
        },
      ],
    },
  ],
});

/** The same in protobuf. */
export function otlpProtobuf(traceId: string, spans: readonly TestSpan[]): Buffer {
  const bytes = (number: number, content: Uint8Array, writer: BinaryWriter) =>
    writer.uint32((number << 3) | 2).bytes(content);
  const fixed = (number: number, value: bigint, writer: BinaryWriter) =>
    writer.uint32((number << 3) | 1).fixed64(value);
  const text = (number: number, value: string, writer: BinaryWriter) =>
    bytes(number, Buffer.from(value), writer);
  const make = (fill: (writer: BinaryWriter) => void) => {
    const writer = new BinaryWriter();
    fill(writer);
    return writer.finish();
  };
  const span = (one: TestSpan) =>
    make((writer) => {
      bytes(1, Buffer.from(traceId.replace('tr-', ''), 'hex'), writer);
      bytes(2, Buffer.from(one.id, 'hex'), writer);
      if (one.parent) bytes(4, Buffer.from(one.parent, 'hex'), writer);
      text(5, one.name ?? 'span', writer);
      fixed(7, nanoseconds(one.start ?? 1000), writer);
      if (one.end !== undefined) fixed(8, nanoseconds(one.end), writer);
      for (const [key, value] of Object.entries(one.attributes ?? {})) {
        const any = make((inner) => {
          if (typeof value === 'string') text(1, value, inner);
          else if (typeof value === 'boolean') inner.uint32(2 << 3).bool(value);
          else if (typeof value === 'bigint') inner.uint32(3 << 3).int64(value);
          else inner.uint32((4 << 3) | 1).double(Number(value));
        });
        bytes(
          9,
          make((pair) => bytes(2, any, text(1, key, pair))),
          writer,
        );
      }
      bytes(
        15,
        make((inner) => inner.uint32(3 << 3).int32(one.status ?? 0)),
        writer,
      );
    });
  const scope = make((writer) => {
    for (const one of spans) bytes(2, span(one), writer);
  });
  const resource = make((writer) => bytes(2, scope, writer));
  return Buffer.from(make((writer) => bytes(1, resource, writer)));
}
