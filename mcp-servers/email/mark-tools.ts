import type { FetchMessageObject } from 'imapflow';
import {
  type Approved,
  defineTool,
  notSent,
  type Outcome,
  type Prepared,
  type Tool,
} from '../../core/action-server.ts';
import type { Arguments } from '../../core/envelope.ts';
import { ok, type Result } from '../../core/outcome.ts';
import { FlagArguments, LabelArguments } from './arguments.ts';
import { findMail, titleOf } from './find.ts';
import { type Access, failed, inMailbox, type Mailbox, open } from './mailbox.ts';
import { lookedInVain } from './sent.ts';

const FLAGS = { important: '\\Flagged', read: '\\Seen', answered: '\\Answered' } as const;
const HARMLESS = { destructiveHint: false, idempotentHint: true, openWorldHint: true } as const;

/** A mark that a mail is to bear, or not to bear any more. */
type Mark = {
  readonly messageId: string;
  readonly mark: string;
  readonly on: boolean;
  /** Gmail keeps labels beside the flags (X-GM-EXT-1). */
  readonly isLabel: boolean;
  readonly back: { readonly action: string; readonly arguments: Arguments };
};

type Marked = { readonly folder: string; readonly uids: readonly number[]; readonly isDone: boolean };

const bears = ({ flags, labels }: FetchMessageObject, mark: string): boolean =>
  [...(flags ?? []), ...(labels ?? [])].some(one => one.toLowerCase() === mark.toLowerCase());

/** Where the mail is, and whether it is marked as it should be. */
async function look(
  mailbox: Mailbox,
  { messageId, mark, on, isLabel }: Mark,
  readOnly: boolean,
): Promise<Result<Marked>> {
  const found = await findMail(mailbox, messageId);
  if (!found.ok) return found;
  const { folder, uids } = found.value;
  await open(mailbox, folder, readOnly);
  const labels = isLabel && mailbox.client.capabilities.has('X-GM-EXT-1');
  const mails = await mailbox.client.fetchAll(uids.join(','), { uid: true, flags: true, labels }, { uid: true });
  return ok({ folder, uids, isDone: mails.every(mail => bears(mail, mark) === on) });
}

async function perform(mark: Mark, access: Access, { signal }: Approved): Promise<Outcome> {
  const done = await inMailbox(access, signal, async (mailbox): Promise<Result<Outcome>> => {
    const { client, host } = mailbox;
    const found = await look(mailbox, mark, false);
    if (!found.ok) return found;
    const { folder, uids, isDone } = found.value;
    const receipt = { message_id: mark.messageId, folder, mark: mark.mark, on: mark.on };
    if (isDone) return ok({ outcome: 'confirmed', receipt });
    const useLabels = mark.isLabel && client.capabilities.has('X-GM-EXT-1');
    const kept = client.mailbox === false ? undefined : client.mailbox.permanentFlags;
    if (mark.on && !useLabels && kept !== undefined && !kept.has('\\*') && !kept.has(mark.mark))
      return failed('logic', `${host} does not keep “${mark.mark}” with a mail in ${folder}.`);
    const change = mark.on ? client.messageFlagsAdd.bind(client) : client.messageFlagsRemove.bind(client);
    if (await change(uids.join(','), [mark.mark], { uid: true, useLabels }))
      return ok({ outcome: 'confirmed', receipt, undo: mark.back });
    if (client.usable) return failed('transient', `${host} did not mark the mail.`);
    return ok({ outcome: 'unknown', why: `The connection to ${host} broke while a mail was marked.` });
  });
  return done.ok ? done.value : notSent(done.failure);
}

async function reconcile(mark: Mark, access: Access): Promise<Outcome> {
  const found = await inMailbox(access, AbortSignal.timeout(30_000), mailbox => look(mailbox, mark, true));
  if (!found.ok)
    return found.failure.kind === 'retryable' ? lookedInVain(found.failure.message) : notSent(found.failure);
  const { folder, isDone } = found.value;
  if (isDone)
    return { outcome: 'confirmed', receipt: { message_id: mark.messageId, folder, mark: mark.mark, on: mark.on } };
  return { outcome: 'not_sent', retry: true, proof: `The mail is in ${folder}, and not marked so.` };
}

async function prepare(what: string, mark: Mark, access: Access): Promise<Result<Prepared>> {
  const title = await titleOf(access, mark.messageId);
  if (!title.ok) return title;
  return ok({
    describe: () => ({ title: `${what} ${title.value}`, account: access.account.from, attachments: [] }),
    perform: approved => perform(mark, access, approved),
  });
}

/** Marks in the account’s own mailbox: nobody else sees them. */
export function markTools(access: Access): readonly Tool[] {
  const flagged = ({
    message_id,
    flag,
    on = true,
  }: {
    message_id: string;
    flag: keyof typeof FLAGS;
    on?: boolean | undefined;
  }): Mark => ({
    ...{ messageId: message_id, mark: FLAGS[flag], on, isLabel: false },
    back: { action: 'email.flag', arguments: { message_id, flag, on: !on } },
  });
  const labelled = ({
    message_id,
    label,
    on = true,
  }: {
    message_id: string;
    label: string;
    on?: boolean | undefined;
  }): Mark => ({
    ...{ messageId: message_id, mark: label, on, isLabel: true },
    back: { action: 'email.label', arguments: { message_id, label, on: !on } },
  });
  return [
    defineTool({
      name: 'flag',
      title: 'Mark a mail',
      description: 'Marks a mail in the mailbox as important, read or answered, or takes the mark away.',
      input: FlagArguments,
      annotations: HARMLESS,
      reach: { does: 'change', egress: false, routing: [] },
      prepare: args => prepare(`${args.on === false ? 'Mark as not' : 'Mark as'} ${args.flag}:`, flagged(args), access),
      reconcile: args => reconcile(flagged(args), access),
    }),
    defineTool({
      name: 'label',
      title: 'Label a mail',
      description: 'Puts one word on a mail in the mailbox by which it is found again, or takes it away.',
      input: LabelArguments,
      annotations: HARMLESS,
      reach: { does: 'change', egress: false, routing: [] },
      prepare: args =>
        prepare(
          `${args.on === false ? 'Take the label' : 'Put the label'} “${args.label}” ${args.on === false ? 'off' : 'on'}`,
          labelled(args),
          access,
        ),
      reconcile: args => reconcile(labelled(args), access),
    }),
  ];
}
