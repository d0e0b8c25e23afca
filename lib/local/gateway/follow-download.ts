import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsService } from '../service.ts';
import { innerRequest } from '../shared/inner-request.ts';

/** Headers of a client that reach the store. */
const TO_STORE = ['range', 'if-none-match', 'if-modified-since'];

/**
 * Follows a redirection to the store for the client, who on AWS follows it and here needs the public port
 * only. The address is signed for GET; who asked for the head gets that.
 */
export async function followDownload(
  { pathname, search, host }: URL,
  request: IncomingMessage,
  response: ServerResponse,
  store: Pick<AwsService, 'handle'>,
): Promise<void> {
  response.setHeader('x-content-type-options', 'nosniff');
  const url = `${pathname}${search}`;
  const asked = innerRequest(request, { url, method: 'GET', kept: TO_STORE, headers: { host } });
  await store.handle(asked, response);
}
