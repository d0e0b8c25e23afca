import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type { OperationContext } from '../../shared/context.ts';
import type { HttpRequest, HttpResult } from '../../shared/http/api.ts';
import { json } from '../../shared/http/api.ts';
import { requireLevelOn } from '../../tracking/index.ts';
import { logSpans } from '../spans/log-spans.ts';
import type { Span } from '../spans/span.ts';
import { fromOtlp, NotASpan } from './from-otlp.ts';
import { NotOtlp, type OtlpResourceSpans } from './otlp.ts';
import { decodeJson } from './otlp-json.ts';
import { decodeProtobuf } from './otlp-protobuf.ts';

const EXPERIMENT_HEADER = 'x-mlflow-experiment-id';

const DECODERS: Readonly<Record<string, (body: Buffer) => OtlpResourceSpans[]>> = {
  'application/x-protobuf': decodeProtobuf,
  'application/json': decodeJson,
};

/** Bytes of a body once it is unpacked. */
const MAX_BODY = 64 * 2 ** 20;

/** Programs whose name is written on the root spans that they send, as MLflow does it. */
const KNOWN_SERVICES: readonly unknown[] = [
  'claude-code',
  'codex_cli_rs',
  'codex_vscode',
  'gemini-cli',
  'qwen-code',
];

/** A refusal in the dialect of this endpoint. */
class Refusal extends Error {
  readonly status: number;
  readonly detail: unknown;

  constructor(status: number, detail: unknown) {
    super(String(detail));
    this.status = status;
    this.detail = detail;
  }
}

/**
 * OpenTelemetry's `ExportTraceServiceRequest` over HTTP: stores all of its spans or, with an error, takes
 * any number of repetitions. https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export async function exportSpans(
  request: HttpRequest,
  context: OperationContext,
): Promise<HttpResult> {
  try {
    const experimentId = request.headers[EXPERIMENT_HEADER];
    if (!experimentId) throw new Refusal(422, missingHeader());
    await requireLevelOn(experimentId, 'CAN_EDIT', context);
    const spans = spansOf(decode(request));
    await logSpans(experimentId, spans);
    // An empty message: everything was taken.
    return { statusCode: 200, headers: { 'content-type': 'application/x-protobuf' }, body: '' };
  } catch (error) {
    if (error instanceof Refusal) return json(error.status, { detail: error.detail });
    if (error instanceof NotOtlp) return json(400, { detail: error.message });
    if (error instanceof NotASpan) {
      return json(422, { detail: 'Cannot convert OpenTelemetry span to MLflow span' });
    }
    throw error;
  }
}

const missingHeader = () => [
  { type: 'missing', loc: ['header', EXPERIMENT_HEADER], msg: 'Field required', input: null },
];

function decode({ headers, body }: HttpRequest): OtlpResourceSpans[] {
  const type = headers['content-type'];
  const decoder = DECODERS[type?.split(';')[0]?.trim() ?? ''];
  if (!decoder) {
    throw new Refusal(
      400,
      `Invalid Content-Type: ${type ?? 'None'}. Expected: application/x-protobuf or application/json`,
    );
  }
  const resources = decoder(unpackBody(body, headers['content-encoding']?.toLowerCase()));
  if (resources.length === 0) {
    throw new Refusal(400, 'Invalid OpenTelemetry format - no spans found');
  }
  return resources;
}

const LIMIT = { maxOutputLength: MAX_BODY };

function unpackBody(body: Buffer, encoding: string | undefined): Buffer {
  try {
    if (!encoding || encoding === 'identity') return body;
    if (encoding === 'gzip') return gunzipSync(body, LIMIT);
    if (encoding === 'deflate') {
      // With the header that the standard wants, or without.
      const hasHeader = ((body[0] ?? 0) & 15) === 8 && body.readUInt16BE(0) % 31 === 0;
      return hasHeader ? inflateSync(body, LIMIT) : inflateRawSync(body, LIMIT);
    }
  } catch {
    throw new Refusal(400, `Failed to decompress ${encoding} payload`);
  }
  throw new Refusal(400, `Unsupported Content-Encoding: ${encoding}`);
}

/** Spans by MLflow's ids of their traces. */
function spansOf(resources: readonly OtlpResourceSpans[]): Map<string, Span[]> {
  const byTrace = new Map<string, Span[]>();
  for (const { resource, spans } of resources) {
    const name = resource.find(([key]) => key === 'service.name')?.[1];
    const service = KNOWN_SERVICES.includes(name) ? String(name) : undefined;
    for (const given of spans) {
      const { traceId, span } = fromOtlp(given, service);
      const own = byTrace.get(traceId);
      if (own) own.push(span);
      else byTrace.set(traceId, [span]);
    }
  }
  return byTrace;
}
