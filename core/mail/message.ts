import { decodeText } from './charset.ts';
import { unflowed } from './flowed.ts';
import { firstOf, type Header, headOf, wordsOf } from './header.ts';
import { seenLine } from './line.ts';
import { type Defect, type Part, partsOf } from './part.ts';
import { isKnownTransfer, untravelled } from './transfer.ts';

/** A piece of what a mail says, as words, as a page, or as both. */
export type Piece = { readonly plain?: string; readonly page?: string };

/** What hangs on a mail. `bytes` decodes them when asked, so that what nobody keeps is never unpacked. */
export type Attached = {
  readonly name: string | undefined;
  readonly type: string;
  /** Shown within the text: a picture, a logo. */
  readonly isWithin: boolean;
  /** Bytes as they travelled. */
  readonly travelled: number;
  readonly bytes: () => Uint8Array;
};

export type Protection = 'PGP' | 'S/MIME';

/** A mail taken apart. Nothing in it is made harmless yet. */
export type Message = {
  readonly headers: readonly Header[];
  readonly pieces: readonly Piece[];
  readonly attached: readonly Attached[];
  /** Mails that hang on it, whole. They are among `attached` too. */
  readonly inner: readonly Uint8Array[];
  /** Objects of iCalendar (RFC 5545). */
  readonly calendars: readonly string[];
  /** What became of another mail (RFC 3464, RFC 8098), and the head of that mail. */
  readonly report: { readonly type: string; readonly text: string } | undefined;
  readonly returned: readonly Header[] | undefined;
  readonly signed: Protection | undefined;
  readonly encrypted: Protection | undefined;
  readonly defects: ReadonlySet<Defect>;
  /** Why its words may not be what was written, each once. */
  readonly doubts: ReadonlySet<Doubt>;
};
export type Doubt = `letters ${string}` | 'damaged' | 'guessed' | `transfer ${string}` | 'cut' | 'piece' | 'elsewhere';

/** Bytes of one piece of text that are read; the longest letters have a fifth of it. */
const MOST_TEXT = 4_000_000;
const MOST_CALENDARS = 20;

/** Takes a mail apart (RFC 5322, RFC 2045). Never throws, whatever the bytes are. */
export function readMessage(bytes: Uint8Array): Message {
  const { root, defects } = partsOf(withLineFeeds(bytes));
  const attached: Attached[] = [];
  const inner: Uint8Array[] = [];
  const calendars: string[] = [];
  const doubts = new Set<Doubt>();
  let report: Message['report'];
  let returned: Message['returned'];
  let signed: Protection | undefined;
  let encrypted: Protection | undefined;

  const textOf = (part: Part): string => {
    if (!isKnownTransfer(part.encoding)) doubts.add(`transfer ${seenLine(part.encoding).slice(0, 40)}`);
    if (part.body.length > MOST_TEXT * 1.5) doubts.add('cut');
    const whole = untravelled(part.body.subarray(0, MOST_TEXT * 1.5), part.encoding);
    const label = part.parameters.get('charset');
    const { text, doubt } = decodeText(whole.subarray(0, MOST_TEXT), label);
    if (doubt === 'unknown') doubts.add(`letters ${seenLine(label ?? '').slice(0, 40)}`);
    else if (doubt !== undefined) doubts.add(doubt);
    const isFlowed = part.type === 'text/plain' && /^flowed$/i.test(part.parameters.get('format') ?? '');
    return isFlowed ? unflowed(text, /^yes$/i.test(part.parameters.get('delsp') ?? '')) : text;
  };
  const attach = (part: Part, name = part.name, isWithin = false): void => {
    const bytesOf = (): Uint8Array => untravelled(part.body, part.encoding);
    attached.push({ name, type: part.type, isWithin, travelled: part.body.length, bytes: bytesOf });
  };

  const walk = (part: Part, parent: string): readonly Piece[] => {
    const { type } = part;
    if (part.parts.length > 0) return walkMultipart(part);
    const isAttachment = part.disposition === 'attachment';
    if (/^(?:text|application)\/(?:x-)?(?:calendar|ics)$/.test(type)) {
      if (calendars.length < MOST_CALENDARS) calendars.push(textOf(part));
      if (isAttachment || part.name !== undefined) attach(part);
      return [];
    }
    const opaque = protectionOf(part);
    if (opaque !== undefined) {
      if (opaque.isEncrypted) encrypted ??= opaque.by;
      else signed ??= opaque.by;
    }
    if (type === 'message/rfc822' || type === 'message/global') {
      const whole = untravelled(part.body, part.encoding);
      if (parent === 'multipart/report') {
        returned ??= headOf(whole).headers;
        return [];
      }
      inner.push(whole);
      const subject = seenLine(wordsOf(firstOf(headOf(whole).headers, 'subject') ?? ''));
      attach(part, part.name ?? `${subject === '' ? 'mail' : subject.slice(0, 100)}.eml`);
      return [];
    }
    if (parent === 'multipart/report') {
      if (/^(?:text\/rfc822-headers|message\/global-headers)$/.test(type)) {
        returned ??= headOf(untravelled(part.body, part.encoding)).headers;
        return [];
      }
      if (/^message\/(?:global-)?(?:delivery-status|disposition-notification)$|^message\/feedback-report$/.test(type)) {
        report ??= { type, text: textOf(part) };
        return [];
      }
    }
    if (type === 'message/partial') doubts.add('piece');
    if (type === 'message/external-body') doubts.add('elsewhere');
    // Text of a kind that is not known is text all the same (RFC 2046, section 4.1.4).
    const isText = type.startsWith('text/') && !NO_WORDS.test(type);
    const isShown = isText && !isAttachment && (part.name === undefined || type !== 'text/html') && !isNamedText(part);
    if (!isShown) {
      if (part.body.length > 0 || part.name !== undefined) attach(part, part.name, isWithin(part, parent));
      return [];
    }
    if (type === 'text/x-amp-html') return [];
    const text = textOf(part);
    if (type === 'text/html') return [{ page: text }];
    return [{ plain: type === 'text/enriched' || type === 'text/richtext' ? withoutMarks(text) : text }];
  };

  const walkMultipart = (part: Part): readonly Piece[] => {
    if (part.type === 'multipart/signed') signed ??= kindOf(part.parameters.get('protocol') ?? '');
    if (part.type === 'multipart/encrypted') encrypted ??= kindOf(part.parameters.get('protocol') ?? 'pgp');
    const found = part.parts.map(child => walk(child, part.type));
    if (part.type !== 'multipart/alternative') return found.flat();
    // The last is the richest (RFC 2046, section 5.1.4).
    const pages = found.findLast(pieces => pieces.some(({ page }) => page !== undefined));
    const words = found.find(pieces => pieces.length > 0 && pieces.every(({ page }) => page === undefined));
    if (pages === undefined) return words ?? [];
    const plain = words?.map(piece => piece.plain ?? '').join('\n');
    return plain === undefined ? pages : pages.map(piece => (piece.page === undefined ? piece : { ...piece, plain }));
  };

  const pieces = walk(root, '');
  const start = pieces.find(({ plain }) => plain !== undefined)?.plain ?? '';
  if (/^-----BEGIN PGP MESSAGE-----/m.test(start.slice(0, 5000))) encrypted ??= 'PGP';
  if (/^-----BEGIN PGP SIGNED MESSAGE-----/m.test(start.slice(0, 5000))) signed ??= 'PGP';
  const { headers } = root;
  return { headers, pieces, attached, inner, calendars, report, returned, signed, encrypted, defects, doubts };
}

/** Text that nobody reads as it stands. */
const NO_WORDS = /^text\/(?:css|csv|javascript|rtf|(?:x-)?vcard|directory|xml|rfc822-headers)$/;

/** A text with a name of its own is a file. */
const isNamedText = ({ type, name }: Part): boolean =>
  type !== 'text/html' && name !== undefined && /\.\w{1,5}$/.test(name);

const isWithin = ({ type, headers, disposition }: Part, parent: string): boolean =>
  type.startsWith('image/') &&
  disposition !== 'attachment' &&
  (parent === 'multipart/related' || firstOf(headers, 'content-id') !== undefined);

function protectionOf({ type, parameters, name }: Part): { by: Protection; isEncrypted: boolean } | undefined {
  if (/^application\/(?:x-)?pkcs7-mime$/.test(type) || (name === 'smime.p7m' && type === 'application/octet-stream')) {
    const kind = parameters.get('smime-type')?.toLowerCase() ?? 'enveloped-data';
    return { by: 'S/MIME', isEncrypted: !/^(?:signed-data|certs-only)$/.test(kind) };
  }
  return type === 'application/pgp-encrypted' ? { by: 'PGP', isEncrypted: true } : undefined;
}

const kindOf = (protocol: string): Protection => (/pgp/i.test(protocol) ? 'PGP' : 'S/MIME');

/** Words of RFC 1896, without its marks. */
const withoutMarks = (text: string): string =>
  text
    .replace(/<param>[^<]{0,1000}<\/param>/gi, '')
    .replace(/<(?!<)\/?[a-z0-9-]{1,60}>/gi, '')
    .replaceAll('<<', '<');

/** A mail whose lines end in a carriage return alone is read as well. */
function withLineFeeds(bytes: Uint8Array): Uint8Array {
  const start = bytes.subarray(0, 100_000);
  if (start.includes(0x0a) || !start.includes(0x0d)) return bytes;
  return bytes.map(byte => (byte === 0x0d ? 0x0a : byte));
}
