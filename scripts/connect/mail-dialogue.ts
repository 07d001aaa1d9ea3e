import type { ConfigFile } from '../../core/config.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { askChoice, askPassword, askText, askYes, done, during, tell, warn } from './ask.ts';
import { checkImap, checkSmtp } from './check-mail.ts';
import { hintText, plainFaults, type Tried } from './fault.ts';
import { findMailServers, hintsOf } from './find-servers.ts';
import type { Lookups } from './lookups.ts';
import { accountName, type MailAccount, sendsFrom } from './mail-settings.ts';
import type { Hint, MailServers, Security, Server } from './providers.ts';
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
export type Entered = { readonly account: MailAccount; readonly password: string };

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
  if (cannot.mail !== undefined) {
    warn(hintText(cannot.mail));
    if ((await askYes('Go on all the same?', false)) !== true) return CANCELLED;
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
  ]);
  if (said === undefined) return CANCELLED;
  let isToChange = said === 'change';
  if (hint !== undefined) tell('Before the password', [hintText(hint)]);
  for (let password: string | undefined; ; ) {
    if (isToChange) {
      const changed = await changeServers(servers, user);
      if (changed === undefined) return CANCELLED;
      ({ servers, user } = changed);
    }
    isToChange = false;
    password ??= await askPassword(`Password for ${user}`);
    if (password === undefined) return CANCELLED;
    const checked = await check(servers, user, password, hint);
    if (checked.imap.ok) done(checked.imap.value);
    if (checked.smtp.ok) done(checked.smtp.value);
    const account = { name: accountName(address, config), address, user, servers };
    if (checked.imap.ok && checked.smtp.ok) return entered(account, password, given.sends, config);
    warn(plainFaults([checked.imap, checked.smtp].flatMap(one => (one.ok ? [] : [one.failure]))));
    const next = await askChoice('What now?', [
      { value: 'password', label: 'Enter user and password again' },
      { value: 'servers', label: 'Change the servers' },
      ...(checked.imap.ok ? [{ value: 'read', label: 'Only read mail here, send none' } as const] : []),
      { value: 'stop', label: 'Give up: nothing is changed' },
    ]);
    if (next === undefined || next === 'stop') return CANCELLED;
    if (next === 'read') return ok({ account: { ...account, sends: false }, password });
    if (next === 'servers') isToChange = true;
    else {
      const again = await askText('Who logs in', text => (text === '' ? 'The name to log in with.' : undefined), user);
      if (again === undefined) return CANCELLED;
      user = again;
      password = undefined;
    }
  }
}

/** Whether mail is sent from this address from now on: asked where it is from another one by now. */
async function entered(
  account: Omit<MailAccount, 'sends'>,
  password: string,
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
  return asked === undefined ? CANCELLED : ok({ account: { ...account, sends: asked }, password });
}

const describe = ({ imap, smtp }: MailServers, user: string): readonly string[] => [
  `Reads (IMAP)  ${shown(imap)}`,
  `Sends (SMTP)  ${shown(smtp)}`,
  `Logs in as    ${user}`,
];

async function check(
  servers: MailServers,
  user: string,
  password: string,
  hint: Hint | undefined,
): Promise<{ imap: Result<string>; smtp: Result<string> }> {
  const common: Pick<Tried, 'user' | 'password' | 'hint'> = { user, password, hint };
  const work = checkBoth(servers, common);
  return during(`Trying ${servers.imap.host} and ${servers.smtp.host}`, work);
}

/** Tries both servers at once, and nothing but logging in. */
export async function checkBoth(
  servers: MailServers,
  common: Pick<Tried, 'user' | 'password' | 'hint'>,
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
