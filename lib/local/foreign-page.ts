import type { IncomingMessage } from 'node:http';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether a page of another site sends a request that could change something: a browser on this machine
 * can be made to. MLflow's server refuses the same.
 */
export function isFromForeignPage({ method = '', headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  if (origin === undefined || SAFE.has(method)) return false;
  const page = URL.parse(origin);
  return !page || (page.host !== host && !LOOPBACK.has(page.hostname));
}
