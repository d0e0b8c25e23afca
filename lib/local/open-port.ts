import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { UsageError } from './usage-error.ts';

/** Milliseconds in which a port that closes still takes what clients had sent before. */
const DRAIN_MS = 100;

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

interface OpenPort {
  /** The address that it listens on. */
  readonly address: string;
  readonly number: number;
  readonly listen: (listener: Listener) => void;
  /** Takes what is still on its way, then closes; cuts off after a few seconds who holds on. */
  readonly close: () => Promise<void>;
}

/** What the system says of an address that cannot be listened on, in a person's words. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use',
  EACCES: 'may not be used by this user',
  EADDRNOTAVAIL: 'is not an address of this machine',
  ENOTFOUND: 'is not an address of this machine',
};

/**
 * Takes a port at once, so that a second start fails before it changed anything; answers 503 until
 * `listen`. `flag` names the port in the `UsageError` for one that cannot be had.
 */
export async function openPort(host: string, port: number, flag: string): Promise<OpenPort> {
  let listener: Listener = (request, response) => {
    request.resume();
    response.writeHead(503, { 'retry-after': '1' }).end();
  };
  const server: Server = createServer({ keepAliveTimeout: 65_000 }, (request, response) =>
    listener(request, response),
  );
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = REASONS[error.code ?? ''];
      const what = error.code?.startsWith('EADDRNOT') || error.code === 'ENOTFOUND' ? host : port;
      reject(reason ? new UsageError(`${flag} ${what} ${reason}`) : error);
    });
    server.listen(port, host, resolve);
  });
  const { address, port: number } = server.address() as AddressInfo;
  return {
    address,
    number,
    listen: (ready) => {
      listener = ready;
    },
    close: async () => {
      // A connection that the system has not handed over yet would be reset with its request.
      await pause(DRAIN_MS);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        // Whoever holds a connection open without a request in it must not hold up the end.
        setTimeout(() => server.closeAllConnections(), 3000).unref();
      });
    },
  };
}
