import type { ServerResponse } from 'node:http';
import type { InvocationResult } from '../service.ts';

interface ProxyResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/**
 * Answers with what the function returned; without a `statusCode` the value is the JSON body of a 200
 * (format 2.0's inference). A failed function is a 500, its error stays in the log.
 */
export function sendResult(response: ServerResponse, result: InvocationResult): void {
  if (result.functionError) {
    const timedOut = result.payload.includes('"Sandbox.Timedout"');
    sendMessage(response, timedOut ? 503 : 500, timedOut ? 'Service Unavailable' : SERVER_ERROR);
    return;
  }
  const value: unknown = JSON.parse(result.payload);
  if (!isProxyResult(value)) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(typeof value === 'string' ? value : JSON.stringify(value));
    return;
  }
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, content] of Object.entries(value.headers ?? {})) {
    headers[name.toLowerCase()] = String(content);
  }
  if (value.cookies) headers['set-cookie'] = value.cookies;
  const body = Buffer.from(value.body ?? '', value.isBase64Encoded ? 'base64' : 'utf8');
  headers['content-type'] ??= 'text/plain; charset=utf-8';
  if (value.statusCode !== 204 && value.statusCode !== 304) {
    headers['content-length'] = String(body.length);
  }
  response.writeHead(value.statusCode, headers as Record<string, string | string[]>);
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

const SERVER_ERROR = 'Internal Server Error';

const isProxyResult = (value: unknown): value is ProxyResult =>
  typeof value === 'object' &&
  value !== null &&
  Number.isInteger((value as ProxyResult).statusCode);

/** API Gateway's own answers. */
export function sendMessage(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ message }));
}
