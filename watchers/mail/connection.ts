import type { ImapFlow } from 'imapflow';
import type { AccessTokens } from '../../core/access-tokens.ts';
import { type Failure, fail, ok, type Result } from '../../core/outcome.ts';
import { mailFailure, saidIn } from './fault.ts';
import type { Account, Credentials } from './settings.ts';

/** One account that can be logged in to. */
export type Login = {
  readonly account: Account;
  readonly credentials: Credentials;
  /** Where access tokens are got with a refresh token. */
  readonly tokens: AccessTokens | undefined;
  /** What the person can do where the server lets Steward in no more. */
  readonly mend: string;
};

/** Milliseconds: until a server has to have answered, without a word from it, and between two words of ours in IDLE. */
const TIMES = { connecting: 20_000, silence: 5 * 60_000, idle: 4 * 60_000 };
/** Bytes of one answer: the largest part of a message that is asked for at once, and what goes with it. */
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** Logs in. A token that the server refuses is renewed once. With the signal it is given up. */
export async function connect(login: Login, signal: AbortSignal): Promise<Result<ImapFlow>> {
  const first = await attempt(login, signal);
  if (first.ok || !('token' in first) || login.tokens?.refused(first.token) !== true) return settled(first);
  return settled(await attempt(login, signal));
}

type Attempt = Result<ImapFlow> | { readonly ok: false; readonly failure: Failure; readonly token: string };

const settled = (made: Attempt): Result<ImapFlow> => (made.ok ? made : { ok: false, failure: made.failure });

async function attempt({ account, credentials, tokens, mend }: Login, signal: AbortSignal): Promise<Attempt> {
  const { host, port, security, address } = account;
  const user = account.user ?? address;
  const token = await (credentials.kind === 'token' ? ok(credentials.token) : tokens?.get());
  if (token !== undefined && !token.ok) return token;
  const { ImapFlow: Client } = await import('imapflow');
  const client = new Client({
    ...{ host, port, secure: security === 'tls', logger: false, disableAutoIdle: true },
    ...(security === 'tls' ? {} : { doSTARTTLS: security === 'starttls' }),
    auth:
      token === undefined
        ? { user, pass: credentials.kind === 'password' ? credentials.password : '' }
        : { user, accessToken: token.value },
    clientInfo: { name: 'Steward' },
    connectionTimeout: TIMES.connecting,
    greetingTimeout: TIMES.connecting,
    socketTimeout: TIMES.silence,
    maxIdleTime: TIMES.idle,
    maxLiteralSize: LARGEST_ANSWER,
    maxResponseSize: 2 * LARGEST_ANSWER,
  });
  // What breaks a connection is also what the command that runs on it ends with.
  client.on('error', () => undefined);
  const giveUp = (): void => client.close();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    if (signal.aborted) giveUp();
    await client.connect();
    return ok(client);
  } catch (error) {
    client.close();
    const failure = signal.aborted
      ? fail('retryable', `${host} does not answer.`, 'Nothing is lost; Steward tries again by itself.').failure
      : mailFailure(error, { host, address }, mend);
    const isRefused = token !== undefined && saidIn(error).authenticationFailed;
    return isRefused ? { ok: false, failure, token: token.value } : { ok: false, failure };
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
