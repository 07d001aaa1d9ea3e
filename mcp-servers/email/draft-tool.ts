import {
  type Approved,
  defineTool,
  notSent,
  type Outcome,
  type ServerContext,
  type Tool,
} from '../../core/action-server.ts';
import type { Envelope } from '../../core/envelope.ts';
import { dayOf, slug } from '../../core/names.ts';
import { ok, type Result } from '../../core/outcome.ts';
import { appendOnce } from './append.ts';
import { DraftArguments } from './arguments.ts';
import { type Attached, readAttachments } from './attachments.ts';
import { compose, tagOf } from './compose.ts';
import { findDraft, keepDraft } from './drafts.ts';
import { type Access, failed, folderOf, inMailbox, type Mailbox, withId } from './mailbox.ts';
import { lookedInVain } from './sent.ts';
import type { Account } from './settings.ts';
import { referencesTo } from './threading.ts';
import { clipped, titled } from './titles.ts';

/** A draft is not mail yet: its id is of no domain, and the program that sends it gives it another. */
const draftId = (tag: string): string => `<${tag}@draft.invalid>`;

/** Where a draft goes: its plain name, or where that is taken the same with a mark of its own. */
function draftNames({ subject }: DraftArguments, envelope: Envelope, tag: string): readonly [string, string] {
  const stem = `Documents/Drafts/${dayOf(new Date(envelope.created))} ${slug(subject)}`;
  return [`${stem}.eml`, `${stem}-${tag.slice(0, 8)}.eml`];
}

/** Drafts a mail: in the mailbox where there is one, else as a file of the vault. Sends nothing. */
export function draftTool(account: Account | null, context: ServerContext, access: Access | undefined): Tool {
  const { vault } = context;
  const from = account === null ? undefined : { name: account.name ?? '', address: account.from };

  const composed = (
    args: DraftArguments,
    attached: readonly Attached[],
    envelope: Envelope,
    tag: string,
  ): Promise<Buffer> => {
    const { to, cc = [], subject, text, in_reply_to, references = [] } = args;
    const thread =
      in_reply_to === undefined
        ? { references }
        : { inReplyTo: in_reply_to, references: referencesTo(in_reply_to, references) };
    return compose({
      ...{ from, to, cc, subject, text, attached, tag, ...thread, messageId: draftId(tag) },
      ...{ date: new Date(envelope.created), unsent: access === undefined },
    });
  };

  async function perform(
    args: DraftArguments,
    attached: readonly Attached[],
    { envelope, key, signal }: Approved,
  ): Promise<Outcome> {
    const tag = tagOf(envelope, key);
    const bytes = await composed(args, attached, envelope, tag);
    if (access === undefined) {
      const kept = await keepDraft(vault, draftNames(args, envelope, tag), draftId(tag), bytes);
      return kept.ok ? { outcome: 'confirmed', receipt: kept.value } : notSent(kept.failure);
    }
    const done = await inMailbox(access, signal, async (mailbox): Promise<Result<Outcome>> => {
      const found = await foundDraft(mailbox, draftId(tag));
      if (!found.ok) return found;
      if (found.value.uid !== undefined)
        return ok({ outcome: 'confirmed', receipt: receiptOf(draftId(tag), found.value) });
      return ok(await appendOnce(mailbox, found.value.folder, draftId(tag), bytes, ['\\Draft', '\\Seen']));
    });
    return done.ok ? done.value : notSent(done.failure);
  }

  async function reconcile(args: DraftArguments, envelope: Envelope, key: string): Promise<Outcome> {
    const tag = tagOf(envelope, key);
    if (access === undefined) {
      const names = draftNames(args, envelope, tag);
      const found = await findDraft(vault, names, draftId(tag));
      if (found !== undefined) return { outcome: 'confirmed', receipt: found };
      return { outcome: 'not_sent', retry: true, proof: `No draft of this stands under ${names[0]}.` };
    }
    const found = await inMailbox(access, AbortSignal.timeout(30_000), mailbox => foundDraft(mailbox, draftId(tag)));
    if (!found.ok) return lookedInVain(found.failure.message);
    if (found.value.uid !== undefined) return { outcome: 'confirmed', receipt: receiptOf(draftId(tag), found.value) };
    return { outcome: 'not_sent', retry: true, proof: `No draft of this is in ${found.value.folder}.` };
  }

  return defineTool({
    name: 'draft',
    title: 'Draft a mail',
    description:
      access === undefined
        ? 'Writes a mail into Documents/Drafts, to be opened and sent by the person. Sends nothing.'
        : 'Puts a mail into the Drafts of the mailbox, to be looked at and sent by the person. Sends nothing.',
    input: DraftArguments,
    annotations: { destructiveHint: false, idempotentHint: false, openWorldHint: access !== undefined },
    reach: { does: 'draft', egress: false, routing: ['to', 'cc', 'attachments'] },
    prepare: async args => {
      const attached = readAttachments(vault, args.attachments ?? []);
      if (!attached.ok) return attached;
      return ok({
        describe: () => ({
          title: titled(`Draft a mail “${clipped(args.subject)}”`, args.to),
          account: account?.from ?? '',
          attachments: attached.value.map(({ file }) => file),
        }),
        perform: approved => perform(args, attached.value, approved),
      });
    },
    reconcile,
  });
}

type FoundDraft = { readonly folder: string; readonly uid: number | undefined };

async function foundDraft(mailbox: Mailbox, id: string): Promise<Result<FoundDraft>> {
  const folder = folderOf(mailbox, '\\Drafts');
  if (folder === undefined) {
    const mend = 'Name it: servers.email.imap.folders.drafts in config.yaml.';
    return failed('logic', `${mailbox.host} shows no folder Drafts.`, mend);
  }
  const [uid] = await withId(mailbox, folder, id);
  return ok({ folder, uid });
}

const receiptOf = (id: string, { folder, uid }: FoundDraft): { message_id: string; folder: string; uid: number } => ({
  ...{ message_id: id, folder, uid: uid ?? 0 },
});
