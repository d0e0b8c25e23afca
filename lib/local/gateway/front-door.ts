import { once } from 'node:events';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as send,
} from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { InvocationResult } from '../service.ts';
import type { RequestFacts, RequestTarget } from './proxy-event.ts';

/**
 * What stands before the API where files are larger than a function takes: on AWS an edge function of
 * CloudFront, which asks the API with the headers alone and passes on its redirection to the bucket.
 * Here the bytes go through, so that clients need only the public port.
 */

/** Bytes of a file that reach the function itself: base64 of them fits its 6 MB. */
const DIRECT_LIMIT = 4 * 1024 * 1024;

const ARTIFACT = /^\/(ajax-)?api\/2\.0\/mlflow-artifacts\/artifacts\/./;

/** Bytes of an upload that is too large for a function; undefined for every other request. */
export function waitingUpload(
  { method, headers }: IncomingMessage,
  { path }: RequestTarget,
): number | undefined {
  const length = Number(headers['content-length'] ?? 0);
  return method === 'PUT' && length > DIRECT_LIMIT && ARTIFACT.test(path) ? length : undefined;
}

/** The request without its body, which waits. */
export const withoutBody = (facts: RequestFacts, length: number): RequestFacts => ({
  ...facts,
  headers: { ...facts.headers, 'content-length': '0', 'slipway-upload-length': String(length) },
});

/** Where in the store a function sent the client; undefined for every other answer. */
export function redirection(result: InvocationResult, store: string): URL | undefined {
  if (result.functionError || !result.payload.includes('"statusCode":307')) return undefined;
  const { statusCode, headers } = JSON.parse(result.payload) as {
    statusCode?: number;
    headers?: { location?: string };
  };
  const location = statusCode === 307 ? headers?.location : undefined;
  return location?.startsWith(`${store}/`) ? new URL(location) : undefined;
}

/** Follows a redirection for the client: bytes flow, nothing is kept, whatever the file's size. */
export async function passThrough(
  address: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isUpload = request.method === 'PUT';
  const forward = send(address, {
    method: isUpload ? 'PUT' : 'GET',
    headers: only(request.headers, isUpload ? UPLOAD_HEADERS : DOWNLOAD_HEADERS),
  });
  const answered = once(forward, 'response') as Promise<[IncomingMessage]>;
  // A store that refuses stops reading; what it says is the answer then.
  const sent = isUpload ? pipeline(request, forward).catch(() => forward.destroy()) : forward.end();
  const [answer] = await answered.catch((error: unknown) => {
    // The client went away in the middle: the store keeps nothing of it, and nobody waits for an answer.
    if (request.destroyed && !request.complete) return [];
    throw error;
  });
  if (!answer) return;
  if (isUpload) {
    await sent;
    await endUpload(answer, response);
  } else {
    const headers = {
      ...only(answer.headers, ANSWER_HEADERS),
      'x-content-type-options': 'nosniff',
    };
    response.writeHead(answer.statusCode ?? 502, headers);
    await pipeline(answer, response);
  }
}

async function endUpload(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = (await answer.setEncoding('utf8').toArray()).join('');
  const stored = answer.statusCode === 200;
  const body = stored
    ? {}
    : { error_code: 'BAD_REQUEST', message: `The file was not stored: ${text}` };
  response.writeHead(stored ? 200 : 400, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const UPLOAD_HEADERS = ['content-length', 'content-type', 'content-md5'];
const DOWNLOAD_HEADERS = ['range', 'if-none-match', 'if-modified-since'];
const ANSWER_HEADERS = [
  'content-length',
  'content-type',
  'content-disposition',
  'content-range',
  'accept-ranges',
  'etag',
  'last-modified',
];

const only = (headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders =>
  Object.fromEntries(names.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])));
