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

const MessageId = z
  .string()
  .max(250)
  .regex(/^<[!-;=?A-~]+@[!-;=?A-~]+>$/, 'a message id like <abc@example.com>');

const shared = {
  cc: z.array(Address).max(50).optional().describe('Who gets a copy, as bare addresses.'),
  subject: z.string().min(1).max(500).refine(isOneLine, 'one line').describe('The subject: one line.'),
  text: z
    .string()
    .max(1_000_000)
    .refine(text => !text.includes('\0'), 'no NUL characters')
    .describe('The whole text, plain.'),
  attachments: z
    .array(z.string().min(1).max(1024))
    .max(20)
    .optional()
    .describe('Files to attach, as paths relative to the vault.'),
};

export const DraftArguments = z.strictObject({
  to: z.array(Address).max(50).describe('Whom it is to, as bare addresses. May be empty.'),
  ...shared,
});
export type DraftArguments = z.infer<typeof DraftArguments>;

export const SendArguments = z.strictObject({
  to: z.array(Address).min(1).max(50).describe('Whom it is to, as bare addresses.'),
  ...shared,
  bcc: z.array(Address).max(50).optional().describe('Who gets a copy unseen by the others, as bare addresses.'),
  in_reply_to: MessageId.optional().describe('The Message-ID of the mail that this answers.'),
  references: z.array(MessageId).max(50).optional().describe('The Message-IDs of the conversation so far.'),
});
export type SendArguments = z.infer<typeof SendArguments>;
