import path from 'node:path';
import { sha256 } from '../../core/digest.ts';
import type { Envelope } from '../../core/envelope.ts';
import type { Attached } from './attachments.ts';

export type Message = {
  readonly from: { readonly name: string; readonly address: string } | undefined;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly attached: readonly Attached[];
  readonly date: Date;
  readonly tag: string;
  readonly messageId: string;
  readonly inReplyTo?: string | undefined;
  readonly references?: readonly string[] | undefined;
  /** Mail programs open it as a draft that can be sent. */
  readonly unsent: boolean;
};

/** What marks the mail of one approved action: the same in every attempt, and never the same for two actions. */
export const tagOf = (envelope: Envelope, key: string): string =>
  sha256(`steward mail\n${key}\n${envelope.nonce}`).slice(0, 32);

/** The bytes of a message by RFC 5322 and MIME. Equal for equal input; blind copies are not part of it. */
export async function compose(message: Message): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const bare = (addresses: readonly string[]) => addresses.map(address => ({ name: '', address }));
  const composer = new MailComposer({
    ...(message.from === undefined ? {} : { from: message.from }),
    to: bare(message.to),
    cc: bare(message.cc),
    subject: message.subject,
    text: message.text.replace(/\r\n?|\n/g, '\r\n'),
    textEncoding: 'quoted-printable',
    date: message.date,
    messageId: message.messageId,
    ...(message.inReplyTo === undefined ? {} : { inReplyTo: message.inReplyTo }),
    ...(message.references === undefined ? {} : { references: [...message.references] }),
    headers: message.unsent ? { 'X-Unsent': '1' } : {},
    baseBoundary: message.tag,
    disableFileAccess: true,
    disableUrlAccess: true,
    attachments: message.attached.map(({ file, bytes }) => ({
      filename: path.posix.basename(file.path),
      content: Buffer.from(bytes),
      contentDisposition: 'attachment',
    })),
  });
  return composer.compile().build();
}
