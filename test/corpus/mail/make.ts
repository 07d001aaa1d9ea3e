/** How the mails of the corpus are made: by hand, line by line, so that each is exactly as broken as it is meant to be. */
export type Mails = Readonly<Record<string, string | Uint8Array>>;

/** A mail with the usual head. Lines of `head` come before it, so that they count where they say the same. */
export const mail = (head: string, body: string): string =>
  `${head === '' ? '' : `${head}\n`}${usual(head)}\n\n${body}`;

function usual(head: string): string {
  const lines = [
    'From: Petra Sommer <petra@lindenhof.example>',
    'To: Anna Berg <anna@bergs.test>',
    'Subject: A mail',
    'Date: Fri, 20 Nov 2026 17:04:09 +0100',
    'Message-ID: <m1@lindenhof.example>',
    'MIME-Version: 1.0',
  ];
  const has = (line: string): boolean => new RegExp(`^${line.split(':')[0]}[ \\t]*:`, 'im').test(head);
  return lines.filter(line => !has(line)).join('\n');
}

/** The usual head with a subject. */
export const about = (subject: string, body: string, more = ''): string =>
  mail(`Subject: ${subject}${more === '' ? '' : `\n${more}`}`, body);

export const page = (html: string, more = ''): string =>
  mail(`Content-Type: text/html; charset=utf-8${more === '' ? '' : `\n${more}`}`, html);

export const part = (type: string, body: string, more = ''): string =>
  `Content-Type: ${type}${more === '' ? '' : `\n${more}`}\n\n${body}`;

/** A multipart with its head. */
export const multipart = (kind: string, parts: readonly string[], boundary = 'b'): string =>
  `Content-Type: multipart/${kind}; boundary="${boundary}"\n\n${inner(parts, boundary)}`;

const inner = (parts: readonly string[], boundary: string): string =>
  `${parts.map(one => `--${boundary}\n${one}\n`).join('')}--${boundary}--\n`;

/** A mail of several parts. */
export const mixed = (kind: string, parts: readonly string[], head = '', boundary = 'b'): string =>
  mail(
    `${head === '' ? '' : `${head}\n`}Content-Type: multipart/${kind}; boundary="${boundary}"`,
    inner(parts, boundary),
  );

export const base64 = (text: string | Uint8Array): string =>
  Buffer.from(text)
    .toString('base64')
    .replace(/.{76}(?=.)/g, '$&\n');

/** The bytes on the wire: lines end in CRLF. Bytes are taken as they are. */
export const onWire = (made: string | Uint8Array): Uint8Array =>
  typeof made === 'string' ? Buffer.from(made.replaceAll('\n', '\r\n')) : made;

/** Text with bytes in between that are no UTF-8: each character is one byte. */
export const raw = (text: string): Uint8Array => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
