import type { FetchMessageObject, FetchQueryObject } from 'imapflow';
import { sha256 } from '../../core/digest.ts';
import { ok, type Result } from '../../core/outcome.ts';
import {
  type Access,
  failed,
  folderOf,
  inMailbox,
  LARGEST_MESSAGE,
  type Mailbox,
  open,
  type Role,
  withId,
} from './mailbox.ts';

/** Folders that are looked through for a mail, at most; those where mail usually lies come first. */
const MOST = 25;
const FIRST: readonly Role[] = ['\\Inbox', '\\All', '\\Archive', '\\Sent'];
/** What lies there was thrown away, or is not mail yet. */
const NEVER: ReadonlySet<string> = new Set(['\\Trash', '\\Junk', '\\Drafts']);

export type Found = { readonly folder: string; readonly uids: readonly number[] };

/** Where a mail lies: the first folder that holds its Message-ID, and every message there that carries it. */
export async function findMail(mailbox: Mailbox, messageId: string): Promise<Result<Found>> {
  const usual = FIRST.flatMap(role => folderOf(mailbox, role) ?? []);
  const others = mailbox.folders
    .filter(({ flags, specialUse }) => !flags.has('\\Noselect') && !NEVER.has(specialUse ?? ''))
    .map(({ path }) => path);
  for (const folder of [...new Set(['INBOX', ...usual, ...others])].slice(0, MOST)) {
    const uids = await withId(mailbox, folder, messageId);
    if (uids.length > 0) return ok({ folder, uids });
  }
  return failed('data', `No mail with the Message-ID ${messageId} is in the mailbox.`);
}

/** One mail whole, with what its head says of it. Two that share an id and differ are refused: which is meant is unclear. */
export async function fetchMail(
  mailbox: Mailbox,
  messageId: string,
  query: FetchQueryObject,
): Promise<Result<FetchMessageObject>> {
  const found = await findMail(mailbox, messageId);
  if (!found.ok) return found;
  const { uids } = found.value;
  const sizes = await mailbox.client.fetchAll(uids.join(','), { uid: true, size: true }, { uid: true });
  if (sizes.some(({ size = 0 }) => size > LARGEST_MESSAGE))
    return failed('data', 'That mail is too large to be read whole.');
  const mails = await mailbox.client.fetchAll(uids.join(','), { uid: true, envelope: true, ...query }, { uid: true });
  const [mail] = mails;
  if (mail === undefined) return failed('transient', `The mail ${messageId} could not be fetched.`);
  const kinds = new Set(mails.map(({ source, headers }) => sha256(source ?? headers ?? Buffer.alloc(0))));
  if (kinds.size > 1) {
    return failed(
      'data',
      `Several mails that differ carry the Message-ID ${messageId}, so it is unclear which is meant.`,
    );
  }
  return ok(mail);
}

/**
 * A mail in words for a person: its subject and its sender, or its Message-ID where it is not there any more. `alsoWanted`
 * looks at something else in the same visit.
 */
export function titleOf(
  access: Access,
  messageId: string,
  alsoWanted: (mailbox: Mailbox) => Result<unknown> = ok,
): Promise<Result<string>> {
  return inMailbox(access, AbortSignal.timeout(30_000), async mailbox => {
    const wanted = alsoWanted(mailbox);
    if (!wanted.ok) return wanted;
    const found = await findMail(mailbox, messageId);
    if (!found.ok) return ok(`the mail ${messageId}, which is not in the mailbox`);
    await open(mailbox, found.value.folder, true);
    const mail = await mailbox.client.fetchOne(
      String(found.value.uids[0]),
      { uid: true, envelope: true },
      { uid: true },
    );
    const { subject, from } = (mail === false ? undefined : mail?.envelope) ?? {};
    const name = oneLine(subject ?? '', 100) || messageId;
    return ok(`the mail “${name}” of ${oneLine(from?.[0]?.address ?? '', 100) || 'an unknown sender'}`);
  });
}

/** Words of a stranger on one line, without what steers a screen. */
export const oneLine = (text: string, most: number): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, most)
    .toWellFormed();
