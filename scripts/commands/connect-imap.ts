import { intro, outro } from '@clack/prompts';
import type { Environment } from '../../core/config.ts';
import { parseConfig } from '../../core/config.ts';
import { terminalLine } from '../../core/inert.ts';
import { EXIT, type OpenVault, openVault } from '../../core/open-vault.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { hintText, plainFaults } from '../connect/fault.ts';
import { findMailServers, hintsOf } from '../connect/find-servers.ts';
import { keepAll, readSettings, withSettings } from '../connect/keep.ts';
import { type Lookups, NO_LOOKUPS, networkLookups } from '../connect/lookups.ts';
import { checkBoth, type Entered, isAddress, type MailGiven, mailDialogue, merged } from '../connect/mail-dialogue.ts';
import { accountName, checkMailSettings, mailSecrets, mailSettings, sendsFrom } from '../connect/mail-settings.ts';
import type { Security } from '../connect/providers.ts';
import {
  isAtTerminal,
  NOTHING_CHANGED,
  overridden,
  passwordFromInput,
  refused,
  TO_BE_STARTED,
} from '../connect/surroundings.ts';

export type ConnectMail = {
  readonly address?: string;
  readonly user?: string;
  readonly host?: string;
  readonly port?: string;
  readonly security?: Security;
  readonly smtpHost?: string;
  readonly smtpPort?: string;
  readonly smtpSecurity?: Security;
  readonly send?: boolean;
  readonly passwordStdin?: boolean;
  readonly lookup: boolean;
};

/** Connects a mail account: by questions at a terminal, or by options with the password on standard input. */
export async function connectImap(environment: Environment, options: ConnectMail): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return refused(sentence(opened.failure), EXIT.usage);
  const given = givenBy(options);
  if (!given.ok) return refused(sentence(given.failure), EXIT.usage);
  const lookups = options.lookup ? networkLookups() : NO_LOOKUPS;
  const isAsking = options.passwordStdin !== true && isAtTerminal();
  if (!isAsking && (options.passwordStdin !== true || given.value.address === undefined))
    return refused(
      'There is no terminal to ask at. Give --address and --password-stdin, and where they are not found --host and --smtp-host:  printf %s "$PASSWORD" | steward connect imap --address anna@example.com --password-stdin',
      EXIT.usage,
    );
  if (isAsking) intro('Connect your mail');
  const entered = isAsking
    ? await mailDialogue(given.value, opened.value.config, lookups)
    : await mailByOptions(given.value, opened.value, lookups);
  if (!entered.ok) return refused(sentence(entered.failure), EXIT.failure);
  const kept = await keepMail(entered.value, opened.value);
  if (!kept.ok) return refused(sentence(kept.failure), EXIT.failure);
  const { account, login } = entered.value;
  const said = [
    `connected  ${account.address}  as “${account.name}”, ${account.sends ? 'to read and to send' : 'to read; nothing is sent from it'}`,
    ...overridden(environment, opened.value.state, Object.keys(mailSecrets(account, login))),
    TO_BE_STARTED,
  ].map(terminalLine);
  if (isAsking) outro(said.join('\n   '));
  else process.stdout.write(`${said.join('\n')}\n`);
  return EXIT.ok;
}

function givenBy(options: ConnectMail): Result<MailGiven> {
  const { address, user, host, port, security, smtpHost, smtpPort, smtpSecurity, send } = options;
  if (address !== undefined && !isAddress(address))
    return fail('invalid', `“${address.slice(0, 80)}” is no address, as anna@example.com.`);
  const ports = [port, smtpPort].filter(one => one !== undefined);
  const wrong = ports.find(one => !/^\d{1,5}$/.test(one) || Number(one) < 1 || Number(one) > 65_535);
  if (wrong !== undefined) return fail('invalid', `“${wrong.slice(0, 20)}” is no port: a number from 1 to 65535.`);
  const part = (
    name: string | undefined,
    number: string | undefined,
    way: Security | undefined,
  ): MailGiven['imap'] => ({
    ...(name === undefined ? {} : { host: name }),
    ...(number === undefined ? {} : { port: Number(number) }),
    ...(way === undefined ? {} : { security: way }),
  });
  return ok({
    address,
    user,
    imap: part(host, port, security),
    smtp: part(smtpHost, smtpPort, smtpSecurity),
    sends: send,
  });
}

/** The same without questions: what is not given is found, and whatever is not right ends it. */
async function mailByOptions(given: MailGiven, { config }: OpenVault, lookups: Lookups): Promise<Result<Entered>> {
  const { address = '' } = given;
  const password = await passwordFromInput();
  if (!password.ok) return password;
  const found = await findMailServers(address, lookups);
  const { hint, cannot } = hintsOf(address, found.provider);
  if (cannot.mail !== undefined && given.imap.host === undefined)
    return fail('denied', hintText(cannot.mail), NOTHING_CHANGED);
  const servers = { imap: merged(found.servers.imap, given.imap), smtp: merged(found.servers.smtp, given.smtp) };
  const user = given.user ?? found.user;
  const checked = await checkBoth(servers, { user, password: password.value, hint });
  const now = sendsFrom(config);
  const sends = given.sends ?? (now === undefined || now.toLowerCase() === address.toLowerCase());
  const tried = [checked.imap, ...(sends ? [checked.smtp] : [])];
  const faults = tried.flatMap(one => (one.ok ? [] : [one.failure]));
  if (faults.length > 0) return fail('permanent', plainFaults(faults), NOTHING_CHANGED);
  for (const one of tried) if (one.ok) process.stdout.write(`${terminalLine(one.value)}\n`);
  return ok({
    account: { name: accountName(address, config), address, user, servers, sends },
    login: { kind: 'password', password: password.value },
  });
}

/** Settings and secrets in one go, once both parts that read the settings would take them. */
async function keepMail({ account, login }: Entered, { state }: OpenVault): Promise<Result<undefined>> {
  const settings = mailSettings(account, login);
  const wanted = withSettings(readSettings(state), settings, state.config);
  const parsed = wanted.ok ? parseConfig(wanted.value, state.config) : wanted;
  if (!parsed.ok) return parsed;
  const fits = checkMailSettings(parsed.value);
  return fits.ok ? keepAll(state, settings, mailSecrets(account, login)) : fits;
}
