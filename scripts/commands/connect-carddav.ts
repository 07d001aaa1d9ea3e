import { intro, outro } from '@clack/prompts';
import { peopleIn } from '../../core/address-book.ts';
import type { Environment } from '../../core/config.ts';
import { terminalLine } from '../../core/inert.ts';
import { EXIT, type OpenVault, openVault } from '../../core/open-vault.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { bringUpToDate } from '../../watchers/contacts/bring-up-to-date.ts';
import { ContactsSettings, isSafeUrl, PASSWORD } from '../../watchers/contacts/settings.ts';
import {
  booksOf,
  type ContactsGiven,
  contactsDialogue,
  type EnteredContacts,
  missingBook,
  plainly,
  shownBooks,
} from '../connect/contacts-dialogue.ts';
import { hintText } from '../connect/fault.ts';
import { findContactsUrl, hintsOf } from '../connect/find-servers.ts';
import { keepAll, type Setting } from '../connect/keep.ts';
import { type Lookups, NO_LOOKUPS, networkLookups } from '../connect/lookups.ts';
import {
  isAtTerminal,
  NOTHING_CHANGED,
  overridden,
  passwordFromInput,
  refused,
  TO_BE_STARTED,
} from '../connect/surroundings.ts';

/** Milliseconds for the first fetch: a very large book goes on once Steward runs. */
const PATIENCE = 60_000;

export type ConnectContacts = {
  readonly address?: string;
  readonly url?: string;
  readonly user?: string;
  readonly book?: readonly string[];
  readonly passwordStdin?: boolean;
  readonly lookup: boolean;
};

/** Connects an address book: by questions at a terminal, or by options with the password on standard input. */
export async function connectCarddav(environment: Environment, options: ConnectContacts): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return refused(sentence(opened.failure), EXIT.usage);
  const { address, url, user, book: books, passwordStdin, lookup } = options;
  if (url !== undefined && !isSafeUrl(url))
    return refused(`“${url.slice(0, 80)}” is no address that begins with https://.`, EXIT.usage);
  const lookups = lookup ? networkLookups() : NO_LOOKUPS;
  const isAsking = passwordStdin !== true && isAtTerminal();
  const isEnough =
    passwordStdin === true && (address ?? (url !== undefined && user !== undefined ? user : undefined)) !== undefined;
  if (!isAsking && !isEnough)
    return refused(
      'There is no terminal to ask at. Give --address (or --url and --user) and --password-stdin:  printf %s "$PASSWORD" | steward connect carddav --url https://dav.example.com/ --user anna --password-stdin',
      EXIT.usage,
    );
  if (isAsking) intro('Connect your address book');
  const given = { address, url, user, books };
  const entered = isAsking ? await contactsDialogue(given, lookups) : await contactsByOptions(given, lookups);
  if (!entered.ok) return refused(sentence(entered.failure), EXIT.failure);
  const { account, password } = entered.value;
  const kept = await keepAll(opened.value.state, settingsOf(account), { [PASSWORD]: password });
  if (!kept.ok) return refused(sentence(kept.failure), EXIT.failure);
  const fetched = await firstFetch(opened.value, account, password);
  const said = [
    fetched,
    `connected  the address book of ${account.user} at ${new URL(account.url).host}`,
    ...overridden(environment, opened.value.state, [PASSWORD]),
    TO_BE_STARTED,
  ].map(terminalLine);
  if (isAsking) outro(said.join('\n   '));
  else process.stdout.write(`${said.join('\n')}\n`);
  return EXIT.ok;
}

/** Fetches the address book at once, so that whoever stands in it is known when Steward starts; else it does so then. */
async function firstFetch(
  { state }: OpenVault,
  account: EnteredContacts['account'],
  password: string,
): Promise<string> {
  const { books, ...place } = account;
  const settings = ContactsSettings.parse(books === undefined ? place : { ...place, books: [...books] });
  const context = { state, secrets: { [PASSWORD]: password }, now: () => new Date() };
  const done = await bringUpToDate(settings, context, AbortSignal.timeout(PATIENCE)).catch(() => undefined);
  return done?.ok ? `fetched    ${peopleIn(done.value.people)}` : 'It is fetched once Steward starts.';
}

/** The same without questions: what is not given is found, and whatever is not right ends it. */
async function contactsByOptions(given: ContactsGiven, lookups: Lookups): Promise<Result<EnteredContacts>> {
  const password = await passwordFromInput();
  if (!password.ok) return password;
  const { address = '', books } = given;
  const found = given.url === undefined ? await findContactsUrl(address, lookups) : undefined;
  const { cannot } = hintsOf(address, found?.provider);
  if (given.url === undefined && cannot.contacts !== undefined)
    return fail('denied', hintText(cannot.contacts), NOTHING_CHANGED);
  const account = { url: given.url ?? found?.url ?? '', user: given.user ?? address, books };
  const offered = await booksOf(account.url, account.user, password.value);
  if (!offered.ok) return fail('permanent', plainly(offered.failure), NOTHING_CHANGED);
  const missing = missingBook(offered.value, books);
  if (missing !== undefined) return fail('invalid', missing, NOTHING_CHANGED);
  process.stdout.write(`${terminalLine(shownBooks(offered.value))}\n`);
  return ok({ account, password: password.value });
}

const settingsOf = ({ url, user, books }: EnteredContacts['account']): readonly Setting[] =>
  Object.entries({ url, user, books: books === undefined ? undefined : [...books] }).map(([key, value]) => ({
    at: ['watchers', 'contacts', key],
    value,
  }));
