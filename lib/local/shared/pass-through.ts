import { once } from 'node:events';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as send,
} from 'node:http';
import { pipeline } from 'node:stream/promises';
import { sendAnswer } from './send-answer.ts';

/**
 * Follows a redirection to the store for the client: bytes flow, nothing is kept, whatever the file's
 * size. On AWS clients follow it themselves; here they need the public port only.
 */
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
    await sendAnswer(answer, response, headers);
  }
}

async function endUpload(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = (await answer.setEncoding('utf8').toArray()).join('');
  const { statusCode: status = 502 } = answer;
  const message = `The file was not stored: ${text}`;
  // What the store cannot do, on a full disk for example, is no mistake of the client.
  const [told, body] =
    status === 200
      ? [200, {}]
      : status < 500
        ? [400, { error_code: 'BAD_REQUEST', message }]
        : [status, { error_code: 'INTERNAL_ERROR', message }];
  response.writeHead(told, { 'content-type': 'application/json' }).end(JSON.stringify(body));
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
