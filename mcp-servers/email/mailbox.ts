import type { ImapFlow, ListResponse } from 'imapflow';
import type { Fault } from '../../core/fault.ts';
import { type Failure, fail, ok, type Result } from '../../core/outcome.ts';
import { imapRefusal } from './imap-fault.ts';
import type { Login } from './login.ts';
import { type Account, type Credentials, IMAP_PASSWORD, type ImapSettings, PASSWORD, TOKEN } from './settings.ts';
import { untold } from './untold.ts';

const CONNECT = 20_000;
const QUIET = 90_000;
/** The largest message that is fetched whole, in bytes. */
export const LARGEST_MESSAGE = 30 * 1024 * 1024;

/** A mailbox that lets Steward in, and what goes with it; `work` sees it connected. */
export type Mailbox = {
  readonly client: ImapFlow;
  readonly folders: readonly ListResponse[];
  readonly host: string;
  /** What went wrong in one line that holds no secret. */
  readonly told: (error: unknown) => string;
};

export type Access = {
  readonly account: Account;
  readonly imap: ImapSettings;
  readonly credentials: Credentials;
  readonly login: Login;
};

/** The role that a folder has by RFC 6154, as imapflow tells it. */
export type Role = '\\Sent' | '\\Drafts' | '\\Archive' | '\\All' | '\\Trash' | '\\Junk' | '\\Inbox';

export const folderOf = ({ folders }: Mailbox, role: Role): string | undefined =>
  folders.find(({ specialUse }) => specialUse === role)?.path;

/** Connects once, has something done and says good-bye. Whatever goes wrong is a value; nothing is tried again here. */
export async function inMailbox<T>(
  access: Access,
  signal: AbortSignal,
  work: (mailbox: Mailbox) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { imap, login } = access;
  if (access.credentials.password === undefined && access.credentials.token === undefined) {
    return failed('authentication', 'The mailbox has no password.', `Set it: steward secret set ${PASSWORD}`);
  }
  const settled = await login.settle(access.credentials);
  if (!settled.ok) return settled;
  const credentials = settled.value;
  if (signal.aborted) return fail('retryable', 'There was no time left to begin.');
  const client = await clientFor(imap, credentials);
  const told = (error: unknown): string => untold(imapRefusal(error).text, credentials);
  const stop = (): void => client.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await client.connect();
    const folders = await client.list({ specialUseHints: hintsOf(imap) });
    return await work({ client, folders, host: imap.host, told });
  } catch (error) {
    const { fault } = imapRefusal(error);
    const isOurAccount = fault === 'authentication';
    if (isOurAccount) login.refused(credentials);
    const which = credentials.token === undefined ? `${PASSWORD} (or ${IMAP_PASSWORD})` : TOKEN;
    const mend = isOurAccount ? `Set the right ${which}, or look into servers.email.imap in config.yaml.` : undefined;
    const why = signal.aborted ? 'it took too long' : told(error);
    return failed(fault, `${imap.host} does not let Steward into the mailbox (${why}).`, mend);
  } finally {
    signal.removeEventListener('abort', stop);
    client.close();
  }
}

/** What could not be done, and whether trying later may work, by whose turn it is. */
export function failed(fault: Fault, message: string, mend?: string): { ok: false; failure: Failure } {
  const kind = fault === 'transient' || fault === 'system' ? 'retryable' : 'permanent';
  return { ok: false, failure: { ...fail(kind, message, mend).failure, fault } };
}

/** Throws where a folder cannot be opened; the caller’s words say which. */
export async function open({ client }: Mailbox, folder: string, readOnly: boolean): Promise<void> {
  await client.mailboxOpen(folder, { readOnly });
}

/** The UIDs of the messages of a folder that carry exactly this Message-ID. */
export async function withId(mailbox: Mailbox, folder: string, messageId: string, readOnly = true): Promise<number[]> {
  const { client } = mailbox;
  await open(mailbox, folder, readOnly);
  // A server finds every header that holds the text somewhere.
  const found = await client.search({ header: { 'message-id': messageId } }, { uid: true });
  if (found === false || found === undefined) throw new Error(`${folder} cannot be searched`);
  if (found.length === 0) return [];
  const heads = await client.fetchAll(found.slice(0, 100).join(','), { uid: true, envelope: true }, { uid: true });
  return heads.filter(({ envelope }) => envelope?.messageId?.trim() === messageId).map(({ uid }) => uid);
}

async function clientFor(imap: ImapSettings, credentials: Credentials): Promise<ImapFlow> {
  const { ImapFlow: Client } = await import('imapflow');
  const { host, port, security } = imap;
  const { user = '', password, token } = credentials;
  const client = new Client({
    ...{ host, port, secure: security === 'tls', logger: false, disableAutoIdle: true },
    ...(security === 'tls' ? {} : { doSTARTTLS: security === 'starttls' }),
    auth: token === undefined ? { user, pass: password ?? '' } : { user, accessToken: token },
    clientInfo: { name: 'Steward' },
    ...{ connectionTimeout: CONNECT, greetingTimeout: CONNECT, socketTimeout: QUIET },
    ...{ maxLiteralSize: LARGEST_MESSAGE, maxResponseSize: LARGEST_MESSAGE * 2, maxLineLength: 8 * 1024 * 1024 },
  });
  // What breaks while nothing is asked shows when something is.
  client.on('error', () => undefined);
  return client;
}

const hintsOf = ({ folders: { sent, drafts, archive } }: ImapSettings): Record<string, string> => ({
  ...(sent === undefined ? {} : { sent }),
  ...(drafts === undefined ? {} : { drafts }),
  ...(archive === undefined ? {} : { archive }),
});

/** Logs in and looks at the folders: whether the mailbox can be used, changing nothing. */
export function greetMailbox(access: Access, signal: AbortSignal): Promise<Result<string>> {
  const { imap, credentials } = access;
  return inMailbox(access, signal, mailbox => {
    const lacking = (['\\Sent', '\\Drafts', '\\Archive'] as const).filter(
      role => folderOf(mailbox, role) === undefined && !(role === '\\Archive' && folderOf(mailbox, '\\All')),
    );
    const without = lacking.length === 0 ? '' : `, without ${lacking.map(role => role.slice(1)).join(', ')}`;
    return Promise.resolve(ok(`${imap.host} shows the mailbox of ${credentials.user ?? ''}${without}`));
  });
}
