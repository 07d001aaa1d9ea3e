import path from 'node:path';
import { isActionServer } from '../../core/action-server.ts';
import { discover } from '../../core/discover.ts';
import { messageOf } from '../../core/outcome.ts';
import { secretsFor } from '../../core/secret-names.ts';
import { Vault } from '../../core/vault.ts';
import { broken, type Finding, fine, type Patient } from './finding.ts';

const SERVERS = path.resolve(import.meta.dirname, '..', '..', 'mcp-servers');
/** Milliseconds that an account has to answer, so that the doctor stays quick. */
const PATIENCE = 5000;

/** Whether the accounts that are configured can be reached and let Steward in: nothing is sent or changed there. */
export async function checkAccounts(patient: Patient): Promise<readonly Finding[]> {
  const { root, config, environment, state, isConfigured, isOffline } = patient;
  const servers = await discover(SERVERS, value => (isActionServer(value) ? value : undefined));
  const configured = [...servers.values()].filter(({ name }) => isConfigured && config.servers[name] !== undefined);
  const looked = configured.map(async ({ name, ping }): Promise<readonly Finding[]> => {
    if (ping === undefined) return [];
    if (isOffline) return [fine('account', `${name}, not asked: offline`)];
    const context = {
      ...{ vault: new Vault(root, 'server'), dropFolders: config.drop_folders, now: () => new Date() },
      state: path.join(state.servers, name),
      secrets: secretsFor(name, environment.secrets),
    };
    const mend = `Mend servers.${name} in ${state.config}, or wait where it is the provider.`;
    try {
      const said = await ping(config.servers[name] ?? null, context, AbortSignal.timeout(PATIENCE));
      if (said === undefined) return [];
      if (said.ok) return [fine('account', `${name}: ${said.value}`)];
      return [broken('account', `${name}: ${said.failure.message}`, said.failure.mend ?? mend)];
    } catch (error) {
      return [broken('account', `${name}: ${messageOf(error)}`, mend)];
    }
  });
  return (await Promise.all(looked)).flat();
}
