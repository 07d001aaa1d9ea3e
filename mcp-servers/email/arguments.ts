import { z } from 'zod';

/** Whether a text can stand in a header: no line break and no other control character. */
export const isOneLine = (text: string): boolean => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text);

const LOCAL = "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';

/**
 * A bare address in ASCII. Names beside an address are refused, since a name is no identity, and so are letters that
 * only look like others.
 */
export const Address = z
  .string()
  .max(254)
  .regex(
    new RegExp(`^${LOCAL}@(?:${LABEL}\\.)+${LABEL}$`),
    'a bare address like anna@example.com, without a name; other alphabets in their xn-- form',
  );

export const MessageId = z
  .string()
  .max(250)
  .regex(/^<[!-;=?A-~]+@[!-;=?A-~]+>$/, 'a message id like <abc@example.com>');

const Addresses = z.array(Address).max(50);
export const Subject = z.string().min(1).max(500).refine(isOneLine, 'one line');
const Text = z
  .string()
  .max(1_000_000)
  .refine(text => !text.includes('\0'), 'no NUL characters');
const attachments = z
  .array(z.string().min(1).max(1024))
  .max(20)
  .optional()
  .describe('Files to attach, as paths relative to the vault.');
const cc = Addresses.optional().describe('Who gets a copy, as bare addresses.');
const bcc = Addresses.optional().describe('Who gets a copy unseen by the others, as bare addresses.');
const references = z.array(MessageId).max(50).optional().describe('The Message-IDs of the conversation so far.');
const in_reply_to = MessageId.describe('The Message-ID of the mail that this answers.');
const text = Text.describe('The whole text, plain.');

const shared = { cc, subject: Subject.describe('The subject: one line.'), text, attachments };
const thread = { in_reply_to: in_reply_to.optional(), references };

export const DraftArguments = z.strictObject({
  to: Addresses.describe('Whom it is to, as bare addresses. May be empty.'),
  ...shared,
  ...thread,
});
export type DraftArguments = z.infer<typeof DraftArguments>;

export const SendArguments = z.strictObject({
  to: Addresses.min(1).describe('Whom it is to, as bare addresses.'),
  ...shared,
  bcc,
  ...thread,
});
export type SendArguments = z.infer<typeof SendArguments>;

export const ReplyArguments = z
  .strictObject({
    to: Addresses.min(1).describe('Whom it is to, as bare addresses: who wrote the mail, unless all are answered.'),
    cc,
    reply_all: z
      .boolean()
      .optional()
      .describe('True where all who got the mail are answered. Otherwise the answer goes to one address.'),
    subject: Subject.describe('The subject of the mail that is answered, as it is; “Re:” is put before it.'),
    text,
    attachments,
    in_reply_to,
    references,
  })
  .refine(({ to, cc: copies, reply_all }) => reply_all === true || (to.length === 1 && (copies ?? []).length === 0), {
    path: ['reply_all'],
    message: 'an answer goes to one address, unless reply_all is true',
  });
export type ReplyArguments = z.infer<typeof ReplyArguments>;

export const ForwardArguments = z.strictObject({
  to: Addresses.min(1).describe('Whom it goes to, as bare addresses.'),
  cc,
  bcc,
  message_id: MessageId.describe('The Message-ID of the mail that is passed on.'),
  as: z
    .enum(['attached', 'inline'])
    .optional()
    .describe('Attached: the whole mail as it came (the default). Inline: its text quoted, its attachments attached.'),
  text: Text.describe('What is said before it, plain. May be empty.'),
  attachments: attachments.describe('Further files to attach, as paths relative to the vault.'),
});
export type ForwardArguments = z.infer<typeof ForwardArguments>;

const Folder = z.string().min(1).max(200).refine(isOneLine, 'one line');
const message_id = MessageId.describe('The Message-ID of the mail.');

export const ArchiveArguments = z.strictObject({ message_id });
export const MoveArguments = z.strictObject({
  message_id,
  folder: Folder.describe('The folder to move it to, as the mailbox names it.'),
  in: Folder.optional().describe('The folder it lies in; INBOX if not given.'),
});
export const FlagArguments = z.strictObject({
  message_id,
  flag: z.enum(['important', 'read', 'answered']).describe('Which mark: important (a star), read, or answered.'),
  on: z.boolean().optional().describe('False takes the mark away.'),
});
export const LabelArguments = z.strictObject({
  message_id,
  label: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}$/, 'a word of letters, digits, “_”, “.” and “-”')
    .describe('One word, kept with the mail as a keyword.'),
  on: z.boolean().optional().describe('False takes the label away.'),
});

export const UnsubscribeArguments = z.strictObject({
  message_id: MessageId.describe('The Message-ID of a mail of the list.'),
  url: z
    .string()
    .max(2000)
    .regex(/^https:\/\/[!-~]+$/, 'an https address in ASCII')
    .describe('The https address in the mail’s List-Unsubscribe header, exactly as it stands there.'),
});
export type UnsubscribeArguments = z.infer<typeof UnsubscribeArguments>;

const Day = z.iso.date();
export const SearchArguments = z.strictObject({
  words: z.string().min(1).max(200).refine(isOneLine, 'one line').optional().describe('Words that stand in it.'),
  from: z.string().min(1).max(200).refine(isOneLine, 'one line').optional().describe('Part of the sender.'),
  to: z.string().min(1).max(200).refine(isOneLine, 'one line').optional().describe('Part of a recipient.'),
  subject: z.string().min(1).max(200).refine(isOneLine, 'one line').optional().describe('Part of the subject.'),
  message_id: MessageId.optional().describe('The Message-ID of one mail.'),
  since: Day.optional().describe('From this day on, as 2026-11-03.'),
  before: Day.optional().describe('Before this day.'),
  unread: z.boolean().optional().describe('True: only what is not read yet.'),
  in: Folder.optional().describe('The folder that is searched; INBOX if not given.'),
  limit: z.int().min(1).max(50).optional().describe('How many of the newest are told; 20 if not given.'),
});
export type SearchArguments = z.infer<typeof SearchArguments>;
