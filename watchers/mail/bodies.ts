import { randomBytes } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ImapFlow } from 'imapflow';
import type { FetchedItem } from '../../core/networked-watcher.ts';
import { isRefusal } from './fault.ts';
import type { Head } from './heads.ts';

/** Bytes: of what is asked for at once; of a message that is read whole into memory; of one that is fetched at all. */
const MOST = { together: 4_000_000, inMemory: 4_000_000, whole: 110_000_000, beginning: 1_000_000 };
/** Messages that are asked for at once. */
const MANY = 100;
/** Bytes of a piece of a large message. */
const PIECE = 1024 * 1024;

/** Heads in groups that are fetched together; a large message is a group of its own. */
export function grouped(heads: readonly Head[]): readonly (readonly Head[])[] {
  const groups: Head[][] = [];
  let bytes = 0;
  for (const head of heads) {
    const last = groups.at(-1);
    bytes += head.size;
    if (last === undefined || last.length >= MANY || bytes > MOST.together) {
      groups.push([head]);
      bytes = head.size;
    } else last.push(head);
  }
  return groups;
}

type Body = FetchedItem['body'];

/**
 * The bytes of messages, by UID: in memory, or streamed into a file of `tmp` where one is large. What is gone meanwhile
 * is left out. What the server refuses to give is told, one message at a time, so that it holds up no other.
 */
export async function bodiesOf(
  client: ImapFlow,
  heads: readonly Head[],
  tmp: string,
): Promise<ReadonlyMap<number, Body>> {
  try {
    return await together(client, heads, tmp);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const found = new Map<number, Body>();
    for (const head of heads) {
      try {
        for (const [uid, body] of await together(client, [head], tmp)) found.set(uid, body);
      } catch (refused) {
        if (!isRefusal(refused)) throw refused;
        found.set(head.uid, { why: 'The mail server does not give it out.' });
      }
    }
    return found;
  }
}

async function together(client: ImapFlow, heads: readonly Head[], tmp: string): Promise<ReadonlyMap<number, Body>> {
  const found = new Map<number, Body>();
  const [first] = heads;
  if (first !== undefined && heads.length === 1 && first.size > MOST.inMemory) {
    const body = await large(client, first, tmp);
    return body === undefined ? found : found.set(first.uid, body);
  }
  const uids = heads.map(({ uid }) => uid).join(',');
  for await (const { uid, source } of client.fetch(uids, { uid: true, source: true }, { uid: true }))
    if (source !== undefined) found.set(uid, source);
  return found;
}

async function large(client: ImapFlow, { uid, size }: Head, tmp: string): Promise<Body | undefined> {
  if (size > MOST.whole) {
    const query = { uid: true, source: { start: 0, maxLength: MOST.beginning } };
    const message = await client.fetchOne(String(uid), query, { uid: true });
    return message === false || message === undefined ? undefined : message.source;
  }
  const { content } = await client.download(String(uid), undefined, { uid: true, chunkSize: PIECE });
  if (content === undefined) return undefined;
  const file = path.join(tmp, `mail-${randomBytes(12).toString('hex')}`);
  try {
    await pipeline(content, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
    return { file };
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}
