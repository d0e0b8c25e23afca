import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** What a request becomes on its way to the store. */
interface Inner {
  /** Path and query. */
  readonly url: string;
  readonly method?: string;
  /** Headers of the client that go along. */
  readonly kept: readonly string[];
  /** Headers that this host adds. */
  readonly headers: IncomingHttpHeaders;
}

/**
 * The request of a client as this host sends it on to a service of its own, in the same process: a connection
 * in between would double what a large file costs.
 */
export function innerRequest(
  request: IncomingMessage,
  { url, method = request.method, kept, headers }: Inner,
): IncomingMessage {
  return Object.create(request, {
    url: { value: url },
    method: { value: method },
    headers: { value: { ...keptHeaders(request, kept), ...headers } },
  });
}

/** Headers of a client that go along. */
export const keptHeaders = (
  { headers }: IncomingMessage,
  kept: readonly string[],
): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => kept.includes(name)));
