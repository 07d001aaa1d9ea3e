import { BlockList, isIP } from 'node:net';

/** Addresses of this machine and of a network at home (RFC 1918, 4193, 3927, 4291). */
const NEAR = new BlockList();
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const)
  NEAR.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  NEAR.addSubnet(network, bits, 'ipv6');

/**
 * Whether a host of a URL is this machine or a network at home. A name can lead anywhere, so that only an address and
 * `localhost` (RFC 6761) count.
 */
export function isNear(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  const version = isIP(host);
  return version !== 0 && NEAR.check(host, version === 6 ? 'ipv6' : 'ipv4');
}
