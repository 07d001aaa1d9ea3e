import type { FetchMessageObject, ImapFlow } from 'imapflow';
import { addressParser } from 'postal-mime';
import { sha256 } from '../../core/digest.ts';
import { firstOf, headOf, wordsOf } from '../../core/mail/header.ts';
import { mailboxOf } from './uids.ts';

/** What is known of a message before its bytes are fetched. */
export type Head = {
  readonly uid: number;
  readonly size: number;
  /** When the server took it in. */
  readonly received: Date;
  /** By the clock of its sender; undefined where it gives none. */
  readonly sent: Date | undefined;
  readonly key: string;
  readonly from: string;
  readonly subject: string;
  /** Whether it only waits to be removed. */
  readonly isDeleted: boolean;
};

const FIELDS = ['message-id', 'date', 'from', 'subject'];

/**
 * The heads of messages, by their UIDs. The identity is what the sender gave the message: its Message-ID, and since some
 * programs give every message the same one, its date and sender too. Without one it is the whole head.
 */
export async function headsOf(client: ImapFlow, uids: string): Promise<readonly Head[]> {
  const found: FetchMessageObject[] = [];
  // A range that ends in “the last one” is none where there is no message (RFC 3501, section 9).
  if (mailboxOf(client).exists === 0) return [];
  const query = { uid: true, flags: true, size: true, internalDate: true, headers: FIELDS };
  for await (const message of client.fetch(uids, query, { uid: true })) found.push(message);
  const heads: Head[] = [];
  for (const message of found) {
    const headers = headOf(message.headers ?? Buffer.alloc(0)).headers;
    const value = (name: string): string => (firstOf(headers, name) ?? '').replace(/\s+/g, ' ').slice(0, 2000);
    const id = value('message-id');
    const key = id === '' ? await wholeKey(client, message.uid) : `${id} ${value('date')} ${value('from')}`;
    if (key === undefined) continue;
    const sent = new Date(value('date'));
    const [address = ''] = addressParser(value('from'), { flatten: true }).map(one => one.address ?? '');
    const said = Number.isNaN(sent.getTime()) ? undefined : sent;
    heads.push({
      uid: message.uid,
      size: message.size ?? 0,
      received: dateOf(message.internalDate) ?? said ?? new Date(0),
      sent: said,
      key: key.slice(0, 1000),
      from: /^[^\s<>@]{1,64}@[^\s<>@]{1,255}$/.test(address) ? address : '',
      isDeleted: message.flags?.has('\\Deleted') === true,
      subject: wordsOf(value('subject')).replace(/\s+/g, ' ').slice(0, 300),
    });
  }
  return heads;
}

/** Undefined where it is gone meanwhile. */
async function wholeKey(client: ImapFlow, uid: number): Promise<string | undefined> {
  const message = await client.fetchOne(String(uid), { uid: true, headers: true }, { uid: true });
  if (message === false || message === undefined) return undefined;
  return `without an id ${sha256(message.headers ?? '')}`;
}

function dateOf(value: Date | string | undefined): Date | undefined {
  const date = new Date(value ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
