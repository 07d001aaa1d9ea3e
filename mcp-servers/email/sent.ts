import { z } from 'zod';
import { type Approved, defineTool, notSent, type Outcome, type Tool } from '../../core/action-server.ts';
import { Sha256, sha256 } from '../../core/digest.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { appendOnce } from './append.ts';
import { MessageId, Subject } from './arguments.ts';
import { dropBytes, keptBytes } from './kept-bytes.ts';
import { type Access, failed, folderOf, inMailbox, type Mailbox, withId } from './mailbox.ts';
import { isFiledByProvider } from './settings.ts';
import { clipped } from './titles.ts';

/** What follows a mail that was sent: its copy in Sent, of exactly these bytes. */
export const followFor = (
  messageId: string,
  subject: string,
  bytes: Uint8Array,
): Extract<Outcome, { outcome: 'confirmed' }>['follow'] => ({
  action: 'email.file_sent',
  arguments: { message_id: messageId, subject, sha256: sha256(bytes) },
});

/** Where the copy of a sent mail is, by its Message-ID: presence proves that it was sent, absence proves nothing. */
export async function foundInSent(
  mailbox: Mailbox,
  messageId: string,
): Promise<Result<{ folder: string; uid: number } | undefined>> {
  const folder = folderOf(mailbox, '\\Sent');
  if (folder === undefined)
    return failed(
      'logic',
      `${mailbox.host} shows no folder Sent.`,
      'Name it: servers.email.imap.folders.sent in config.yaml.',
    );
  const [uid] = await withId(mailbox, folder, messageId);
  return ok(uid === undefined ? undefined : { folder, uid });
}

const Input = z.strictObject({
  message_id: MessageId.describe('The Message-ID of the mail that was sent.'),
  subject: Subject.describe('Its subject, for the person.'),
  sha256: Sha256.describe('The SHA-256 of the bytes that were sent.'),
});

/** Puts the copy of a mail that was sent into Sent, once; where the provider does it, looks whether it is there. */
export function fileSentTool(access: Access, state: string): Tool {
  const { account } = access;
  const isTheirs = isFiledByProvider(account);

  async function look(args: z.infer<typeof Input>, signal: AbortSignal): Promise<Result<Outcome | undefined>> {
    return inMailbox(access, signal, async mailbox => {
      const found = await foundInSent(mailbox, args.message_id);
      if (!found.ok) return found;
      return ok(
        found.value === undefined
          ? undefined
          : { outcome: 'confirmed', receipt: { message_id: args.message_id, ...found.value } },
      );
    });
  }

  async function file(args: z.infer<typeof Input>, { signal }: Approved): Promise<Outcome> {
    const done = await inMailbox(access, signal, async (mailbox): Promise<Result<Outcome>> => {
      const found = await foundInSent(mailbox, args.message_id);
      if (!found.ok) return found;
      const receipt = { message_id: args.message_id, ...found.value };
      if (found.value !== undefined) return ok({ outcome: 'confirmed', receipt });
      if (isTheirs) return failed('transient', `${mailbox.host} has not put it there so far.`);
      const kept = keptBytes(state, args.message_id);
      if (kept === undefined || sha256(kept) !== args.sha256) {
        return failed('data', 'The bytes that were kept for it are not there any more.');
      }
      return ok(await appendOnce(mailbox, folderOf(mailbox, '\\Sent') ?? 'Sent', args.message_id, kept, ['\\Seen']));
    });
    const outcome = done.ok ? done.value : notSent(done.failure);
    if (outcome.outcome === 'confirmed') dropBytes(state, args.message_id);
    if (outcome.outcome !== 'not_sent') return outcome;
    return { ...outcome, proof: `The mail was sent. Only its copy is not in Sent: ${outcome.proof}` };
  }

  return defineTool({
    name: 'file_sent',
    title: 'Put the copy of a sent mail into Sent',
    description: 'Puts the very bytes of a mail that was sent into the account’s own Sent folder, once. Sends nothing.',
    input: Input,
    annotations: { destructiveHint: false, idempotentHint: true, openWorldHint: true },
    reach: { does: 'create', egress: false, routing: [], by: 'steward' },
    prepare: async args =>
      ok({
        describe: () => ({
          title: isTheirs
            ? `See that the copy of the sent mail “${clipped(args.subject)}” is in Sent`
            : `Put the copy of the sent mail “${clipped(args.subject)}” into Sent`,
          ...{ account: account.from, attachments: [] },
        }),
        perform: approved => file(args, approved),
      }),
    reconcile: async args => {
      const found = await look(args, AbortSignal.timeout(30_000));
      if (!found.ok) return lookedInVain(found.failure.message);
      return found.value ?? { outcome: 'not_sent', retry: true, proof: 'No copy of it is in Sent.' };
    },
  });
}

/** For what is looked up before it is done, so that doing it again changes nothing where it was done. */
export const lookedInVain = (why: string): Outcome =>
  notSent(
    fail('retryable', `Whether it was done cannot be seen now, so it is looked for again before it is done: ${why}`)
      .failure,
  );
