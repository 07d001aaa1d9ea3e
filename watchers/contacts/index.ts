import { forgetAddressBooks, peopleIn } from '../../core/address-book.ts';
import type { Swept } from '../../core/loop.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { clauseOf } from '../../core/system-error.ts';
import type { RunningWatcher, Watcher, WatcherContext, WayIn } from '../../core/watcher.ts';
import { WaysIn } from '../../core/ways-in.ts';
import { accountOf, booksThere, bringUpToDate } from './bring-up-to-date.ts';
import { proveBooks } from './prove.ts';
import { ContactsSettings } from './settings.ts';

const NOTHING: Swept = { moved: false, settlesIn: undefined };
const MINUTE = 60_000;
const NAME = 'Your address book';

/**
 * Fetches the person’s address books and keeps in the state folder who stands in them. It writes no notes: whoever asks
 * how well somebody is known looks there. What is gone at the server goes here; while the server is away, what was
 * fetched last counts.
 */
class Contacts implements RunningWatcher {
  readonly ways: readonly [WayIn];
  readonly #known: WaysIn;
  readonly #context: WatcherContext;
  readonly #settings: ContactsSettings;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** When it is time again, in milliseconds since the epoch. */
  #next = 0;
  #failures = 0;

  constructor(context: WatcherContext, settings: ContactsSettings) {
    this.#context = context;
    this.#settings = settings;
    this.ways = [{ name: NAME, prove: (mark, signal) => proveBooks(settings, context, mark, signal) }];
    this.#known = new WaysIn(context, 'contacts', settings.every_minutes * MINUTE);
    this.#known.begins(NAME);
  }

  /** Begins to fetch where it is time, and holds nobody up meanwhile. */
  async sweep(): Promise<Swept> {
    this.#known.look();
    const left = this.#next - this.#context.now().getTime();
    // A clock that was set back leaves more than there can be.
    if (this.#running === undefined && (left <= 0 || left > this.#settings.every_minutes * MINUTE)) {
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
    const done = await bringUpToDate(this.#settings, this.#context, this.#stop.signal).catch((error: unknown) =>
      fail('retryable', `It met ${clauseOf(error)}.`),
    );
    if (this.#stop.signal.aborted) return;
    if (done.ok) {
      const { people, before } = done.value;
      if (people !== before) log.event(`contacts   ${peopleIn(people)}`);
      log.clear('contacts');
      this.#failures = 0;
      this.#next = now().getTime() + every;
      this.#known.works(NAME);
      await this.#known.prove(this.ways[0], this.#stop.signal);
      return;
    }
    const { failure } = done;
    log.trouble(
      'contacts',
      `Your address book could not be fetched: ${sentence(failure)} What was fetched before still counts.`,
    );
    this.#failures += 1;
    this.#known.failed(NAME, {
      ...failure,
      mend: `${failure.mend ?? ''} What was fetched before still counts.`.trim(),
    });
    const soon = failure.kind === 'retryable' ? MINUTE * 2 ** Math.min(this.#failures - 1, 10) : every;
    this.#next = now().getTime() + Math.min(soon, every);
  }
}

/** The settings, or which of them is wrong. */
function settingsIn(given: unknown): Result<ContactsSettings> {
  const settings = ContactsSettings.safeParse(given);
  if (settings.success) return ok(settings.data);
  const [issue] = settings.error.issues;
  const at = ['watchers.contacts', ...(issue?.path ?? [])].join('.');
  return fail('invalid', `${at}: ${issue?.message}.`, 'Mend config.yaml.');
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
