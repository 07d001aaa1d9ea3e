import type { ConfigFile } from '../../core/config.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { askChoice, askPassword, askText, askYes, done, during, tell, warn } from './ask.ts';
import { checkImap, checkSmtp } from './check-mail.ts';
import { hintText, plainFaults, type Tried } from './fault.ts';
import { findMailServers, hintsOf } from './find-servers.ts';
import type { Lookups } from './lookups.ts';
import { accountName, type MailAccount, type MailLogin, sendsFrom } from './mail-settings.ts';
import { accessToken, askOAuth } from './oauth-dialogue.ts';
import type { Hint, MailServers, Provider, Security, Server } from './providers.ts';
import { NOTHING_CHANGED } from './surroundings.ts';

/** What was given on the command line: the rest is found or asked for. */
export type MailGiven = {
  readonly address: string | undefined;
  readonly user: string | undefined;
  readonly imap: Partial<Server>;
  readonly smtp: Partial<Server>;
  /** Undefined where it was not said. */
  readonly sends: boolean | undefined;
};
export type Entered = { readonly account: MailAccount; readonly login: MailLogin };

const CANCELLED = fail('denied', NOTHING_CHANGED);

export const isAddress = (text: string): boolean =>
  /^[^\s<>@,;:"]+@[^\s<>@,;:"]+\.[^\s<>@,;:"]+$/.test(text) && text.length <= 254;
const needAddress = (text: string): string | undefined =>
  isAddress(text) ? undefined : 'An address, as anna@example.com.';
const needHost = (text: string): string | undefined =>
  /^[A-Za-z0-9.:-]{1,253}$/.test(text) ? undefined : 'The name of a computer, as imap.example.com.';
const needPort = (text: string): string | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? undefined : 'A number from 1 to 65535.';

export const merged = (found: Server, given: Partial<Server>): Server => ({ ...found, ...given });

/** A server as a person reads it. */
const shown = ({ host, port, security }: Server): string => `${host}, port ${port}, ${SECURITIES[security]}`;
const SECURITIES: Readonly<Record<Security, string>> = { tls: 'TLS', starttls: 'STARTTLS', none: 'no encryption' };
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;

/** Asks for an account until it lets Steward in or the person gives up. Writes nothing. */
export async function mailDialogue(given: MailGiven, config: ConfigFile, lookups: Lookups): Promise<Result<Entered>> {
  const address = given.address ?? (await askText('Your mail address', needAddress, '', 'anna@example.com'));
  if (address === undefined) return CANCELLED;
  const found = await during('Looking for the servers of your provider', findMailServers(address, lookups));
  const { hint, cannot } = hintsOf(address, found.provider);
  const byToken = found.provider?.oauth;
  const isTokenOnly = cannot.mail !== undefined && byToken !== undefined;
  if (cannot.mail !== undefined) {
    warn(hintText(cannot.mail));
    const question = isTokenOnly ? 'Log in by access token?' : 'Go on all the same?';
    if ((await askYes(question, isTokenOnly)) !== true) return CANCELLED;
  }
  let servers: MailServers = {
    imap: merged(found.servers.imap, given.imap),
    smtp: merged(found.servers.smtp, given.smtp),
  };
  let user = given.user ?? found.user;
  tell(`Found: ${found.by}`, describe(servers, user));
  const said = await askChoice('Are these right?', [
    { value: 'yes', label: 'Yes' },
    { value: 'change', label: 'Change something' },
    ...(isTokenOnly ? [] : [{ value: 'oauth', label: 'Yes, and log in by access token (OAuth2)' } as const]),
  ]);
  if (said === undefined) return CANCELLED;
  let isToChange = said === 'change';
  let kind: MailLogin['kind'] = isTokenOnly || said === 'oauth' ? 'oauth' : 'password';
  if (hint !== undefined && kind === 'password') tell('Before the password', [hintText(hint)]);
  for (let login: MailLogin | undefined, isToAsk = true; ; ) {
    if (isToChange) {
      const changed = await changeServers(servers, user);
      if (changed === undefined) return CANCELLED;
      ({ servers, user } = changed);
    }
    isToChange = false;
    if (isToAsk || login === undefined) login = await askLogin(kind, user, login, byToken);
    if (login === undefined) return CANCELLED;
    isToAsk = false;
    const checked = await check(servers, user, login, hint);
    login = checked.login;
    if (checked.imap.ok) done(checked.imap.value);
    if (checked.smtp.ok) done(checked.smtp.value);
    const account = { name: accountName(address, config), address, user, servers };
    if (checked.imap.ok && checked.smtp.ok) return entered(account, login, given.sends, config);
    const faults = [checked.imap, checked.smtp].flatMap(one => (one.ok ? [] : [one.failure]));
    warn(plainFaults(faults[0] === faults[1] ? faults.slice(1) : faults));
    const next = await askChoice('What now?', [
      { value: 'again', label: kind === 'oauth' ? 'Enter it again' : 'Enter user and password again' },
      { value: 'servers', label: 'Change the servers' },
      ...(checked.imap.ok ? [{ value: 'read', label: 'Only read mail here, send none' } as const] : []),
      kind === 'oauth'
        ? { value: 'password', label: 'Log in by password' }
        : { value: 'oauth', label: 'Log in by access token (OAuth2)' },
      { value: 'stop', label: 'Give up: nothing is changed' },
    ]);
    if (next === undefined || next === 'stop') return CANCELLED;
    if (next === 'read') return ok({ account: { ...account, sends: false }, login });
    isToChange = next === 'servers';
    isToAsk = next !== 'servers';
    if (next === 'password' || next === 'oauth') kind = next;
    if (next !== 'again' || kind === 'oauth') continue;
    const again = await askText('Who logs in', text => (text === '' ? 'The name to log in with.' : undefined), user);
    if (again === undefined) return CANCELLED;
    user = again;
  }
}

async function askLogin(
  kind: MailLogin['kind'],
  user: string,
  before: MailLogin | undefined,
  known: Provider['oauth'],
): Promise<MailLogin | undefined> {
  if (kind === 'oauth') return askOAuth(before?.kind === 'oauth' ? before : undefined, known);
  const password = await askPassword(`Password for ${user}`);
  return password === undefined ? undefined : { kind, password };
}

/** Whether mail is sent from this address from now on: asked where it is from another one by now. */
async function entered(
  account: Omit<MailAccount, 'sends'>,
  login: MailLogin,
  sends: boolean | undefined,
  config: ConfigFile,
): Promise<Result<Entered>> {
  const now = sendsFrom(config);
  const isOther = now !== undefined && now.toLowerCase() !== account.address.toLowerCase();
  const asked =
    sends ??
    (await askYes(
      isOther
        ? `Mail is sent from ${now}. Send from ${account.address} instead?`
        : `Send mail from ${account.address} too? (Each mail is still asked for.)`,
      !isOther,
    ));
  return asked === undefined ? CANCELLED : ok({ account: { ...account, sends: asked }, login });
}

const describe = ({ imap, smtp }: MailServers, user: string): readonly string[] => [
  `Reads (IMAP)  ${shown(imap)}`,
  `Sends (SMTP)  ${shown(smtp)}`,
  `Logs in as    ${user}`,
];

type Checked = { readonly imap: Result<string>; readonly smtp: Result<string>; readonly login: MailLogin };

/** Tries both servers; with OAuth2, first whether there is an access token for them. */
async function check(servers: MailServers, user: string, login: MailLogin, hint: Hint | undefined): Promise<Checked> {
  const both = `Trying ${servers.imap.host} and ${servers.smtp.host}`;
  if (login.kind === 'password')
    return { ...(await during(both, checkBoth(servers, { user, password: login.password, hint }))), login };
  const got = await during(`Asking ${new URL(login.oauth.token_url).host} for an access token`, accessToken(login));
  if (!got.ok) return { imap: got, smtp: got, login };
  const tried = { user, password: got.value.token, isToken: true, hint };
  return { ...(await during(both, checkBoth(servers, tried))), login: got.value.login };
}

/** Tries both servers at once, and nothing but logging in. */
export async function checkBoth(
  servers: MailServers,
  common: Omit<Tried, 'kind' | 'server'>,
): Promise<{ imap: Result<string>; smtp: Result<string> }> {
  const [imap, smtp] = await Promise.all([
    checkImap({ kind: 'IMAP', server: servers.imap, ...common }),
    checkSmtp({ kind: 'SMTP', server: servers.smtp, ...common }),
  ]);
  return { imap, smtp };
}

async function changeServers(
  servers: MailServers,
  user: string,
): Promise<{ servers: MailServers; user: string } | undefined> {
  const imap = await changeServer('reading (IMAP)', servers.imap);
  const smtp = imap === undefined ? undefined : await changeServer('sending (SMTP)', servers.smtp);
  if (imap === undefined || smtp === undefined) return undefined;
  const name = await askText('Who logs in', text => (text === '' ? 'The name to log in with.' : undefined), user);
  return name === undefined ? undefined : { servers: { imap, smtp }, user: name };
}

async function changeServer(what: string, { host, port, security }: Server): Promise<Server | undefined> {
  const name = await askText(`Server for ${what}`, needHost, host);
  const number = name === undefined ? undefined : await askText(`Port for ${what}`, needPort, String(port));
  if (name === undefined || number === undefined) return undefined;
  const way = await askChoice<Security>(
    `Encryption for ${what}`,
    [
      { value: 'tls', label: 'TLS from the start' },
      { value: 'starttls', label: 'STARTTLS' },
      ...(LOOPBACK.test(name) ? [{ value: 'none', label: 'none: it is on this computer' } as const] : []),
    ],
    security === 'none' && !LOOPBACK.test(name) ? 'tls' : security,
  );
  return way === undefined ? undefined : { host: name, port: Number(number), security: way };
}
