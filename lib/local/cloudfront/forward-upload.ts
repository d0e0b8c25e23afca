import { type IncomingMessage, ServerResponse } from 'node:http';
import type { AwsService } from '../service.ts';
import { keptHeaders } from '../shared/inner-request.ts';

const TO_STORE = ['content-length', 'content-type', 'content-md5'];

/**
 * Follows the redirection of an upload to the store for the client: bytes flow, nothing is kept, whatever the
 * file's size. On AWS clients follow it themselves; here they need the public port only, and the store takes
 * the request in the same process.
 */
export async function forwardUpload(
  { pathname, search, host }: URL,
  request: IncomingMessage,
  response: ServerResponse,
  store: Pick<AwsService, 'handle'>,
): Promise<void> {
  // The request itself changes its address: nothing else can be read from in its place.
  request.url = `${pathname}${search}`;
  request.headers = { ...keptHeaders(request, TO_STORE), host };
  const answer = new StoreAnswer(request);
  await store.handle(request, answer);
  // The client went away in the middle: the store keeps nothing of it, and nobody waits for an answer.
  if (answer.text === undefined) response.destroy();
  else endUpload(answer.statusCode, answer.text, response);
}

/** What the store says to this host instead of the client. */
class StoreAnswer extends ServerResponse {
  text: string | undefined;

  override end(...[body]: unknown[]): this {
    this.text = body === undefined ? '' : String(body);
    return this;
  }

  override destroy(): this {
    this.req.destroy();
    return this;
  }
}

function endUpload(status: number, text: string, response: ServerResponse): void {
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
