import path from 'node:path';
import { isActionServer } from '../../core/action-server.ts';
import { discover } from '../../core/discover.ts';
import { messageOf, type Result } from '../../core/outcome.ts';
import { secretsFor } from '../../core/secret-names.ts';
import { Vault } from '../../core/vault.ts';
import { isWatcher } from '../../core/watcher.ts';
import { broken, type Finding, fine, type Patient } from './finding.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '..', '..');
/** Milliseconds that an account has to answer, so that the doctor stays quick. */
const PATIENCE = 5000;

/** Whether the accounts that are configured can be reached and let Steward in: nothing is sent or changed there. */
export async function checkAccounts(patient: Patient): Promise<readonly Finding[]> {
  const { root, config, environment, state, isConfigured, isOffline } = patient;
  if (!isConfigured) return [];
  const [servers, watchers] = await Promise.all([
    discover(path.join(REPOSITORY, 'mcp-servers'), value => (isActionServer(value) ? value : undefined)),
    discover(path.join(REPOSITORY, 'watchers'), value => (isWatcher(value) ? value : undefined)),
  ]);
  const now = (): Date => new Date();
  const asked = [
    ...[...servers.values()].flatMap(({ name, ping }) => {
      const settings = config.servers[name];
      if (ping === undefined || settings === undefined) return [];
      const place = { vault: new Vault(root, 'server'), dropFolders: config.drop_folders, now };
      const context = {
        ...place,
        state: path.join(state.servers, name),
        secrets: secretsFor(name, environment.secrets),
      };
      return [{ name, part: `servers.${name}`, ask: () => ping(settings, context, AbortSignal.timeout(PATIENCE)) }];
    }),
    ...[...watchers.values()].flatMap(({ name, ping }) => {
      const settings = config.watchers[name];
      if (ping === undefined || settings === undefined) return [];
      const context = { state, now, secrets: secretsFor(name, environment.secrets) };
      return [{ name, part: `watchers.${name}`, ask: () => ping(settings, context, AbortSignal.timeout(PATIENCE)) }];
    }),
  ];
  const looked = asked.map(async ({ name, part, ask }): Promise<readonly Finding[]> => {
    if (isOffline) return [fine('account', `${name}, not asked: offline`)];
    const mend = `Mend ${part} in ${state.config}, or wait where it is the provider.`;
    const said = await ask().catch((error: unknown) => messageOf(error));
    return said === undefined ? [] : [findingOf(name, said, mend)];
  });
  return (await Promise.all(looked)).flat();
}

function findingOf(name: string, said: Result<string> | string, mend: string): Finding {
  if (typeof said === 'string') return broken('account', `${name}: ${said}`, mend);
  if (said.ok) return fine('account', `${name}: ${said.value}`);
  return broken('account', `${name}: ${said.failure.message}`, said.failure.mend ?? mend);
}
