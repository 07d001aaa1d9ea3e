import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { reasonOf } from '../../core/system-error.ts';

/** Addresses that are of this computer, of a local network, or of nobody (IANA’s special-purpose registries). */
const SPECIAL = new BlockList();
for (const [network, prefix] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
  ] as const),
  ...([
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
  ] as const),
  ...([
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const),
] as const)
  SPECIAL.addSubnet(network, prefix, 'ipv4');

/** What is routed between networks begins so; within it, ways into IPv4 and what is for documents only are left out. */
const ROUTED = new BlockList();
ROUTED.addSubnet('2000::', 3, 'ipv6');
const INDIRECT = new BlockList();
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  INDIRECT.addSubnet(network, prefix, 'ipv6');

/** Whether an IP address is one of the public network. */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !SPECIAL.check(address, 'ipv4');
    case 6:
      return ROUTED.check(address, 'ipv6') && !INDIRECT.check(address, 'ipv6');
    default:
      return false;
  }
}

/**
 * The address that a host is reached at. Where one of its addresses is not public the host is refused, unless it is
 * `allowed` by name: whoever writes a link into a mail does not choose what in this network is called.
 */
export async function addressOf(
  host: string,
  allowed: readonly string[],
): Promise<Result<{ address: string; family: 4 | 6 }>> {
  const bare = host.replace(/^\[|\]$/g, '');
  try {
    const found = await lookup(bare, { all: true });
    const [first] = found;
    if (first === undefined) return fail('retryable', `${bare} has no address.`);
    const isAllowed = allowed.some(one => one.toLowerCase() === bare.toLowerCase());
    if (!isAllowed && !found.every(({ address }) => isPublic(address))) {
      return fail('denied', `${bare} is no host of the public network, so nothing is asked of it.`);
    }
    return ok({ address: first.address, family: first.family === 6 ? 6 : 4 });
  } catch (error) {
    return fail('retryable', `${bare} cannot be found: ${reasonOf(error)}.`);
  }
}
