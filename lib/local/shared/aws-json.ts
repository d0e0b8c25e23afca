import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsService } from '../service.ts';
import { AwsError } from './aws-error.ts';
import { readBody } from './body.ts';
import { messageOf } from './message-of.ts';

/**
 * An operation of an AWS JSON API. It validates its own input and throws `AwsError`. The signal is aborted
 * when the client leaves before it has its answer.
 */
export type AwsOperation = (
  input: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
) => unknown | Promise<unknown>;

export interface AwsJsonOptions {
  readonly signingName: string;
  /** AWS JSON protocol version, part of the content type. */
  readonly version: '1.0' | '1.1';
  readonly operations: Readonly<Record<string, AwsOperation>>;
  /** Bytes. */
  readonly bodyLimit?: number;
}

/** The protocol's timestamps are epoch seconds; ours are milliseconds. */
export const seconds = (milliseconds: number): number => milliseconds / 1000;

/** How a call names its operation, and how inputs and outputs are written. */
interface Wire {
  readonly operation: string;
  readonly parse: (body: Buffer) => unknown;
  readonly format: (output: unknown) => string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A service that speaks the AWS JSON protocol, and to clients that prefer it (boto3 and the AWS CLI to
 * CloudWatch) RPC v2 in CBOR.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 * https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
 */
export function awsJsonService(options: AwsJsonOptions): AwsService {
  return {
    signingNames: [options.signingName],
    operations: Object.keys(options.operations),
    handle: (request, response) => handle(options, request, response),
  };
}

async function handle(options: AwsJsonOptions, request: IncomingMessage, response: ServerResponse) {
  const isCbor = request.headers['smithy-protocol'] === 'rpc-v2-cbor';
  const wire = isCbor ? await cborWire(request) : jsonWire(options, request);
  const answer = (status: number, output: unknown) => {
    response.writeHead(status, { ...wire.headers, 'x-amzn-requestid': randomUUID() });
    response.end(wire.format(output));
  };
  try {
    const name = wire.operation.slice(wire.operation.lastIndexOf('.') + 1);
    const operation = Object.hasOwn(options.operations, name)
      ? options.operations[name]
      : undefined;
    if (!operation) {
      throw new AwsError(
        'UnknownOperationException',
        `${wire.operation || 'This call'} is not implemented`,
      );
    }
    const body = await readBody(request, options.bodyLimit ?? 16 * 1024 * 1024);
    answer(200, (await operation(parse(wire, body), whileWaiting(response))) ?? {});
  } catch (error) {
    const known = error instanceof AwsError;
    if (!known) console.error(error);
    const code = known ? error.code : 'InternalFailure';
    const message = messageOf(error);
    response.setHeader('x-amzn-errortype', code);
    answer(known ? error.status : 500, { __type: code, message });
  }
}

/** Ends with the client that leaves; one that has left already waits for nothing. */
function whileWaiting(response: ServerResponse): AbortSignal {
  const left = new AbortController();
  if (response.destroyed) left.abort();
  response.once('close', () => {
    if (!response.writableEnded) left.abort();
  });
  return left.signal;
}

function parse(wire: Wire, body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  try {
    const value = wire.parse(body);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Answered below, together with what is no object.
  }
  throw new AwsError('SerializationException', 'The body is not a JSON object');
}

/** The operation stands after the dot of `X-Amz-Target`. */
const jsonWire = ({ version }: AwsJsonOptions, { headers }: IncomingMessage): Wire => ({
  operation: String(headers['x-amz-target'] ?? ''),
  parse: (body) => JSON.parse(body.toString('utf8')),
  format: (output) => JSON.stringify(output),
  headers: { 'content-type': `application/x-amz-json-${version}` },
});

/** The operation is the end of the path. Loaded when somebody speaks it. */
async function cborWire({ url = '' }: IncomingMessage): Promise<Wire> {
  const { cbor } = await import('@smithy/core/cbor');
  return {
    operation: /^\/service\/\w+\/operation\/(\w+)$/.exec(url)?.[1] ?? '',
    parse: (body) => cbor.deserialize(body),
    // Members that are undefined are left out in JSON; CBOR would name them.
    format: (output) => cbor.serialize(JSON.parse(JSON.stringify(output))),
    headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
  };
}
