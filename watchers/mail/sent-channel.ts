import type { ImapFlow } from 'imapflow';
import { z } from 'zod';
import type { Json } from '../../core/digest.ts';
import { headOf } from '../../core/mail/header.ts';
import type { Batch, Channel, WroteTo } from '../../core/networked-watcher.ts';
import { ok, type Result } from '../../core/outcome.ts';
import type { Proof } from '../../core/watcher.ts';
import { wroteTo } from '../../core/wrote-to.ts';
import { connect } from './connection.ts';
import { mailFailure } from './fault.ts';
import type { AccountContext } from './folder-channel.ts';
import { chunks, mailboxOf, nextUid, uidsOf, validityOf } from './uids.ts';

const Cursor = z.strictObject({ folder: z.string(), validity: z.string(), next: z.int() });
type Cursor = z.infer<typeof Cursor>;

/** How far back it is looked at first, and at how many messages. */
const FIRST = { days: 2 * 365, most: 10_000 };
const DAY = 86_400_000;
/** Milliseconds between two looks. */
const EVERY = 10 * 60_000;
/** What says whom a mail is from and to, and whether a person wrote it. */
const FIELDS = [
  ...['message-id', 'date', 'from', 'to', 'cc', 'bcc', 'content-type', 'auto-submitted', 'precedence', 'list-id'],
  ...['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-delivered-to', 'x-cron-env'],
  ...['x-autoreply', 'x-autorespond', 'x-auto-reply'],
];

/** The folder of sent mail: whom the person wrote to is put on record. Only heads are read, and nothing becomes a task. */
export class SentChannel implements Channel {
  readonly name: string;
  readonly #context: AccountContext;
  readonly #own: ReadonlySet<string>;
  #client: ImapFlow | undefined;

  /** `own`: the person’s addresses, by `keyOf`. */
  constructor(context: AccountContext, own: ReadonlySet<string>) {
    this.#context = context;
    this.#own = own;
    this.name = `${context.account.address} (sent)`;
  }

  async *fetch(given: Json | undefined, signal: AbortSignal): AsyncGenerator<Result<Batch>, void> {
    let folder: string | undefined;
    try {
      const connected = await connect(this.#context, signal);
      if (!connected.ok) {
        yield connected;
        return;
      }
      const client = connected.value;
      this.#client = client;
      folder = await this.#folderOf(client);
      if (folder === undefined || signal.aborted) return;
      await client.mailboxOpen(folder, { readOnly: true });
      const known = Cursor.safeParse(given);
      const validity = validityOf(client);
      const uidNext = await nextUid(client);
      const isKnown = known.success && known.data.validity === validity && known.data.folder === folder;
      const from = isKnown ? known.data.next : 0;
      if (isKnown && from === uidNext) return;
      for (const uids of chunks(await this.#uids(client, from))) {
        const found = await this.#heads(client, uids);
        yield ok({ items: [], wroteTo: found, cursor: { folder, validity, next: (uids.at(-1) ?? 0) + 1 } });
      }
      yield ok({ items: [], cursor: { folder, validity, next: uidNext } satisfies Cursor });
    } catch (error) {
      if (!signal.aborted) yield this.#failed(error, folder);
    } finally {
      // Looked at now and then, it keeps no connection.
      await this.close();
    }
  }

  /** By reading: a test among what the person sent would be seen on their other devices until the next look. */
  async prove(_mark: string, signal: AbortSignal): Promise<Result<Proof>> {
    const connected = await connect(this.#context, signal);
    if (!connected.ok) return connected;
    const client = connected.value;
    let folder: string | undefined;
    try {
      folder = await this.#folderOf(client);
      if (folder === undefined) return ok('proved');
      await client.mailboxOpen(folder, { readOnly: true });
      const last = mailboxOf(client).exists;
      const read = last === 0 ? undefined : await client.fetchOne(String(last), { uid: true, headers: FIELDS });
      const isRead = last === 0 || (read !== false && read?.headers !== undefined);
      return ok(
        isRead ? 'proved' : { lost: `the mails in “${folder}” cannot be read. Whom you write to is not noticed.` },
      );
    } catch (error) {
      return this.#failed(error, folder);
    } finally {
      client.close();
    }
  }

  wait(signal: AbortSignal): Promise<Result<'look'>> {
    return new Promise(resolve => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve(ok('look'));
      };
      const timer = setTimeout(end, EVERY);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    client?.close();
  }

  async #folderOf(client: ImapFlow): Promise<string | undefined> {
    const { sent } = this.#context.account;
    if (typeof sent === 'string') return sent;
    return (await client.list()).find(({ specialUse }) => specialUse === '\\Sent')?.path;
  }

  #failed(error: unknown, folder: string | undefined): Extract<Result<never>, { ok: false }> {
    const { account, mend } = this.#context;
    const far = { host: account.host, address: account.address, folder };
    return { ok: false, failure: mailFailure(error, far, mend) };
  }

  async #uids(client: ImapFlow, from: number): Promise<readonly number[]> {
    const since = new Date(this.#context.now().getTime() - FIRST.days * DAY);
    const found = await uidsOf(client, from === 0 ? { since } : { uid: `${from}:*` });
    const uids = found.filter(uid => uid >= from);
    return from === 0 ? uids.slice(-FIRST.most) : uids;
  }

  async #heads(client: ImapFlow, uids: readonly number[]): Promise<readonly WroteTo[]> {
    const found: WroteTo[] = [];
    const query = { uid: true, internalDate: true, headers: FIELDS };
    for await (const { headers, internalDate } of client.fetch(uids.join(','), query, { uid: true })) {
      const fields = headOf(headers ?? Buffer.alloc(0)).headers.map(({ name, value }) => ({ key: name, value }));
      const value = (name: string): string => fields.find(({ key }) => key === name)?.value ?? '';
      const addresses = wroteTo(fields, this.#own).filter(address => address.length <= 320);
      const day = dayOf(value('date')) ?? dayOf(internalDate ?? '');
      if (addresses.length === 0 || day === undefined) continue;
      found.push({ message: value('message-id'), addresses, day });
    }
    return found;
  }
}

/** The day of a date, in UTC; undefined where it is none, or none of this age. */
function dayOf(text: string | Date): string | undefined {
  const date = new Date(text);
  const year = Number.isNaN(date.getTime()) ? 0 : date.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? date.toISOString().slice(0, 10) : undefined;
}
