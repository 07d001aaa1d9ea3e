import type { ImapFlow } from 'imapflow';

/** How many messages are asked about at once. */
const MANY = 200;

type Mailbox = Exclude<ImapFlow['mailbox'], false>;

/** The folder that is open on a connection. */
export function mailboxOf({ mailbox }: ImapFlow): Mailbox {
  if (mailbox === false) throw new Error('the folder was closed');
  return mailbox;
}

export const validityOf = (client: ImapFlow): string => String(mailboxOf(client).uidValidity);

/** The UID that the next message gets, at least. Old servers do not tell it when a folder is opened. */
export async function nextUid(client: ImapFlow): Promise<number> {
  const { uidNext, exists } = mailboxOf(client);
  if (Number.isInteger(uidNext) && uidNext > 0) return uidNext;
  const last = exists === 0 ? undefined : await client.fetchOne('*', { uid: true });
  return last ? last.uid + 1 : 1;
}

/** The UIDs of what a search finds, from the oldest to the newest. */
export async function uidsOf(client: ImapFlow, query: Parameters<ImapFlow['search']>[0]): Promise<readonly number[]> {
  if (mailboxOf(client).exists === 0) return [];
  const found = await client.search(query, { uid: true });
  if (!Array.isArray(found)) throw new Error('the server does not search');
  return found.toSorted((one, other) => one - other);
}

export function chunks(uids: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(uids.length / MANY) }, (_, at) => uids.slice(at * MANY, (at + 1) * MANY));
}
