import type { ImapFlow } from 'imapflow';
import { z } from 'zod';
import type { Json } from '../../core/digest.ts';
import type { Batch, Channel, FetchedItem, SourceContext } from '../../core/networked-watcher.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { bodiesOf, grouped } from './bodies.ts';
import { markOf, placeCanary, removeCanaries } from './canary.ts';
import { connect, type Login } from './connection.ts';
import { mailFailure } from './fault.ts';
import { type Head, headsOf } from './heads.ts';
import { chunks, mailboxOf, nextUid, uidsOf, validityOf } from './uids.ts';

/** Where a folder was left. UIDs grow, and mean nothing under another UIDVALIDITY (RFC 3501, section 2.3.1.1). */
const Cursor = z.strictObject({
  validity: z.string(),
  /** What is below was looked at, but for `pending`. */
  next: z.int(),
  pending: z.array(z.int()),
  /** What the server took in before is none of ours. */
  since: z.iso.datetime(),
  /** HIGHESTMODSEQ (RFC 7162) when nothing was left to do, where the server has it. */
  modseq: z.string().exactOptional(),
});
type Cursor = z.infer<typeof Cursor>;

/** More new messages than this are listed first, so that their heads are not asked for all at once. */
const NEAR = 200;
const DAY = 86_400_000;
/** Milliseconds after which a folder is looked at though the server said nothing. */
const LOOK = 10 * 60_000;
/** How often a message may break the connection before it is said to be one that cannot be fetched. */
const TRIES = 4;

/** What belongs to one account while it is watched. */
export type AccountContext = Login & Pick<SourceContext, 'state' | 'now' | 'has' | 'isCanary'>;

/** One folder of one account, on a connection of its own, which idles (RFC 2177) while there is nothing new. */
export class FolderChannel implements Channel {
  readonly name: string;
  readonly #context: AccountContext;
  readonly #folder: string;
  #client: ImapFlow | undefined;
  /** Whether the server said that there is more since the folder was looked at last. */
  #isTold = false;
  #told: (() => void) | undefined;
  /** How many messages the folder held when it was looked at last. */
  #held = 0;
  /** How often the connection broke while a message was fetched. */
  readonly #broke = new Map<number, number>();

  constructor(context: AccountContext, folder: string) {
    this.#context = context;
    this.#folder = folder;
    this.name = `${context.account.address} ${folder}`;
  }

  async *fetch(given: Json | undefined, signal: AbortSignal): AsyncGenerator<Result<Batch>, void> {
    try {
      const opened = await this.#open(signal);
      if (!opened.ok) {
        yield opened;
        return;
      }
      this.#isTold = false;
      const { client, isFresh } = opened.value;
      const known = Cursor.safeParse(given);
      if (!known.success) yield* this.#first(client, given !== undefined, signal);
      else if (known.data.validity !== validityOf(client)) yield* this.#renumbered(client, known.data, signal);
      else if (!isFresh || !isUnchanged(client, known.data)) yield* this.#more(client, known.data, isFresh, signal);
    } catch (error) {
      await this.close();
      if (!signal.aborted) yield { ok: false, failure: this.#failure(error) };
    }
  }

  async wait(signal: AbortSignal): Promise<Result<'look'>> {
    const client = this.#client;
    if (client === undefined || !client.usable) return fail('retryable', 'The connection was lost.');
    const isLost = await new Promise<boolean>(resolve => {
      const end = (lost: boolean) => (): void => {
        clearTimeout(timer);
        this.#told = undefined;
        client.off('close', closed);
        signal.removeEventListener('abort', ended);
        resolve(lost);
      };
      const [closed, ended] = [end(true), end(false)];
      const timer = setTimeout(ended, LOOK);
      client.once('close', closed);
      signal.addEventListener('abort', ended, { once: true });
      this.#told = ended;
      if (this.#isTold || signal.aborted) ended();
      // Ends with the next command; where it breaks off, the connection is closed.
      else client.idle().catch(() => undefined);
    });
    return isLost ? fail('retryable', 'The connection was lost.') : ok('look');
  }

  prove(mark: string, signal: AbortSignal): Promise<Result<'placed'>> {
    return placeCanary(this.#context, this.#folder, mark, this.#context.now(), signal);
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    client?.close();
  }

  async #open(signal: AbortSignal): Promise<Result<{ client: ImapFlow; isFresh: boolean }>> {
    if (this.#client?.usable === true) return ok({ client: this.#client, isFresh: false });
    await this.close();
    const connected = await connect(this.#context, signal);
    if (!connected.ok) return connected;
    const client = connected.value;
    this.#client = client;
    client.on('exists', () => {
      this.#isTold = true;
      this.#told?.();
    });
    if (signal.aborted) await this.close();
    await client.mailboxOpen(this.#folder, { readOnly: true });
    return ok({ client, isFresh: true });
  }

  #failure(error: unknown): ReturnType<typeof mailFailure> {
    const { account, mend } = this.#context;
    return mailFailure(error, { host: account.host, address: account.address, folder: this.#folder }, mend);
  }

  /** Takes what is recent, and says what it leaves. */
  async *#first(client: ImapFlow, isDamaged: boolean, signal: AbortSignal): AsyncGenerator<Result<Batch>, void> {
    const { account, now } = this.#context;
    const { days, most } = account.first;
    const begin = new Date(now().getTime() - days * DAY);
    const recent = most === 0 || days === 0 ? [] : await uidsOf(client, { since: begin });
    const chosen = recent.slice(-most);
    const [oldest] = chosen.length < recent.length ? await headsOf(client, String(chosen[0])) : [];
    const { exists } = mailboxOf(client);
    const cursor: Cursor = {
      validity: validityOf(client),
      next: await nextUid(client),
      pending: chosen,
      since: (chosen.length === 0 ? now() : (oldest?.received ?? begin)).toISOString(),
    };
    const left = exists - chosen.length;
    const why = isDamaged ? 'Where it was left off is not known any more. ' : '';
    const told = `${why}${this.name}: ${counted(chosen.length, days)}${left > 0 ? `; ${left.toLocaleString('en')} older ones stay where they are, and are no tasks` : ''}.`;
    yield ok({ items: [], cursor, told });
    yield* this.#more(client, cursor, true, signal);
  }

  /** The server gave every message another number. What is on record is not taken again, and nor is what was old then. */
  async *#renumbered(client: ImapFlow, known: Cursor, signal: AbortSignal): AsyncGenerator<Result<Batch>, void> {
    const since = new Date(known.since);
    const uids = await uidsOf(client, { since: new Date(since.getTime() - DAY) });
    const pending: number[] = [];
    for (const some of chunks(uids)) {
      const heads = await headsOf(client, some.join(','));
      pending.push(
        ...heads.filter(head => this.#isNew(head) && (head.sent ?? head.received) >= since).map(one => one.uid),
      );
    }
    const cursor = { validity: validityOf(client), next: await nextUid(client), pending, since: known.since };
    const told = `${this.name}: the server has numbered its messages anew; what is known is not taken again.`;
    yield ok({ items: [], cursor, told });
    yield* this.#more(client, cursor, true, signal);
  }

  async *#more(
    client: ImapFlow,
    known: Cursor,
    isFresh: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<Result<Batch>, void> {
    let cursor = known;
    const { exists } = mailboxOf(client);
    const isNear = (isFresh ? (await nextUid(client)) - known.next : exists - this.#held) <= NEAR;
    this.#held = exists;
    const listed = isNear ? [] : (await uidsOf(client, { uid: `${known.next}:*` })).filter(uid => uid >= known.next);
    const sets = [...chunks(known.pending), ...chunks(listed)].map(some => some.join(','));
    // What came while the folder was listed stands behind it.
    for (const uids of [...sets, 'rest']) {
      const range = uids === 'rest' ? `${cursor.next}:*` : uids;
      const heads = (await headsOf(client, range)).filter(({ uid }) => uids !== 'rest' || uid >= cursor.next);
      const canaries = heads.filter(head => this.#markOf(head) !== undefined);
      if (canaries.length > 0) {
        const gone = canaries.map(({ uid }) => uid);
        await removeCanaries(this.#context, this.#folder, gone, signal);
        cursor = behind(cursor, gone);
        yield ok({ items: [], canaries: canaries.flatMap(head => this.#markOf(head) ?? []), cursor });
      }
      for (const group of grouped(heads.filter(head => this.#isNew(head)))) {
        const items = await this.#items(client, group);
        cursor = behind(
          cursor,
          group.map(({ uid }) => uid),
        );
        yield ok({ items, cursor });
      }
      cursor = behind(cursor, uids === 'rest' ? heads.map(({ uid }) => uid) : uids.split(',').map(Number));
    }
    const { highestModseq } = mailboxOf(client);
    const { modseq: _, ...rest } = cursor;
    const last: Cursor = highestModseq === undefined || !isFresh ? rest : { ...rest, modseq: String(highestModseq) };
    if (JSON.stringify(last) !== JSON.stringify(known)) yield ok({ items: [], cursor: last });
  }

  /** Of a canary of our own; what only calls itself one is a message like any other. */
  #markOf({ key }: Head): string | undefined {
    const mark = markOf(key);
    return mark !== undefined && this.#context.isCanary(this.name, mark) ? mark : undefined;
  }

  #isNew(head: Head): boolean {
    // What the person has deleted on another device already asks nothing of anybody.
    if (head.isDeleted) return false;
    return this.#markOf(head) === undefined && !this.#context.has(this.#context.account.address, head.key);
  }

  async #items(client: ImapFlow, heads: readonly Head[]): Promise<readonly FetchedItem[]> {
    const { account, state } = this.#context;
    const suspects = heads.filter(({ uid }) => (this.#broke.get(uid) ?? 0) > 0);
    const good = heads.filter(head => !suspects.includes(head));
    const bodies = new Map(good.length === 0 ? [] : await this.#guarded(good, () => bodiesOf(client, good, state.tmp)));
    for (const head of suspects) {
      if ((this.#broke.get(head.uid) ?? 0) >= TRIES)
        bodies.set(head.uid, { why: `The connection broke off ${TRIES} times while it was fetched.` });
      else
        for (const [uid, body] of await this.#guarded([head], () => bodiesOf(client, [head], state.tmp)))
          bodies.set(uid, body);
    }
    return heads.flatMap(({ uid, key, size, received, from, subject }) => {
      const body = bodies.get(uid);
      const about = { from, subject };
      const item = {
        key,
        account: account.address,
        folder: this.#folder,
        received: received.toISOString(),
        size,
        about,
      };
      return body === undefined ? [] : [{ ...item, body }];
    });
  }

  /** Remembers at which messages a connection breaks. */
  async #guarded<T>(heads: readonly Head[], work: () => Promise<T>): Promise<T> {
    try {
      const done = await work();
      for (const { uid } of heads) this.#broke.delete(uid);
      return done;
    } catch (error) {
      for (const { uid } of heads) this.#broke.set(uid, (this.#broke.get(uid) ?? 0) + 1);
      throw error;
    }
  }
}

/** Whether a folder that was just opened holds nothing new. */
function isUnchanged(client: ImapFlow, { next, pending, modseq }: Cursor): boolean {
  const { uidNext, highestModseq, exists } = mailboxOf(client);
  if (pending.length > 0) return false;
  return exists === 0 || uidNext === next || (highestModseq !== undefined && String(highestModseq) === modseq);
}

function behind(cursor: Cursor, done: readonly number[]): Cursor {
  const gone = new Set(done);
  const next = done.reduce((most, uid) => Math.max(most, uid + 1), cursor.next);
  return { ...cursor, next, pending: cursor.pending.filter(uid => !gone.has(uid)) };
}

function counted(count: number, days: number): string {
  const span = days === 1 ? 'the last day' : `the last ${days} days`;
  if (count === 0) return 'what comes from now on is taken';
  return `${count === 1 ? 'one message' : `${count.toLocaleString('en')} messages`} of ${span} ${count === 1 ? 'is' : 'are'} taken`;
}
