import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { identify, keyOf } from './contacts.ts';
import { ensureFolder, lstatOf, overwriteFile } from './durable.ts';
import type { StateFolder } from './state-folder.ts';

/** What a card says: names are only shown, addresses and numbers are what counts. */
export const Card = z.strictObject({
  /** What tells this version of the card from others (RFC 9110, section 8.8.3). */
  etag: z.string(),
  name: z.string(),
  mails: z.array(z.string()),
  phones: z.array(z.string()),
});
export type Card = z.infer<typeof Card>;

/**
 * `contacts/<account>.json` in the state folder: the person’s address books as they were when they were fetched last.
 * `token` is the server’s word for that state (RFC 6578), and is kept only once all of it is here.
 */
export const AddressBooks = z.strictObject({
  format: z.literal(1),
  url: z.string(),
  user: z.string(),
  /** When all of it was looked at last and found here. */
  looked: z.iso.datetime().optional(),
  books: z.array(
    z.strictObject({
      url: z.string(),
      name: z.string(),
      token: z.string().optional(),
      /** By the path of the card on the server. */
      cards: z.record(z.string(), Card),
    }),
  ),
});
export type AddressBooks = z.infer<typeof AddressBooks>;

const fileOf = (state: StateFolder, account: string): string => path.join(state.contacts, `${account}.json`);

/** What was fetched of an account; undefined where there is nothing that can be read: it is fetched again. */
export function readAddressBooks(state: StateFolder, account: string): AddressBooks | undefined {
  const file = fileOf(state, account);
  if (lstatOf(file) === undefined) return undefined;
  try {
    const read = AddressBooks.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

/** Forgets what was fetched of all accounts but one. */
export function forgetAddressBooks(state: StateFolder, but: string | undefined): void {
  for (const { account } of fetchedAccounts(state))
    if (account !== but) rmSync(fileOf(state, account), { force: true });
}

/** On disk, whole, when this returns. */
export function writeAddressBooks(state: StateFolder, account: string, books: AddressBooks): void {
  ensureFolder(state.contacts);
  overwriteFile(state.tmp, fileOf(state, account), `${JSON.stringify(books)}\n`);
}

/** The accounts of which something was fetched, with a mark that changes when it does. */
export function fetchedAccounts(state: StateFolder): readonly { readonly account: string; readonly mark: string }[] {
  if (lstatOf(state.contacts) === undefined) return [];
  return readdirSync(state.contacts).flatMap(name => {
    const account = /^([a-z0-9-]+)\.json$/.exec(name)?.[1];
    const stats = account === undefined ? undefined : lstatOf(path.join(state.contacts, name));
    if (account === undefined || stats === undefined) return [];
    return [{ account, mark: `${account} ${stats.ino} ${stats.size} ${stats.mtimeMs}` }];
  });
}

type Fetched = { readonly mark: string; readonly cards: readonly Card[] };
const fetched = new WeakMap<StateFolder, Fetched>();

/** Every card of the person’s address books, read again only where something was fetched since. */
export function cardsIn(state: StateFolder): readonly Card[] {
  const accounts = fetchedAccounts(state);
  const mark = accounts.map(one => one.mark).join('\n');
  const known = fetched.get(state);
  if (known?.mark === mark) return known.cards;
  const books = accounts.flatMap(({ account }) => readAddressBooks(state, account)?.books ?? []);
  const cards = books.flatMap(book => Object.values(book.cards));
  fetched.set(state, { mark, cards });
  return cards;
}

/** Every address and number that stands on a card, by `keyOf`. */
export const keysOn = ({ mails, phones }: Card): readonly string[] =>
  [...mails, ...phones].map(identify).flatMap(one => (one.kind === 'mail' || one.kind === 'phone' ? [keyOf(one)] : []));

export const peopleIn = (count: number): string => `${count} ${count === 1 ? 'person' : 'people'} in your address book`;
