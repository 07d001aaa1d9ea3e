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
  const taking = new Taking();
  const pieces = taking.take(root, '');
  const start = (pieces.find(({ plain }) => plain !== undefined)?.plain ?? '').slice(0, 5000);
  const { attached, inner, calendars, report, returned, doubts } = taking;
  const encrypted = taking.encrypted ?? (/^-----BEGIN PGP MESSAGE-----/m.test(start) ? 'PGP' : undefined);
  const signed = taking.signed ?? (/^-----BEGIN PGP SIGNED MESSAGE-----/m.test(start) ? 'PGP' : undefined);
  const { headers } = root;
  return { headers, pieces, attached, inner, calendars, report, returned, signed, encrypted, defects, doubts };
}

/** What is found on the way through the parts of a mail. */
class Taking {
  readonly attached: Attached[] = [];
  readonly inner: Uint8Array[] = [];
  readonly calendars: string[] = [];
  readonly doubts = new Set<Doubt>();
  report: Message['report'];
  returned: Message['returned'];
  signed: Protection | undefined;
  encrypted: Protection | undefined;

  /** What a part says; what hangs on it is put with the rest. `parent`: the type of the part that it stands in. */
  take(part: Part, parent: string): readonly Piece[] {
    if (part.parts.length > 0) return this.#takeParts(part);
    if (/^(?:text|application)\/(?:x-)?(?:calendar|ics)$/.test(part.type)) this.#takeCalendar(part);
    else if (part.type === 'message/rfc822' || part.type === 'message/global') this.#takeMail(part, parent);
    else if (parent === 'multipart/report' && REPORTED.test(part.type)) this.#takeReport(part);
    else if (isShown(part, parent)) return this.#takeText(part);
    else this.#takeFile(part, parent);
    return [];
  }

  #takeParts(part: Part): readonly Piece[] {
    const protocol = part.parameters.get('protocol');
    if (part.type === 'multipart/signed') this.signed ??= kindOf(protocol ?? '');
    if (part.type === 'multipart/encrypted') this.encrypted ??= kindOf(protocol ?? 'pgp');
    const found = part.parts.map(child => this.take(child, part.type));
    if (part.type !== 'multipart/alternative') return found.flat();
    // The last is the richest (RFC 2046, section 5.1.4).
    const pages = found.findLast(pieces => pieces.some(({ page }) => page !== undefined));
    const words = found.find(pieces => pieces.length > 0 && pieces.every(({ page }) => page === undefined));
    if (pages === undefined) return words ?? [];
    const plain = words?.map(piece => piece.plain ?? '').join('\n');
    return plain === undefined ? pages : pages.map(piece => (piece.page === undefined ? piece : { ...piece, plain }));
  }

  #takeText(part: Part): readonly Piece[] {
    if (part.type === 'text/x-amp-html') return [];
    const text = this.#textOf(part);
    if (part.type === 'text/html') return [{ page: text }];
    return [{ plain: /^text\/(?:enriched|richtext)$/.test(part.type) ? withoutMarks(text) : text }];
  }

  #takeCalendar(part: Part): void {
    if (this.calendars.length < MOST_CALENDARS) this.calendars.push(this.#textOf(part));
    if (part.disposition === 'attachment' || part.name !== undefined) this.#attach(part);
  }

  #takeMail(part: Part, parent: string): void {
    const whole = untravelled(part.body, part.encoding);
    const { headers } = headOf(whole);
    if (parent === 'multipart/report') {
      this.returned ??= headers;
      return;
    }
    this.inner.push(whole);
    const subject = seenLine(wordsOf(firstOf(headers, 'subject') ?? ''));
    this.#attach(part, part.name ?? `${subject === '' ? 'mail' : subject.slice(0, 100)}.eml`);
  }

  #takeReport(part: Part): void {
    const isHead = /headers$/.test(part.type);
    if (isHead) this.returned ??= headOf(untravelled(part.body, part.encoding)).headers;
    else this.report ??= { type: part.type, text: this.#textOf(part) };
  }

  #takeFile(part: Part, parent: string): void {
    const opaque = protectionOf(part);
    if (opaque?.isEncrypted === true) this.encrypted ??= opaque.by;
    if (opaque?.isEncrypted === false) this.signed ??= opaque.by;
    if (part.type === 'message/partial') this.doubts.add('piece');
    if (part.type === 'message/external-body') this.doubts.add('elsewhere');
    if (part.body.length > 0 || part.name !== undefined) this.#attach(part, part.name, isWithin(part, parent));
  }

  #attach(part: Part, name = part.name, isInText = false): void {
    const bytes = (): Uint8Array => untravelled(part.body, part.encoding);
    this.attached.push({ name, type: part.type, isWithin: isInText, travelled: part.body.length, bytes });
  }

  #textOf(part: Part): string {
    if (!isKnownTransfer(part.encoding)) this.doubts.add(`transfer ${seenLine(part.encoding).slice(0, 40)}`);
    if (part.body.length > MOST_TEXT * 1.5) this.doubts.add('cut');
    const whole = untravelled(part.body.subarray(0, MOST_TEXT * 1.5), part.encoding);
    const label = part.parameters.get('charset');
    const { text, doubt } = decodeText(whole.subarray(0, MOST_TEXT), label);
    if (doubt === 'unknown') this.doubts.add(`letters ${seenLine(label ?? '').slice(0, 40)}`);
    else if (doubt !== undefined) this.doubts.add(doubt);
    const isFlowed = part.type === 'text/plain' && /^flowed$/i.test(part.parameters.get('format') ?? '');
    return isFlowed ? unflowed(text, /^yes$/i.test(part.parameters.get('delsp') ?? '')) : text;
  }
}

/** What a report consists of, beside its words (RFC 6522). */
const REPORTED =
  /^(?:text\/rfc822-headers|message\/(?:global-headers|(?:global-)?(?:delivery-status|disposition-notification)|feedback-report))$/;

/** Text of a kind that is not known is text all the same (RFC 2046, section 4.1.4); one with a name of its own is a file. */
function isShown({ type, name, disposition }: Part, parent: string): boolean {
  if (!type.startsWith('text/') || NO_WORDS.test(type) || disposition === 'attachment') return false;
  // A mail that is nothing but one text says it, whatever it is called.
  if (parent === '') return true;
  return type === 'text/html' ? name === undefined : name === undefined || !/\.\w{1,5}$/.test(name);
}

/** Text that nobody reads as it stands. */
const NO_WORDS = /^text\/(?:css|csv|javascript|rtf|(?:x-)?vcard|directory|xml|rfc822-headers)$/;

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
