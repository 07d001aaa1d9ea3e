import { type AddressBooks, keysOn, readAddressBooks, writeAddressBooks } from '../../core/address-book.ts';
import { slug } from '../../core/names.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import type { WatcherContext } from '../../core/watcher.ts';
import { findBooks, type RemoteBook } from './books.ts';
import { Dav } from './dav.ts';
import { type ContactsSettings, PASSWORD } from './settings.ts';
import { type Book, syncBook } from './sync.ts';

/** The name that what is fetched of an account is kept under. */
export const accountOf = ({ url, user }: ContactsSettings): string => slug(`${new URL(url).host} ${user}`);

/** How many people stand in the address books, now and before. */
export type BroughtUpToDate = { readonly people: number; readonly before: number };

/** Fetches what is new and takes out what is gone, kept after each batch. What fails leaves what was fetched till then. */
export async function bringUpToDate(
  settings: ContactsSettings,
  { state, secrets, now }: Pick<WatcherContext, 'state' | 'secrets' | 'now'>,
  signal: AbortSignal,
): Promise<Result<BroughtUpToDate>> {
  const { url, user } = settings;
  const account = accountOf(settings);
  const there = await booksThere(settings, secrets, signal);
  if (!there.ok) return there;
  const { dav, books: remote } = there.value;
  const kept = readAddressBooks(state, account);
  const isOurs = kept?.url === url && kept.user === user;
  const before = isOurs ? kept.books : [];
  const urls = remote.map(book => book.url);
  const books = new Map(before.filter(book => urls.includes(book.url)).map(book => [book.url, book]));
  const write = (looked: string | undefined): void => {
    const whole: AddressBooks = { format: 1, url, user, books: [...books.values()] };
    writeAddressBooks(state, account, looked === undefined ? whole : { ...whole, looked });
  };
  for (const book of remote) {
    for await (const step of syncBook(dav, book, books.get(book.url))) {
      if (!step.ok) return step;
      books.set(book.url, step.value);
      write(isOurs ? kept.looked : undefined);
    }
  }
  write(now().toISOString());
  return ok({ people: countOf([...books.values()]), before: countOf(before) });
}

/** The address books that the settings mean, at the server. */
export async function booksThere(
  { url, user, books }: ContactsSettings,
  secrets: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Result<{ readonly dav: Dav; readonly books: readonly RemoteBook[] }>> {
  const password = secrets[PASSWORD];
  if (password === undefined)
    return fail('permanent', 'The account has no password.', `Set it:  steward secret set ${PASSWORD}`);
  const dav = new Dav({ url, user, password }, signal);
  const found = await findBooks(dav, url);
  if (!found.ok) return found;
  const remote = chosen(found.value, books);
  return remote.ok ? ok({ dav, books: remote.value }) : remote;
}

/** How many cards name an address or a number. */
const countOf = (books: readonly Book[]): number =>
  books.flatMap(({ cards }) => Object.values(cards)).filter(card => keysOn(card).length > 0).length;

/** The books that the settings name, or all of them. */
function chosen(found: readonly RemoteBook[], wanted: readonly string[] | undefined): Result<readonly RemoteBook[]> {
  if (wanted === undefined) return ok(found);
  const missing = wanted.find(one => !found.some(({ name, url }) => name === one || url === one));
  if (missing === undefined) return ok(found.filter(({ name, url }) => wanted.includes(name) || wanted.includes(url)));
  const names = found.map(({ name }) => `“${name}”`).join(', ');
  return fail(
    'permanent',
    `There is no address book “${missing}”.`,
    `Those there are: ${names}. Mend watchers.contacts.books.`,
  );
}
