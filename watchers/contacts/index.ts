import {
  type AddressBooks,
  forgetAddressBooks,
  keysOn,
  readAddressBooks,
  writeAddressBooks,
} from '../../core/address-book.ts';
import type { Swept } from '../../core/loop.ts';
import { slug } from '../../core/names.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { clauseOf } from '../../core/system-error.ts';
import type { RunningWatcher, Watcher, WatcherContext } from '../../core/watcher.ts';
import { findBooks, type RemoteBook } from './books.ts';
import { Dav } from './dav.ts';
import { ContactsSettings, PASSWORD } from './settings.ts';
import { type Book, syncBook } from './sync.ts';

const NOTHING: Swept = { moved: false, settlesIn: undefined };
const MINUTE = 60_000;

/** The name that what is fetched of an account is kept under. */
const accountOf = ({ url, user }: ContactsSettings): string => slug(`${new URL(url).host} ${user}`);

/**
 * Fetches the person’s address books and keeps in the state folder who stands in them. It writes no notes: whoever asks
 * how well somebody is known looks there. What is gone at the server goes here; while the server is away, what was
 * fetched last counts.
 */
class Contacts implements RunningWatcher {
  readonly #context: WatcherContext;
  readonly #settings: ContactsSettings;
  readonly #account: string;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #next = 0;
  #failures = 0;

  constructor(context: WatcherContext, settings: ContactsSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#account = accountOf(settings);
  }

  /** Begins to fetch where it is time, and holds nobody up meanwhile. */
  async sweep(): Promise<Swept> {
    if (this.#running === undefined && this.#context.now().getTime() >= this.#next) {
      this.#running = this.#fetch().finally(() => {
        this.#running = undefined;
        this.#context.look();
      });
    }
    return NOTHING;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Fetches what is new, and says when to look again: a login that was refused is not tried over and over. */
  async #fetch(): Promise<void> {
    const { log, now } = this.#context;
    const every = this.#settings.every_minutes * MINUTE;
    const done = await this.#bringUpToDate().catch((error: unknown) => fail('retryable', `It met ${clauseOf(error)}.`));
    if (this.#stop.signal.aborted) return;
    if (done.ok) {
      log.clear('contacts');
      this.#failures = 0;
      this.#next = now().getTime() + every;
      return;
    }
    const { failure } = done;
    log.trouble(
      'contacts',
      `Your address book could not be fetched: ${sentence(failure)} What was fetched before still counts.`,
    );
    this.#failures += 1;
    const soon = failure.kind === 'retryable' ? MINUTE * 2 ** Math.min(this.#failures - 1, 10) : every;
    this.#next = now().getTime() + Math.min(soon, every);
  }

  async #bringUpToDate(): Promise<Result<undefined>> {
    const { state, secrets, log, now } = this.#context;
    const { url, user } = this.#settings;
    const there = await booksThere(this.#settings, secrets, this.#stop.signal);
    if (!there.ok) return there;
    const { dav, books: remote } = there.value;
    const kept = readAddressBooks(state, this.#account);
    const isOurs = kept?.url === url && kept.user === user;
    const before = isOurs ? kept.books : [];
    const books = new Map(before.map(book => [book.url, book]));
    const write = (looked: string | undefined): void => {
      const whole: AddressBooks = {
        format: 1,
        url,
        user,
        books: [...books.values()],
        ...(looked === undefined ? {} : { looked }),
      };
      writeAddressBooks(state, this.#account, whole);
    };
    const urls = remote.map(book => book.url);
    for (const gone of books.keys()) if (!urls.includes(gone)) books.delete(gone);
    for (const book of remote) {
      for await (const step of syncBook(dav, book, books.get(book.url))) {
        if (!step.ok) return step;
        if (books.get(book.url) === step.value) continue;
        books.set(book.url, step.value);
        write(isOurs ? kept.looked : undefined);
      }
    }
    write(now().toISOString());
    const [people, earlier] = [countOf([...books.values()]), countOf(before)];
    if (people !== earlier) log.event(`contacts   ${people} people in your address book`);
    return ok(undefined);
  }
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

/** The settings, or which of them is wrong. */
function settingsIn(given: unknown): Result<ContactsSettings> {
  const settings = ContactsSettings.safeParse(given);
  if (settings.success) return ok(settings.data);
  const [issue] = settings.error.issues;
  const at = ['watchers.contacts', ...(issue?.path ?? [])].join('.');
  return fail('invalid', `${at}: ${issue?.message}.`, 'Mend config.yaml.');
}

/** The address books that the settings mean, at the server. */
async function booksThere(
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

const contacts: Watcher = {
  name: 'contacts',
  title: 'Your address book',
  start: async context => {
    const given = context.config.watchers.contacts;
    if (given === undefined) {
      forgetAddressBooks(context.state, undefined);
      return undefined;
    }
    const settings = settingsIn(given);
    if (!settings.ok) {
      context.log.trouble('contacts', `Your address book is not fetched: ${sentence(settings.failure)}`);
      return undefined;
    }
    forgetAddressBooks(context.state, accountOf(settings.value));
    return new Contacts(context, settings.value);
  },
  ping: async (given, { secrets }, signal) => {
    const settings = settingsIn(given);
    const there = settings.ok ? await booksThere(settings.value, secrets, signal) : settings;
    if (!there.ok) return there;
    return ok(`${there.value.books.map(({ name }) => `“${name}”`).join(', ')} can be read`);
  },
};
export default contacts;
