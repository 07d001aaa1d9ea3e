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
  const { detectMimeType } = await import('nodemailer/lib/mime-funcs');
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
    attachments: message.attached.map(({ file, bytes, name = path.posix.basename(file.path), type }) => ({
      ...{ filename: name, content: Buffer.from(bytes), contentDisposition: 'attachment' as const },
      ...part(type ?? detectMimeType(name), bytes),
    })),
  });
  return composer.compile().build();
}

/**
 * How the bytes of a part travel so that exactly they arrive. A message may not be encoded (RFC 2046, 5.2.1), so one that
 * would not come through plain as it is goes as mere bytes.
 */
function part(type: string, bytes: Uint8Array): { contentType: string; contentTransferEncoding: '7bit' | 'base64' } {
  const isMessage = /^(message|multipart)\//i.test(type);
  if (type.toLowerCase() === 'message/rfc822' && isPlain(bytes))
    return { contentType: type, contentTransferEncoding: '7bit' };
  return { contentType: isMessage ? 'application/octet-stream' : type, contentTransferEncoding: 'base64' };
}

/** Whether bytes go through any mail server as they are: ASCII, in short lines that each end in CR and LF. */
function isPlain(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('latin1');
  return /^(?:[\x01-\x09\x0b\x0c\x0e-\x7f]{0,998}\r\n)+$/.test(text);
}
