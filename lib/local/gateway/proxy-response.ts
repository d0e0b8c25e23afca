import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { InvocationResult } from '../service.ts';

const SERVER_ERROR = 'Internal Server Error';

/** Headers that belong to the connection with the client, which the function knows nothing of. */
const CONNECTION_HEADERS = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade'];

/**
 * Answers with what the function returned; without a `statusCode` the value is the JSON body of a 200
 * (format 2.0's inference). A failed function or a malformed answer is a 500, the error stays in
 * the function's log.
 */
export function sendResult(response: ServerResponse, result: InvocationResult): void {
  if (result.functionError) {
    const timedOut = result.payload.includes('"Sandbox.Timedout"');
    sendMessage(response, timedOut ? 503 : 500, timedOut ? 'Service Unavailable' : SERVER_ERROR);
    return;
  }
  const value: unknown = JSON.parse(result.payload);
  if (typeof value !== 'object' || value === null || !('statusCode' in value)) {
    const text = typeof value === 'string' ? value : result.payload;
    sendBody(response, 200, { 'content-type': 'application/json' }, text);
    return;
  }
  try {
    const { status, headers, body } = parse(value, result.body);
    sendBody(response, status, headers, body);
  } catch {
    // A malformed result, or a header value that HTTP does not allow.
    sendMessage(response, 500, SERVER_ERROR);
  }
}

function parse(value: Readonly<Record<string, unknown>>, apart: Uint8Array | undefined) {
  const status = Number(value.statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new TypeError('statusCode');
  const { body = '', isBase64Encoded, cookies } = value;
  if (typeof body !== 'string' && body !== null) throw new TypeError('body');
  const headers: OutgoingHttpHeaders = {};
  for (const [name, content] of Object.entries((value.headers ?? {}) as object)) {
    const lower = name.toLowerCase();
    if (!CONNECTION_HEADERS.includes(lower)) headers[lower] = String(content);
  }
  if (Array.isArray(cookies)) headers['set-cookie'] = cookies.map(String);
  headers['content-type'] ??= 'text/plain;charset=UTF-8';
  if (apart) return { status, headers, body: apart };
  return {
    status,
    headers,
    body: isBase64Encoded ? Buffer.from(body ?? '', 'base64') : (body ?? ''),
  };
}

function sendBody(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string | Uint8Array,
): void {
  const isHead = response.req.method === 'HEAD';
  const hasBody = status !== 204 && status !== 304;
  // The length of what a GET would bring is the function's to say.
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const length = isHead ? (headers['content-length'] ?? bytes) : bytes;
  delete headers['content-length'];
  // What the gateway has set (CORS, the request's id) is not the function's to change.
  for (const name of response.getHeaderNames()) delete headers[name];
  response.writeHead(status, hasBody ? { ...headers, 'content-length': length } : headers);
  // A text leaves in one write with the head.
  response.end(isHead || !hasBody ? undefined : body);
}

/** API Gateway's own answers. */
export function sendMessage(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ message });
  sendBody(response, status, { 'content-type': 'application/json' }, body);
}
