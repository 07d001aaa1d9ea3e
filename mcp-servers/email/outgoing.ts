import { type Approved, notSent, type Outcome, type Prepared, type ServerContext } from '../../core/action-server.ts';
import type { Envelope } from '../../core/envelope.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { reasonOf } from '../../core/system-error.ts';
import type { Attached } from './attachments.ts';
import { compose, tagOf } from './compose.ts';
import { dropBytes, keepBytes } from './kept-bytes.ts';
import type { Login } from './login.ts';
import { type Access, inMailbox } from './mailbox.ts';
import { followFor, foundInSent } from './sent.ts';
import { type Account, PASSWORD, toSend } from './settings.ts';
import { deliver } from './smtp.ts';
import { titled } from './titles.ts';

/** A mail as it would go out. */
export type Mail = {
  readonly to: readonly string[];
  readonly cc?: readonly string[] | undefined;
  readonly bcc?: readonly string[] | undefined;
  readonly subject: string;
  readonly text: string;
  readonly attached: readonly Attached[];
  readonly inReplyTo?: string | undefined;
  readonly references?: readonly string[] | undefined;
};

/** How mail leaves: the same for what is sent, answered and passed on. */
export type Post = {
  /** `what` says it in a few words: “Send a mail “Hello””. */
  readonly prepare: (what: string, mail: Mail) => Result<Prepared>;
  readonly reconcile: (envelope: Envelope, key: string) => Promise<Outcome>;
};

/** The post of an account. Where its mailbox is known, the very bytes are kept until their copy is in Sent. */
export function postOf(account: Account, context: ServerContext, access: Access | undefined, login: Login): Post {
  const { settle, refused } = login;
  const { secrets, state, now } = context;
  const from = { name: account.name ?? '', address: account.from };
  const idOf = (envelope: Envelope, key: string): string => `<${tagOf(envelope, key)}@${domainOf(account.from)}>`;

  async function perform(mail: Mail, { envelope, key, signal }: Approved): Promise<Outcome> {
    const { to, cc = [], subject, text, attached, inReplyTo, references } = mail;
    const messageId = idOf(envelope, key);
    const message = await compose({
      ...{ from, to, cc, subject, text, messageId, attached, inReplyTo, references },
      ...{ tag: tagOf(envelope, key), date: now(), unsent: false },
    });
    try {
      if (access !== undefined) keepBytes(state, messageId, message, now());
    } catch (error) {
      const why = `Nothing was sent: the mail could not be kept for its copy in Sent (${reasonOf(error)}).`;
      return { outcome: 'not_sent', retry: true, proof: why, fault: 'system' };
    }
    const login = await settle(toSend(account, secrets));
    if (!login.ok) return notSent(login.failure);
    const credentials = login.value;
    const sent = await deliver({ account, credentials, recipients: allOf(mail), message, signal });
    if (sent.outcome === 'not_sent' && sent.fault === 'authentication') refused(credentials);
    if (sent.outcome === 'not_sent') dropBytes(state, messageId);
    if (sent.outcome !== 'confirmed') return sent;
    const receipt = { message_id: messageId, ...sent.receipt };
    const done: Outcome = { outcome: 'confirmed', receipt };
    return access === undefined ? done : { ...done, follow: followFor(messageId, mail.subject, message) };
  }

  return {
    prepare: (what, mail) => {
      const { user, password, token } = toSend(account, secrets);
      const isLacking = user !== undefined && password === undefined && token === undefined;
      if (isLacking && context.preparesOnly !== true) {
        const lacking = fail(
          'permanent',
          'The mail account has no password.',
          `Set it: steward secret set ${PASSWORD}`,
        );
        return { ok: false, failure: { ...lacking.failure, fault: 'authentication' } };
      }
      return ok({
        describe: () => ({
          ...{ title: titled(what, allOf(mail)), account: account.from },
          attachments: mail.attached.map(({ file }) => file),
        }),
        perform: approved => perform(mail, approved),
      });
    },
    reconcile: async (envelope, key) => {
      const messageId = idOf(envelope, key);
      const look = `In its Sent folder, look for the Message-ID ${messageId}.`;
      if (access === undefined) {
        return {
          outcome: 'unknown',
          why: `Steward cannot look into the mailbox of ${account.from}, so it cannot tell. ${look}`,
        };
      }
      const found = await inMailbox(access, AbortSignal.timeout(30_000), mailbox => foundInSent(mailbox, messageId));
      if (!found.ok) return { outcome: 'unknown', why: `${found.failure.message} ${look}` };
      if (found.value === undefined) {
        return {
          outcome: 'unknown',
          why: `No copy of it is in Sent, which proves nothing: whoever got it has it. Its Message-ID is ${messageId}.`,
        };
      }
      return { outcome: 'confirmed', receipt: { message_id: messageId, ...found.value } };
    },
  };
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/** Everybody who gets it, each once. */
const allOf = ({ to, cc, bcc }: Mail): readonly string[] => [...new Set([...to, ...(cc ?? []), ...(bcc ?? [])])];
