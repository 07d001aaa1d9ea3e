import { type Card, readAddressBooks, writeAddressBooks } from '../../core/address-book.ts';
import { ok, type Result, sentence } from '../../core/outcome.ts';
import type { Proof, WatcherContext } from '../../core/watcher.ts';
import type { RemoteBook } from './books.ts';
import { accountOf, booksThere, bringUpToDate } from './bring-up-to-date.ts';
import type { Dav } from './dav.ts';
import type { ContactsSettings } from './settings.ts';
import { type Book, fetchCards, wholeList } from './sync.ts';

/** Cards that are fetched again at each proof. */
const SOME = 20;

type Context = Pick<WatcherContext, 'state' | 'secrets' | 'now'>;

/**
 * Proves the way in of the address books by reading, since a card put there for a moment would be on every phone of the
 * person’s: the whole list of the server is held against what is kept on disk, which what the server said had changed has
 * led to, and some cards are fetched, read and held against what is kept of them. `mark` chooses which.
 */
export async function proveBooks(
  settings: ContactsSettings,
  context: Context,
  mark: string,
  signal: AbortSignal,
): Promise<Result<Proof>> {
  const first = await isAsThere(settings, context, mark, signal);
  if (!first.ok || first.value) return proofOf(first);
  // Something may have changed since it was fetched last.
  const fetched = await bringUpToDate(settings, context, signal);
  const second = fetched.ok ? await isAsThere(settings, context, mark, signal) : fetched;
  if (!second.ok || second.value) return proofOf(second);
  doubt(settings, context);
  const anew = await bringUpToDate(settings, context, signal);
  if (!anew.ok) return anew;
  return ok({
    lost: 'its server had not told of everything that changed there, so that somebody may have counted as known too long, or as new. Steward has read all of it anew, and looks again in an hour; there is nothing to do unless this comes back.',
  });
}

/** Whether every card at the server is here as it is there, and none that is gone. */
async function isAsThere(
  settings: ContactsSettings,
  { state, secrets }: Context,
  mark: string,
  signal: AbortSignal,
): Promise<Result<boolean>> {
  const there = await booksThere(settings, secrets, signal);
  if (!there.ok) return there;
  const { dav, books } = there.value;
  const kept = readAddressBooks(state, accountOf(settings))?.books ?? [];
  for (const remote of books) {
    const book = kept.find(({ url }) => url === remote.url);
    if (book === undefined) return ok(false);
    const same = await isSame(dav, remote, book, mark);
    if (!same.ok || !same.value) return same;
  }
  return ok(kept.length === books.length);
}

async function isSame(dav: Dav, remote: RemoteBook, book: Book, mark: string): Promise<Result<boolean>> {
  const cards = new Map(Object.entries(book.cards));
  const list = await wholeList(dav, remote, cards);
  if (!list.ok) return list;
  const { changed, gone } = list.value;
  const differs = [...changed].some(([path, etag]) => {
    const card = cards.get(path);
    return card === undefined || (etag !== '' && plain(etag) !== plain(card.etag));
  });
  if (differs || gone.length > 0) return ok(false);
  const all = [...cards.keys()];
  const from = Number.parseInt(mark.slice(0, 8), 16) % Math.max(all.length, 1);
  const paths = [...all.slice(from), ...all.slice(0, from)].slice(0, SOME);
  if (paths.length === 0) return ok(true);
  const fetched = await fetchCards(dav, remote.url, paths);
  if (!fetched.ok) return fetched;
  return ok(paths.every(path => saidBy(fetched.value.get(path)) === saidBy(cards.get(path))));
}

const saidBy = (card: Card | undefined): string => JSON.stringify([card?.name, card?.mails, card?.phones]);

/** A version without what some servers add to it in one answer and not in another (RFC 9110, section 8.8.3). */
const plain = (etag: string): string => etag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1');

/** Nothing of what is kept is taken for the newest any more: all of it is fetched again, and counts until then. */
function doubt(settings: ContactsSettings, { state }: Context): void {
  const account = accountOf(settings);
  const kept = readAddressBooks(state, account);
  if (kept === undefined) return;
  const books = kept.books.map(({ url, name, cards }) => ({
    ...{ url, name },
    cards: Object.fromEntries(Object.entries(cards).map(([path, card]) => [path, { ...card, etag: '' }])),
  }));
  writeAddressBooks(state, account, { ...kept, books });
}

/** What may pass by itself shows nothing; what the server refuses each time would never be shown. */
function proofOf(looked: Result<boolean>): Result<Proof> {
  if (looked.ok) return ok('proved');
  return looked.failure.kind === 'retryable' ? looked : ok({ lost: sentence(looked.failure) });
}
