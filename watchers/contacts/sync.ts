import type { AddressBooks, Card } from '../../core/address-book.ts';
import { ok, type Result } from '../../core/outcome.ts';
import type { RemoteBook } from './books.ts';
import { readCard } from './card.ts';
import { type Dav, failed } from './dav.ts';
import { escaped, first, textOf } from './xml.ts';

export type Book = AddressBooks['books'][number];

const NAMES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"';
const LIST = `<d:propfind ${NAMES}><d:prop><d:getetag/><d:resourcetype/></d:prop></d:propfind>`;
/** Photos and notes are not asked for; servers that cannot leave them out send them all the same (RFC 6352, 10.4). */
const DATA = ['VERSION', 'FN', 'N', 'EMAIL', 'TEL', 'KIND', 'X-ADDRESSBOOKSERVER-KIND', 'UID']
  .map(name => `<c:prop name="${name}"/>`)
  .join('');
/** Cards that are asked for at once. */
const BATCH = 50;
const MOST_CARDS = 20_000;

/** What is another there than here: cards to fetch by their path, cards that are gone. */
type Changes = {
  readonly changed: ReadonlyMap<string, string>;
  readonly gone: readonly string[];
  readonly token: string | undefined;
};

/**
 * Brings one address book up to date. Gives the book after each batch, so that what is fetched can be kept at once, and
 * with the token of its state only when all of it is there. A failure is the last thing it gives.
 */
export async function* syncBook(dav: Dav, remote: RemoteBook, before: Book | undefined): AsyncGenerator<Result<Book>> {
  const { url, name } = remote;
  const cards = new Map(Object.entries(before?.cards ?? {}));
  const asBook = (token: string | undefined): Book => ({
    url,
    name,
    cards: Object.fromEntries(cards),
    ...(token === undefined ? {} : { token }),
  });
  const known = remote.token === undefined ? undefined : before?.token;
  if (before !== undefined && known === remote.token && known !== undefined) return yield ok({ ...before, name });
  const since = known === undefined ? ok(undefined) : await changesSince(dav, url, known);
  if (!since.ok) return yield since;
  const changes = since.value === undefined ? await wholeList(dav, remote, cards) : ok(since.value);
  if (!changes.ok) return yield changes;
  const { changed, gone, token } = changes.value;
  for (const path of gone) cards.delete(path);
  const wanted = [...changed]
    .filter(([path, etag]) => etag === '' || cards.get(path)?.etag !== etag)
    .map(([path]) => path);
  if (cards.size + wanted.length > MOST_CARDS)
    return yield failed(
      'data',
      `The address book “${name}” holds more than ${MOST_CARDS} cards.`,
      'Name smaller ones in watchers.contacts.books.',
    );
  for (let at = 0; at < wanted.length; at += BATCH) {
    const batch = wanted.slice(at, at + BATCH);
    const fetched = await fetchCards(dav, url, batch);
    if (!fetched.ok) return yield fetched;
    for (const path of batch) {
      const card = fetched.value.get(path);
      if (card === undefined) cards.delete(path);
      else cards.set(path, card);
    }
    // What was there before stays comparable by its etags; the old token would ask for it all again, which is right.
    if (at + BATCH < wanted.length) yield ok(asBook(before?.token));
  }
  yield ok(asBook(token));
}

/** What changed since a state (RFC 6578); nothing where the server no longer knows that state. */
async function changesSince(dav: Dav, url: string, since: string): Promise<Result<Changes | undefined>> {
  const changed = new Map<string, string>();
  const gone = new Set<string>();
  let token = since;
  for (;;) {
    const body = `<d:sync-collection ${NAMES}><d:sync-token>${escaped(token)}</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>`;
    const answer = await dav.ask('REPORT', url, '0', body);
    if (!answer.ok) return answer;
    if (answer.value.status !== 207 || answer.value.token === '') return ok(undefined);
    let isCutShort = false;
    for (const { url: one, status, properties } of answer.value.told) {
      const path = pathIn(one, url);
      if (path === undefined) isCutShort ||= status === 507;
      else if (status === 404 || status === 410) {
        gone.add(path);
        changed.delete(path);
      } else {
        gone.delete(path);
        changed.set(path, textOf(properties, 'getetag'));
      }
    }
    const isSame = token === answer.value.token;
    token = answer.value.token;
    if (!isCutShort || isSame) return ok({ changed, gone: [...gone], token });
    if (changed.size > MOST_CARDS) return ok(undefined);
  }
}

/** Every card that is there, with what tells its version. The token was asked for before, so that nothing in between is lost. */
export async function wholeList(
  dav: Dav,
  { url, token }: RemoteBook,
  cards: ReadonlyMap<string, Card>,
): Promise<Result<Changes>> {
  const answer = await dav.ask('PROPFIND', url, '1', LIST);
  if (!answer.ok) return answer;
  if (answer.value.status !== 207)
    return failed('transient', `The address book ${url} cannot be read (status ${answer.value.status}).`);
  const changed = new Map<string, string>();
  for (const { url: one, properties } of answer.value.told) {
    const path = pathIn(one, url);
    const isFolder = first(properties, 'collection') !== undefined;
    if (path !== undefined && !isFolder) changed.set(path, textOf(properties, 'getetag'));
  }
  return ok({ changed, gone: [...cards.keys()].filter(path => !changed.has(path)), token });
}

/** The path of a card, where it stands in the book and is not the book itself. */
function pathIn(one: string, book: string): string | undefined {
  const { pathname } = new URL(one);
  const folder = new URL(book).pathname.replace(/\/?$/, '/');
  return pathname.startsWith(folder) && pathname !== folder ? pathname : undefined;
}

/** What stands on cards, by their paths; one that cannot be read says nothing. Too much at once is asked for in halves. */
export async function fetchCards(
  dav: Dav,
  url: string,
  paths: readonly string[],
): Promise<Result<ReadonlyMap<string, Card>>> {
  const hrefs = paths.map(path => `<d:href>${escaped(path)}</d:href>`).join('');
  const body = `<c:addressbook-multiget ${NAMES}><d:prop><d:getetag/><c:address-data>${DATA}</c:address-data></d:prop>${hrefs}</c:addressbook-multiget>`;
  const answer = await dav.ask('REPORT', url, '1', body);
  if (!answer.ok) {
    if (answer.failure.fault !== 'data') return answer;
    if (paths.length === 1) return ok(new Map([[paths[0] ?? '', { etag: '', name: '', mails: [], phones: [] }]]));
    const half = Math.ceil(paths.length / 2);
    const one = await fetchCards(dav, url, paths.slice(0, half));
    const other = one.ok ? await fetchCards(dav, url, paths.slice(half)) : one;
    return one.ok && other.ok ? ok(new Map([...one.value, ...other.value])) : other;
  }
  if (answer.value.status !== 207)
    return failed('transient', `Cards of ${url} cannot be read (status ${answer.value.status}).`);
  const cards = new Map<string, Card>();
  for (const { url: one, properties } of answer.value.told) {
    const path = pathIn(one, url);
    const text = textOf(properties, 'address-data');
    if (path === undefined || text === '') continue;
    const card = readCard(text) ?? { name: '', mails: [], phones: [] };
    cards.set(path, { etag: textOf(properties, 'getetag'), ...card });
  }
  return ok(cards);
}
