import { BlockList, isIP } from 'node:net';
import type { Listener } from './open-port.ts';

/** Names that no page of the internet can have for its own: of this machine, and of it as containers see it. */
const OWN_NAMES = ['localhost', '0.0.0.0', 'host.docker.internal', 'host.containers.internal'];

const PRIVATE = new BlockList();
PRIVATE.addSubnet('127.0.0.0', 8);
PRIVATE.addSubnet('10.0.0.0', 8);
PRIVATE.addSubnet('172.16.0.0', 12);
PRIVATE.addSubnet('192.168.0.0', 16);
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Whether a port is asked by names that nobody here knows: one that other machines reach, unless names
 * were given.
 *
 * @param address that it listens on
 */
export const isForAnyName = (address: string, allowed: readonly string[]): boolean =>
  allowed.length === 0 && !LOOPBACK.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** What load balancers ask, by whatever name. */
const OPEN_PATHS = new Set(['/health', '/version']);

/**
 * A listener that answers requests for other hosts than this one with 403: a page whose name was made to
 * mean this machine (DNS rebinding) is of the same origin to the browser, which keeps nothing from it.
 * MLflow's server refuses the same with the same text.
 *
 * @param allowed further hosts, with their port or for any: names, or patterns with `*`
 */
export function ofAllowedHosts(allowed: readonly string[], listener: Listener): Listener {
  if (allowed.includes('*')) return listener;
  const patterns = [...OWN_NAMES, ...allowed].map(pattern);
  return (request, response) => {
    const { host = '' } = request.headers;
    if (isAllowed(host, patterns) || OPEN_PATHS.has((request.url ?? '').split('?', 1)[0] ?? '')) {
      return listener(request, response);
    }
    request.resume();
    response.writeHead(403, { 'content-type': 'text/plain' });
    response.end('Invalid Host header - possible DNS rebinding attack detected');
  };
}

function isAllowed(host: string, patterns: readonly RegExp[]): boolean {
  const address = /^\[(?<v6>[^\]]+)\](?::\d+)?$|^(?<v4>[\d.]+)(?::\d+)?$/.exec(host)?.groups ?? {};
  const ip = address.v6 ?? address.v4 ?? '';
  const family = isIP(ip);
  if (family !== 0 && PRIVATE.check(ip, family === 6 ? 'ipv6' : 'ipv4')) return true;
  return patterns.some((one) => one.test(host));
}

/** One that names no port means all of them. */
function pattern(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}${/:\d+$/.test(text) ? '' : '(:\\d+)?'}$`, 'i');
}
