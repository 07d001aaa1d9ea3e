/**
 * Serves one action server over MCP on standard input and output: `main.ts NAME`. Started by the executor on first
 * use. Reading and dry runs are open; an effect needs the executor’s grant for exactly that envelope.
 */
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { isActionServer, type ServerContext } from '../core/action-server.ts';
import { readEnvironment } from '../core/config.ts';
import { Json } from '../core/digest.ts';
import { loadOne } from '../core/discover.ts';
import { GrantChecker, grantClock } from '../core/grant.ts';
import { guarded, keepOut } from '../core/guarded.ts';
import { messageOf, sentence } from '../core/outcome.ts';
import { secretsFor } from '../core/secret-names.ts';
import { actionServerOverMcp } from '../core/serve-actions.ts';
import { Vault } from '../core/vault.ts';

/** What the executor hands over in `STEWARD_SERVER`, as JSON. */
const Settings = z.strictObject({
  vault: z.string(),
  state: z.string(),
  dropFolders: z.array(z.string()),
  settings: Json,
  grantKey: z.string(),
  preparesOnly: z.boolean().exactOptional(),
});

const name = process.argv[2] ?? '';
try {
  const server = await loadOne(import.meta.dirname, name, value => (isActionServer(value) ? value : undefined));
  const given = Settings.parse(JSON.parse(process.env.STEWARD_SERVER ?? '{}'));
  const secrets = secretsFor(name, readEnvironment().secrets);
  keepOut(secrets);
  const context: ServerContext = {
    vault: new Vault(given.vault, 'server'),
    state: given.state,
    dropFolders: given.dropFolders,
    secrets,
    preparesOnly: given.preparesOnly ?? false,
    now: () => new Date(),
  };
  const tools = server.offer(given.settings, context);
  if (!tools.ok) throw new Error(sentence(tools.failure));
  const grants = new GrantChecker(given.grantKey, grantClock());
  serveStdio(() => actionServerOverMcp(server, tools.value, grants));
} catch (error) {
  process.stderr.write(`${guarded(messageOf(error))}\n`);
  process.exitCode = 1;
}
