import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsService } from '../service.ts';
import { AwsError } from './aws-error.ts';
import { readBody } from './body.ts';

/** An operation of an AWS JSON API. It validates its own input and throws `AwsError`. */
export type AwsOperation = (input: Readonly<Record<string, unknown>>) => unknown | Promise<unknown>;

export interface AwsJsonOptions {
  readonly signingName: string;
  /** AWS JSON protocol version, part of the content type. */
  readonly version: '1.0' | '1.1';
  readonly operations: Readonly<Record<string, AwsOperation>>;
  /** Bytes. */
  readonly bodyLimit?: number;
}

/**
 * A service that speaks the AWS JSON protocol: the operation stands after the dot of `X-Amz-Target`.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 */
export function awsJsonService(options: AwsJsonOptions): AwsService {
  return {
    signingNames: [options.signingName],
    handle: (request, response) => handle(options, request, response),
  };
}

async function handle(options: AwsJsonOptions, request: IncomingMessage, response: ServerResponse) {
  try {
    const target = String(request.headers['x-amz-target'] ?? '');
    const name = target.slice(target.lastIndexOf('.') + 1);
    const operation = Object.hasOwn(options.operations, name)
      ? options.operations[name]
      : undefined;
    if (!operation) {
      throw new AwsError(
        'UnknownOperationException',
        `${target || 'This call'} is not implemented`,
      );
    }
    const body = await readBody(request, options.bodyLimit ?? 16 * 1024 * 1024);
    const output = (await operation(parse(body))) ?? {};
    answer(options, response, 200, output);
  } catch (error) {
    const known = error instanceof AwsError;
    if (!known) console.error(error);
    const code = known ? error.code : 'InternalFailure';
    const message = error instanceof Error ? error.message : String(error);
    response.setHeader('x-amzn-errortype', code);
    answer(options, response, known ? error.status : 500, { __type: code, message });
  }
}

function parse(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Answered below, together with JSON that is no object.
  }
  throw new AwsError('SerializationException', 'The body is not a JSON object');
}

function answer(options: AwsJsonOptions, response: ServerResponse, status: number, body: unknown) {
  response.writeHead(status, {
    'content-type': `application/x-amz-json-${options.version}`,
    'x-amzn-requestid': randomUUID(),
  });
  response.end(JSON.stringify(body));
}
