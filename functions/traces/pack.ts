import {
  crc32,
  deflateRawSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';

/** First byte: how the rest is written. */
const TRACE = 1;
const SPANS = 2;

/** Checksum of the packed bytes behind it. */
const CRC_BYTES = 4;
const HEADER = 1 + CRC_BYTES;

/**
 * What a trace's record usually holds: a small text is packed by pointing here. It belongs to format 1
 * for good.
 */
const USUAL = Buffer.from(
  '"a-","name":"","kind":"feedback","value":,"source_type":"HUMAN","CODE","LLM_JUDGE","source_id":"","rationale":"","metadata":{},"create_time":17,"last_update_time":17,"valid":true}' +
    'mlflow.artifactLocationmlflow.user"mlflow.source.name":"","mlflow.source.type":"LOCAL","mlflow.source.git.commit":"mlflow.source.git.branch":"main","mlflow.source.git.repoURL":"' +
    '"mlflow.trace_schema.version":"3","mlflow.traceInputs":"{\\"","mlflow.traceOutputs":"\\"","mlflow.sourceRun":"","mlflow.modelId":"m-","mlflow.trace.user":"","mlflow.trace.session":"",' +
    '"mlflow.trace.cost":"{\\"input_cost\\": 0.0, \\"output_cost\\": 0.0, \\"total_cost\\": 0.0}","mlflow.trace.tokenUsage":"{\\"input_tokens\\": 10, \\"output_tokens\\": 20, \\"total_tokens\\": 30}",' +
    '"mlflow.trace.sizeStats":"{\\"total_size_bytes\\": 1000, \\"num_spans\\": 10, \\"max\\": 1000, \\"p25\\": 500, \\"p50\\": 500, \\"p75\\": 500}","mlflow.trace.infoFinalized":"true"},' +
    '"tags":{"mlflow.traceName":"","mlflow.artifactLocation":"mlflow-artifacts:/1/traces/tr-/artifacts","mlflow.trace.spansLocation":"TRACKING_STORE"},"assessments":[]}' +
    '{"trace":{"trace_id":"tr-","experiment_id":"1","request_time":17,"execution_duration":1,"state":"OK","request_preview":"{\\"question\\": \\"","response_preview":"\\"","trace_metadata":{',
);

/** Packed bytes that are not what was packed. */
class Damaged extends Error {
  override readonly name = 'Damaged';
}

/** A record of a trace, typically a kilobyte or two of JSON. */
export const packTrace = (value: object): Uint8Array =>
  seal(TRACE, deflateRawSync(JSON.stringify(value), { dictionary: USUAL, level: 6 }));

/** Spans; they repeat each other in much. */
export const packSpans = (value: object): Uint8Array =>
  seal(SPANS, zstdCompressSync(JSON.stringify(value)));

/** Undoes both. Throws `Damaged`. */
export function unpack<T>(packed: Uint8Array): T {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const body = bytes.subarray(HEADER);
  if (bytes.length < HEADER || bytes.readUInt32LE(1) !== crc32(body)) {
    throw new Damaged('The checksum does not fit');
  }
  const format = bytes[0];
  if (format === TRACE) {
    return JSON.parse(inflateRawSync(body, { dictionary: USUAL }).toString('utf8')) as T;
  }
  if (format === SPANS) return JSON.parse(zstdDecompressSync(body).toString('utf8')) as T;
  throw new Damaged(`Format ${format} is unknown`);
}

function seal(format: number, body: Uint8Array): Uint8Array {
  const header = Buffer.alloc(HEADER);
  header[0] = format;
  header.writeUInt32LE(crc32(body), 1);
  return Buffer.concat([header, body]);
}
