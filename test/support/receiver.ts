import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What a receiver does with a request: a status, with headers where they matter. */
export type Answer =
  | { readonly status: number; readonly headers?: Record<string, string> }
  | 'hang';

/** A webhook receiver on this machine that keeps what it gets. */
export async function startReceiver(answer: (path: string, count: number) => Answer) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const path = request.url ?? '';
    received.push({ path, headers: request.headers, body, at: Date.now() });
    const count = received.filter((one) => one.path === path).length;
    const given = answer(path, count);
    if (given !== 'hang') response.writeHead(given.status, given.headers).end(`answer ${count}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    at: (path: string) => received.filter((one) => one.path === path),
    /** Ends the requests that hang. */
    hangUp: () => server.closeAllConnections(),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
