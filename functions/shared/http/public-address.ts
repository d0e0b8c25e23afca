import { BlockList, isIP } from 'node:net';

/**
 * Networks that are not the public internet: private, loopback, link-local, shared, reserved,
 * documentation and multicast ranges of IANA's special-purpose registries
 * (https://www.iana.org/assignments/iana-ipv4-special-registry).
 */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Within 2000::/3, the only range given to the internet; the tunnels among them lead to IPv4. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const special = new BlockList();
for (const network of SPECIAL_IPV4) special.addSubnet(...subnet(network), 'ipv4');
for (const network of SPECIAL_IPV6) special.addSubnet(...subnet(network), 'ipv6');

const internet = new BlockList();
internet.addSubnet('2000::', 3, 'ipv6');

const mapped = new BlockList();
mapped.addSubnet('::ffff:0:0', 96, 'ipv6');

/** Whether an IP address belongs to the public internet. A text that is no address does not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, 'ipv4');
  // A zone (`fe80::1%eth0`) exists for link-local addresses only.
  if (family === 0 || address.includes('%')) return false;
  if (mapped.check(address, 'ipv6')) return !special.check(embedded(address), 'ipv4');
  return internet.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/** The IPv4 address in the last 32 bits of an IPv6 address. */
function embedded(address: string): string {
  const dotted = /(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (dotted) return dotted;
  const [high = '0', low = '0'] = address.split(':').slice(-2);
  const bits = (Number.parseInt(high || '0', 16) << 16) | Number.parseInt(low || '0', 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

function subnet(network: string): [string, number] {
  const [address = '', prefix] = network.split('/');
  return [address, Number(prefix)];
}
