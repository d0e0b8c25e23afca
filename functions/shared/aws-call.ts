import { awsSigner } from './aws-signer.ts';
import { requiredEnv } from './env.ts';

export interface AwsCall {
  /** As in its endpoint's name: `sqs`, `lambda`. */
  readonly service: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs?: number;
}

/**
 * A signed POST to an AWS service, for functions that make one or two kinds of call: a client of the SDK would
 * be a tenth of their bundle. Failures are answers here; nothing is tried again.
 */
export async function callAws({
  service,
  path,
  headers,
  body,
  timeoutMs,
}: AwsCall): Promise<Response> {
  const { AWS_ENDPOINT_URL, [`AWS_ENDPOINT_URL_${service.toUpperCase()}`]: own } = process.env;
  const base =
    own ?? AWS_ENDPOINT_URL ?? `https://${service}.${requiredEnv('AWS_REGION')}.amazonaws.com`;
  const url = new URL(path, base);
  const { protocol, hostname, port, host, pathname } = url;
  const signed = await awsSigner(service).sign({
    method: 'POST',
    protocol,
    hostname,
    path: pathname,
    query: {},
    body,
    ...(port && { port: Number(port) }),
    headers: { ...headers, host },
  });
  return fetch(url, {
    method: 'POST',
    headers: signed.headers,
    body,
    ...(timeoutMs && { signal: AbortSignal.timeout(timeoutMs) }),
  });
}
