import { once } from 'node:events';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as send,
} from 'node:http';
import { pipeline } from 'node:stream/promises';

/**
 * Follows the redirection of an upload to the store for the client: bytes flow, nothing is kept, whatever the
 * file's size. On AWS clients follow it themselves; here they need the public port only.
 */
export async function forwardUpload(
  address: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const forward = send(address, { method: 'PUT', headers: kept(request.headers) });
  const answered = once(forward, 'response') as Promise<[IncomingMessage]>;
  // A store that refuses stops reading; what it says is the answer then.
  const sent = pipeline(request, forward).catch(() => forward.destroy());
  const [answer] = await answered.catch((error: unknown) => {
    // The client went away in the middle: the store keeps nothing of it, and nobody waits for an answer.
    if (request.destroyed && !request.complete) return [];
    throw error;
  });
  if (!answer) return;
  await sent;
  await endUpload(answer, response);
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

const TO_STORE = ['content-length', 'content-type', 'content-md5'];

const kept = (headers: IncomingHttpHeaders): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => TO_STORE.includes(name)));
