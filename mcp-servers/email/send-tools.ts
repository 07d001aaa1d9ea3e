import { defineTool, type ServerContext, type Tool } from '../../core/action-server.ts';
import { ForwardArguments, ReplyArguments, SendArguments } from './arguments.ts';
import { readAttachments } from './attachments.ts';
import { passedOn } from './forward.ts';
import type { Access } from './mailbox.ts';
import type { Post } from './outgoing.ts';
import { answerSubject, referencesTo } from './threading.ts';
import { clipped } from './titles.ts';

const SENDS = { destructiveHint: true, idempotentHint: false, openWorldHint: true } as const;

export function sendTool(post: Post, { vault }: ServerContext): Tool {
  return defineTool({
    name: 'send',
    title: 'Send a mail',
    description: 'Sends one plain-text mail from the configured account, to everybody named or to nobody.',
    input: SendArguments,
    annotations: SENDS,
    reach: { does: 'send', egress: true, routing: ['to', 'cc', 'bcc', 'attachments'] },
    prepare: async ({ to, cc, bcc, subject, text, attachments, in_reply_to, references }) => {
      const attached = readAttachments(vault, attachments ?? []);
      if (!attached.ok) return attached;
      const mail = { to, cc, bcc, subject, text, attached: attached.value, inReplyTo: in_reply_to, references };
      return post.prepare(`Send a mail “${clipped(subject)}”`, mail);
    },
    reconcile: (_, envelope, key) => post.reconcile(envelope, key),
  });
}

export function replyTool(post: Post, { vault }: ServerContext): Tool {
  return defineTool({
    name: 'reply',
    title: 'Answer a mail',
    description:
      'Answers a mail: one plain-text mail in the same conversation, to one address, or with reply_all to all who are named. Recipients are always named here; nothing is added to them.',
    input: ReplyArguments,
    annotations: SENDS,
    reach: { does: 'send', egress: true, routing: ['to', 'cc', 'attachments'] },
    prepare: async ({ to, cc, reply_all, subject: answered, text, attachments, in_reply_to, references = [] }) => {
      const attached = readAttachments(vault, attachments ?? []);
      if (!attached.ok) return attached;
      const subject = answerSubject(answered);
      const thread = { inReplyTo: in_reply_to, references: referencesTo(in_reply_to, references) };
      const what = `${reply_all === true ? 'Answer all with' : 'Answer with'} “${clipped(subject)}”`;
      return post.prepare(what, { to, cc, subject, text, attached: attached.value, ...thread });
    },
    reconcile: (_, envelope, key) => post.reconcile(envelope, key),
  });
}

/** Needs the mailbox: what is passed on is what lies there. */
export function forwardTool(post: Post, access: Access, { vault }: ServerContext): Tool {
  return defineTool({
    name: 'forward',
    title: 'Pass a mail on',
    description:
      'Passes a mail of the mailbox on to somebody: as a whole, attached, or its text quoted with its attachments. What is approved is what is sent, byte for byte.',
    input: ForwardArguments,
    annotations: SENDS,
    reach: { does: 'send', egress: true, routing: ['to', 'cc', 'bcc', 'attachments'] },
    prepare: async args => {
      const { to, cc, bcc, text, attachments } = args;
      const own = readAttachments(vault, attachments ?? []);
      if (!own.ok) return own;
      const original = await passedOn(args, access);
      if (!original.ok) return original;
      const { subject, sender, quoted, attached } = original.value;
      const what = `Pass on the mail “${clipped(subject)}” of ${sender}`;
      return post.prepare(what, {
        to,
        cc,
        bcc,
        subject,
        text: `${text}${quoted}`,
        attached: [...attached, ...own.value],
      });
    },
    reconcile: (_, envelope, key) => post.reconcile(envelope, key),
  });
}
