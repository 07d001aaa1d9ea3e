import {
  type Approved,
  defineServer,
  defineTool,
  notSent,
  type Prepared,
  type ServerContext,
  type Tool,
} from '../../core/action-server.ts';
import type { Envelope } from '../../core/envelope.ts';
import { dayOf, slug } from '../../core/names.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { DraftArguments, SendArguments } from './arguments.ts';
import { type Attached, readAttachments } from './attachments.ts';
import { compose, tagOf } from './compose.ts';
import { findDraft, keepDraft } from './drafts.ts';
import { type Account, PASSWORD, Settings } from './settings.ts';
import { deliver, greet } from './smtp.ts';

/** Writes drafts into the vault, and sends mail where an account is configured. */
function tools(account: Account | null, context: ServerContext): readonly Tool[] {
  const { vault } = context;
  const from = account === null ? undefined : { name: account.name ?? '', address: account.from };

  async function prepareDraft(args: DraftArguments): Promise<Result<Prepared>> {
    const attached = readAttachments(vault, args.attachments ?? []);
    if (!attached.ok) return attached;
    return ok({
      describe: () => described('Draft', args.subject, args.to, account?.from ?? '', attached.value),
      perform: async ({ envelope, key }: Approved) => {
        const tag = tagOf(envelope, key);
        const bytes = await compose({
          ...{ from, to: args.to, cc: args.cc ?? [], subject: args.subject, text: args.text },
          ...{ attached: attached.value, tag, date: new Date(envelope.created), unsent: true },
          messageId: draftId(tag),
        });
        const kept = await keepDraft(vault, draftNames(args, envelope, tag), draftId(tag), bytes);
        if (!kept.ok) return notSent(kept.failure);
        return { outcome: 'confirmed', receipt: kept.value };
      },
    });
  }

  const draft = defineTool({
    name: 'draft',
    title: 'Draft a mail',
    description: 'Writes a mail into Documents/Drafts, to be opened and sent by the person. Sends nothing.',
    input: DraftArguments,
    annotations: { destructiveHint: false, idempotentHint: false, openWorldHint: false },
    reach: { does: 'draft', egress: false, routing: ['to', 'cc', 'attachments'] },
    prepare: prepareDraft,
    reconcile: async (args, envelope, key) => {
      const tag = tagOf(envelope, key);
      const names = draftNames(args, envelope, tag);
      const found = await findDraft(vault, names, draftId(tag));
      if (found !== undefined) return { outcome: 'confirmed', receipt: found };
      return { outcome: 'not_sent', retry: true, proof: `No draft of this stands under ${names[0]}.` };
    },
  });
  if (account === null) return [draft];

  async function prepareSend(args: SendArguments, mailbox: Account): Promise<Result<Prepared>> {
    const password = context.secrets[PASSWORD];
    if (mailbox.user !== undefined && password === undefined) {
      const lacking = fail('permanent', 'The mail account has no password.', `Set it: steward secret set ${PASSWORD}`);
      return { ok: false, failure: { ...lacking.failure, fault: 'authentication' } };
    }
    const attached = readAttachments(vault, args.attachments ?? []);
    if (!attached.ok) return attached;
    return ok({
      describe: () => described('Send', args.subject, allOf(args), mailbox.from, attached.value),
      perform: async ({ envelope, key, signal }: Approved) => {
        const tag = tagOf(envelope, key);
        const messageId = `<${tag}@${domainOf(mailbox.from)}>`;
        const message = await compose({
          ...{ from, to: args.to, cc: args.cc ?? [], subject: args.subject, text: args.text, messageId },
          ...{ attached: attached.value, tag, date: context.now(), unsent: false },
          ...{ inReplyTo: args.in_reply_to, references: args.references },
        });
        const sent = await deliver({ account: mailbox, password, recipients: allOf(args), message, signal });
        if (sent.outcome !== 'confirmed') return sent;
        return { outcome: 'confirmed', receipt: { message_id: messageId, ...sent.receipt } };
      },
    });
  }

  const send = defineTool({
    name: 'send',
    title: 'Send a mail',
    description: 'Sends one plain-text mail from the configured account, to everybody named or to nobody.',
    input: SendArguments,
    annotations: { destructiveHint: true, idempotentHint: false, openWorldHint: true },
    reach: { does: 'send', egress: true, routing: ['to', 'cc', 'bcc', 'attachments'] },
    prepare: args => prepareSend(args, account),
    reconcile: async (_, envelope, key) => ({
      outcome: 'unknown',
      why: `Steward cannot look into the mailbox of ${account.from}, so it cannot tell. In its Sent folder, look for the Message-ID <${tagOf(envelope, key)}@${domainOf(account.from)}>.`,
    }),
  });
  return [draft, send];
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/** A draft is not mail yet: its id is of no domain, and the program that sends it gives it another. */
const draftId = (tag: string): string => `<${tag}@draft.invalid>`;

/** Everybody who gets it, each once. */
const allOf = ({ to, cc, bcc }: SendArguments): readonly string[] => [
  ...new Set([...to, ...(cc ?? []), ...(bcc ?? [])]),
];

/** Where a draft goes: its plain name, or where that is taken the same with a mark of its own. */
function draftNames({ subject }: DraftArguments, envelope: Envelope, tag: string): readonly [string, string] {
  const stem = `Documents/Drafts/${dayOf(new Date(envelope.created))} ${slug(subject)}`;
  return [`${stem}.eml`, `${stem}-${tag.slice(0, 8)}.eml`];
}

function described(
  verb: 'Draft' | 'Send',
  subject: string,
  to: readonly string[],
  account: string,
  attached: readonly Attached[],
): { title: string; account: string; attachments: Attached['file'][] } {
  const whom = to.length === 0 ? 'nobody yet' : to.slice(0, 3).join(', ');
  const more = to.length > 3 ? ` and ${to.length - 3} more` : '';
  const short = subject.length > 100 ? `${[...subject].slice(0, 99).join('')}…` : subject;
  return {
    title: `${verb} a mail “${short}” to ${whom}${more}`.slice(0, 300).toWellFormed(),
    account,
    attachments: attached.map(({ file }) => file),
  };
}

export default defineServer({
  ...{ name: 'email', title: 'Mail', settings: Settings, tools },
  ping: async (account, { secrets }, signal) =>
    account === null ? undefined : greet({ account, password: secrets[PASSWORD], signal }),
});
