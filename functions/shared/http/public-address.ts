import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The only range of IPv6 that was given to the internet. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an IP address belongs to the public internet, by IANA's special-purpose registries
 * (https://www.iana.org/assignments/iana-ipv4-special-registry); an IPv4 address that IPv6 carries
 * counts as itself. A text that is no address does not.
 */
export function isPublicAddress(text: string): boolean {
  // The library also reads what systems take for addresses: `127.1`, `0x7f000001`.
  if (isIP(text) === 0) return false;
  const address = ipaddr.process(text);
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6);
}
