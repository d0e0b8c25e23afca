import { awsSigner } from './aws-signer.ts';
import { requiredEnv } from './env.ts';

interface AwsCall {
  /** As in its endpoint's name: `sqs`, `lambda`. */
  readonly service: string;
  readonly method: 'GET' | 'POST';
  /** Percent-encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
}

/**
 * A signed request to an AWS service, for functions that make one or two kinds of call: a client of the SDK
 * would be a tenth of their bundle. Failures are answers here; nothing is tried again.
 */
export async function callAws(call: AwsCall): Promise<Response> {
  const { service, method, path, headers = {}, body, timeoutMs } = call;
  const { AWS_ENDPOINT_URL, [`AWS_ENDPOINT_URL_${service.toUpperCase()}`]: own } = process.env;
  const base =
    own ?? AWS_ENDPOINT_URL ?? `https://${service}.${requiredEnv('AWS_REGION')}.amazonaws.com`;
  const url = new URL(path, base);
  const { protocol, hostname, port, host } = url;
  // S3 alone signs paths as they are.
  const signer = awsSigner(service, { uriEscapePath: service !== 's3' });
  const signed = await signer.sign({
    method,
    protocol,
    hostname,
    path,
    query: {},
    ...(body !== undefined && { body }),
    ...(port && { port: Number(port) }),
    headers: { ...headers, host },
  });
  return fetch(url, {
    method,
    headers: signed.headers,
    ...(body !== undefined && { body }),
    ...(timeoutMs && { signal: AbortSignal.timeout(timeoutMs) }),
  });
}
