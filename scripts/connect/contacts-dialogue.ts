import { type Failure, fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { findBooks, type RemoteBook } from '../../watchers/contacts/books.ts';
import { Dav } from '../../watchers/contacts/dav.ts';
import { isSafeUrl } from '../../watchers/contacts/settings.ts';
import { askChoice, askPassword, askSeveral, askText, askYes, done, during, tell, warn } from './ask.ts';
import { hintText } from './fault.ts';
import { findContactsUrl, hintsOf } from './find-servers.ts';
import type { Lookups } from './lookups.ts';
import { isAddress } from './mail-dialogue.ts';
import { NOTHING_CHANGED } from './surroundings.ts';

/** What was given on the command line: the rest is found or asked for. */
export type ContactsGiven = {
  readonly address: string | undefined;
  readonly url: string | undefined;
  readonly user: string | undefined;
  readonly books: readonly string[] | undefined;
};
export type ContactsAccount = {
  readonly url: string;
  readonly user: string;
  readonly books: readonly string[] | undefined;
};
export type EnteredContacts = { readonly account: ContactsAccount; readonly password: string };

const CANCELLED = fail('denied', NOTHING_CHANGED);
/** Milliseconds that a server has for all questions of one try. */
const PATIENCE = 40_000;

const needUrl = (text: string): string | undefined =>
  isSafeUrl(text) ? undefined : 'An address that begins with https://';
const needUser = (text: string): string | undefined =>
  /^[^\p{C}:]{1,254}$/u.test(text) ? undefined : 'The name to log in with, without a colon.';

/** The address books that a server offers this user. Nothing is read of them. */
export const booksOf = (url: string, user: string, password: string): Promise<Result<readonly RemoteBook[]>> =>
  findBooks(new Dav({ url, user, password }, AbortSignal.timeout(PATIENCE)), url);

/** A failure as it is told here, where nothing stands in the settings yet. */
export function plainly({ message, mend, fault }: Failure): string {
  if (fault === 'authentication') return `${message} Check both; some providers want an app password here.`;
  return mend === undefined || mend.includes('watchers.') ? message : `${message} ${mend}`;
}

/** Asks for an address book until it lets Steward in or the person gives up. Writes nothing. */
export async function contactsDialogue(given: ContactsGiven, lookups: Lookups): Promise<Result<EnteredContacts>> {
  let { url, user } = given;
  if (url === undefined || user === undefined) {
    const address =
      given.address ??
      (await askText(
        'Your address at the provider of your contacts',
        text => (isAddress(text) ? undefined : 'An address, as anna@example.com.'),
        '',
        'anna@example.com',
      ));
    if (address === undefined) return CANCELLED;
    const found = await during('Looking for your address book', findContactsUrl(address, lookups));
    const { hint, cannot } = hintsOf(address, found.provider);
    if (cannot.contacts !== undefined) {
      warn(hintText(cannot.contacts));
      if ((await askYes('Go on all the same?', false)) !== true) return CANCELLED;
    }
    if (hint !== undefined) tell('Before the password', [hintText(hint)]);
    url ??= await askText(`Where your address book is (${found.by})`, needUrl, found.url);
    user ??= url === undefined ? undefined : await askText('Who logs in', needUser, address);
  }
  for (let password: string | undefined; ; password = undefined) {
    if (url === undefined || user === undefined) return CANCELLED;
    password = await askPassword(`Password for ${user}`);
    if (password === undefined) return CANCELLED;
    const found = await during(`Trying ${new URL(url).host}`, booksOf(url, user, password));
    if (found.ok) {
      const sorted = found.value.toSorted((one, other) => one.name.localeCompare(other.name));
      const books = given.books ?? (await chosen(sorted));
      return books === undefined
        ? CANCELLED
        : ok({ account: { url, user, books: books === 'all' ? undefined : books }, password });
    }
    warn(plainly(found.failure));
    const next = await askChoice('What now?', [
      { value: 'password', label: 'Enter user and password again' },
      { value: 'url', label: 'Change where the address book is' },
      { value: 'stop', label: 'Give up: nothing is changed' },
    ]);
    if (next === undefined || next === 'stop') return CANCELLED;
    if (next === 'url') url = await askText('Where your address book is', needUrl, url);
    else user = await askText('Who logs in', needUser, user);
  }
}

/** What was found, in words. */
export const shownBooks = (found: readonly RemoteBook[]): string =>
  `${found.length === 1 ? 'One address book' : `${found.length} address books`}: ${found.map(({ name }) => `“${name}”`).join(', ')}`;

/** Which address books count, where there are several. */
async function chosen(found: readonly RemoteBook[]): Promise<readonly string[] | 'all' | undefined> {
  done(shownBooks(found));
  if (found.length === 1) return 'all';
  tell('Which of them?', [
    'Whoever stands in one that you choose counts as somebody you know.',
    'Leave out those that others fill, such as the directory of a company.',
  ]);
  const said = await askSeveral(
    'Address books',
    found.map(({ url, name }) => ({ value: url, label: name })),
  );
  return said === undefined || said.length < found.length ? said : 'all';
}

/** Whether what was found holds the books that were named. */
export function missingBook(found: readonly RemoteBook[], wanted: readonly string[] | undefined): string | undefined {
  const missing = wanted?.find(one => !found.some(({ name, url }) => name === one || url === one));
  if (missing === undefined) return undefined;
  const failure = fail(
    'invalid',
    `There is no address book “${missing}”.`,
    `Those there are: ${found.map(({ name }) => `“${name}”`).join(', ')}.`,
  );
  return sentence(failure.failure);
}
