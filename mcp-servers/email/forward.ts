import { sha256 } from '../../core/digest.ts';
import { ok, type Result } from '../../core/outcome.ts';
import type { ForwardArguments } from './arguments.ts';
import type { Attached } from './attachments.ts';
import { oneLine as cleaned, fetchMail } from './find.ts';
import { type Access, failed, inMailbox } from './mailbox.ts';
import { forwardSubject } from './threading.ts';

/** What is passed on of a mail: the subject, words behind the person’s, and files, all as they are in the mailbox. */
export type PassedOn = {
  readonly subject: string;
  readonly sender: string;
  readonly quoted: string;
  readonly attached: readonly Attached[];
};

/** Fetches the mail that is passed on. Its bytes are hashed here, before it is asked and again before it is sent. */
export async function passedOn({ message_id, as }: ForwardArguments, access: Access): Promise<Result<PassedOn>> {
  const fetched = await inMailbox(access, AbortSignal.timeout(60_000), mailbox =>
    fetchMail(mailbox, message_id, { source: true }),
  );
  if (!fetched.ok) return fetched;
  const { source, envelope } = fetched.value;
  if (source === undefined || source.length === 0) return failed('transient', 'The mail could not be fetched.');
  const from = envelope?.from?.[0]?.address ?? 'an unknown sender';
  const sender = oneLine(from);
  const subject = oneLine(envelope?.subject ?? '') || 'a mail without a subject';
  const whole = hashed(`mail ${message_id}`, source, `${fileName(subject)}.eml`, 'message/rfc822');
  const told = { subject: forwardSubject(subject).slice(0, 500).toWellFormed(), sender };
  if (as !== 'inline') return ok({ ...told, quoted: '', attached: [whole] });
  return inline(source, message_id, told);
}

async function inline(
  source: Buffer,
  messageId: string,
  told: Pick<PassedOn, 'subject' | 'sender'>,
): Promise<Result<PassedOn>> {
  const { default: PostalMime } = await import('postal-mime');
  try {
    const mail = await PostalMime.parse(source, { maxNestingDepth: 50, attachmentEncoding: 'arraybuffer' });
    if (mail.text === undefined || mail.text.trim() === '') {
      return failed('logic', 'That mail has no plain text to be quoted; it can be passed on as a whole, attached.');
    }
    const parts = mail.attachments.map(({ filename, mimeType, content }, index) => {
      const name = fileName(filename ?? '') || `part-${index + 1}`;
      const bytes = typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);
      return hashed(`mail ${messageId}/${index + 1} ${name}`, bytes, name, mimeType);
    });
    const people = (mail.to ?? []).flatMap(({ address }) => address ?? []).join(', ');
    const head = [
      '---------- Forwarded message ----------',
      `From: ${told.sender}`,
      `Date: ${oneLine(mail.date ?? '')}`,
      `Subject: ${oneLine(mail.subject ?? '')}`,
      `To: ${oneLine(people)}`,
    ];
    const text = mail.text.replaceAll('\0', '').replace(/\r\n?/g, '\n');
    return ok({ ...told, quoted: `\n\n${head.join('\n')}\n\n${text}`, attached: parts });
  } catch {
    return failed(
      'data',
      'That mail cannot be read well enough to be quoted; it can be passed on as a whole, attached.',
    );
  }
}

const hashed = (path: string, bytes: Uint8Array, name: string, type: string): Attached => ({
  file: { path, sha256: sha256(bytes), size: bytes.length },
  ...{ bytes, name, type },
});

const oneLine = (text: string): string => cleaned(text, 300);

/** A name that no file system takes for a path. */
const fileName = (name: string): string =>
  oneLine(name)
    .replace(/[\\/:*?"<>|]+/g, ' ')
    .replace(/^[. ]+/, '')
    .slice(0, 80)
    .trim();
