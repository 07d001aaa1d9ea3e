import { AccessTokens } from '../../core/access-tokens.ts';
import { identify, keyOf } from '../../core/contacts.ts';
import type { Channel, SourceContext } from '../../core/networked-watcher.ts';
import { ok, type Result } from '../../core/outcome.ts';
import { keepSecret, keptSecrets } from '../../core/secret-store/index.ts';
import { connect, type Login } from './connection.ts';
import { FolderChannel } from './folder-channel.ts';
import { SentChannel } from './sent-channel.ts';
import { type Account, credentialsOf, type Settings } from './settings.ts';

export const ownAddresses = ({ accounts }: Settings): readonly string[] =>
  Object.values(accounts).map(({ address }) => address);

/** A channel for each folder of each account, and one for what was sent there. An account without a secret is told of. */
export function openMail(settings: Settings, context: SourceContext): Result<readonly Channel[]> {
  const names = Object.entries(settings.accounts);
  const own = new Set(ownAddresses(settings).map(address => keyOf(identify(address))));
  const { state } = context;
  const channels = names.flatMap(([name, account]): readonly Channel[] => {
    const login = loginOf(name, account, context, names.length === 1);
    if (!login.ok) return [closed(account.address, login)];
    const given = { ...login.value, state, now: context.now, has: context.has, isCanary: context.isCanary };
    return [
      ...account.folders.map(folder => new FolderChannel(given, folder)),
      ...(account.sent === false ? [] : [new SentChannel(given, own)]),
    ];
  });
  return ok(channels);
}

/** Whether each account lets Steward in. */
export async function pingMail(
  settings: Settings,
  context: Pick<SourceContext, 'secrets' | 'now' | 'state'>,
  signal: AbortSignal,
): Promise<Result<string>> {
  const names = Object.entries(settings.accounts);
  const answers = await Promise.all(
    names.map(async ([name, account]): Promise<Result<string>> => {
      const login = loginOf(name, account, context, names.length === 1);
      if (!login.ok) return login;
      const connected = await connect(login.value, signal);
      if (!connected.ok) return connected;
      connected.value.close();
      return ok(`${account.host} lets ${account.address} in`);
    }),
  );
  const failed = answers.find(answer => !answer.ok);
  return failed ?? ok(answers.flatMap(answer => (answer.ok ? [answer.value] : [])).join(', '));
}

function loginOf(
  name: string,
  account: Account,
  { secrets, now, state }: Pick<SourceContext, 'secrets' | 'now' | 'state'>,
  only: boolean,
): Result<Login> {
  const found = credentialsOf(name, account, secrets, only);
  if (!found.ok) return found;
  const credentials = found.value;
  const keep = async (refreshed: string, token: string): Promise<void> => {
    const kept = keptSecrets(state);
    // One from the environment is kept there by somebody else.
    if (kept.ok && kept.value[refreshed] !== undefined) await keepSecret(state, refreshed, token);
  };
  const tokens = credentials.kind === 'refresh' ? new AccessTokens(credentials, now, keep) : undefined;
  const secret = `STEWARD_MAIL_${name.toUpperCase()}_${credentials.kind === 'password' ? 'PASSWORD' : 'TOKEN'}`;
  const hint = credentials.kind === 'password' ? 'Many providers want an app password here. ' : '';
  return ok({
    ...{ account, credentials, tokens },
    mend: `${hint}Set it with  steward secret set ${secret} , then start Steward again; no mail is lost meanwhile.`,
  });
}

/** An account that cannot be opened at all: it says why, and is tried no more. */
function closed(address: string, failed: Extract<Result<never>, { ok: false }>): Channel {
  return {
    name: address,
    fetch: async function* () {
      yield failed;
    },
    wait: async () => failed,
    prove: async () => failed,
    close: async () => undefined,
  };
}
