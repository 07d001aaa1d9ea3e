import path from 'node:path';
import { z } from 'zod';
import { isActionServer } from '../../core/action-server.ts';
import { Json } from '../../core/digest.ts';
import { discover } from '../../core/discover.ts';
import { type Offer, readOffers } from '../../core/offers.ts';
import type { OpenVault } from '../../core/open-vault.ts';
import { Vault } from '../../core/vault.ts';

const SERVERS = path.resolve(import.meta.dirname, '..', '..', 'mcp-servers');

/**
 * What the action servers offer: as the executor wrote it down, or, before it has run here, as the configuration says.
 * A server that cannot be used as it is configured offers nothing.
 */
export async function configuredOffers({ root, state, config }: OpenVault): Promise<readonly Offer[]> {
  const known = readOffers(state.offers)?.offers;
  if (known !== undefined) return known;
  const servers = await discover(SERVERS, value => (isActionServer(value) ? value : undefined));
  const common = { vault: new Vault(root, 'server'), dropFolders: [], secrets: {}, now: () => new Date() };
  return [...servers.values()].flatMap(({ name: server, offer }) => {
    const offered = offer(config.servers[server] ?? null, { ...common, state: path.join(state.servers, server) });
    if (!offered.ok) return [];
    return offered.value.map(({ name: tool, title, description, input, reach }) => ({
      ...{ server, tool, title, description, reach },
      schema: Json.parse(z.toJSONSchema(input, { io: 'input' })),
    }));
  });
}
