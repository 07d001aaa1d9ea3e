import { attachmentPath } from '../../../core/attachment-path.ts';
import { sha256 } from '../../../core/digest.ts';
import { codeSpan, noteLink, proseLine } from '../../../core/inert.ts';
import { seenLine, sizeInWords, turnsRound } from '../../../core/mail/line.ts';
import type { Attached, Message } from '../../../core/mail/message.ts';
import { unwrapped } from '../../../core/mail/tnef.ts';
import { clip } from '../../../core/names.ts';
import type { KeptAttachment } from '../../../core/networked-watcher.ts';

/** What hangs on a mail: what is kept, and what is only told. */
export type Files = {
  readonly kept: readonly KeptAttachment[];
  /** Small pictures within the text: logos, rules, smileys. */
  readonly small: number;
  /** What is too much to be kept. */
  readonly left: readonly string[];
  /** What a person should know before they open one, as lines of markdown. */
  readonly dangers: readonly string[];
  readonly cannotRead: readonly string[];
};

/** Files and bytes of one mail that are kept; pictures in a text that count as a file. */
const MOST = { files: 100, bytes: 150_000_000 };
const SMALL_PICTURE = 12_000;

/** What belongs to the mail’s own form and is no file of anybody’s. */
const OF_ITS_FORM = /^(?:application\/(?:pgp-signature|(?:x-)?pkcs7-signature|pgp-encrypted)|text\/x-amp-html)$/;
const ENDINGS: Readonly<Record<string, string>> = {
  'application/pdf': '.pdf',
  'application/zip': '.zip',
  'application/pkcs7-mime': '.p7m',
  'application/x-pkcs7-mime': '.p7m',
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/gif': '.gif',
  'message/rfc822': '.eml',
  'text/calendar': '.ics',
  'text/csv': '.csv',
  'text/html': '.html',
  'text/plain': '.txt',
  'text/vcard': '.vcf',
};

const PROGRAM =
  /\.(?:exe|com|scr|pif|bat|cmd|jse?|vb[es]?|wsf|hta|ps1|msix?|lnk|jar|iso|img|vhdx?|reg|cpl|dll|chm|appx|apk|dmg|pkg|sh|command|desktop|xll|url|scf)$/i;
const WITH_MACROS = /\.(?:doc|dot|xls|xlt|xla|ppt|pot|pps)m$/i;
const PAGE = /\.(?:html?|xhtml|svg|mht(?:ml)?|shtml)$/i;

export function filesOf({ attached, encrypted }: Message): Files {
  const kept: KeptAttachment[] = [];
  const left: string[] = [];
  const dangers: string[] = [];
  const cannotRead: string[] = [];
  const known = new Set<string>();
  let bytesKept = 0;
  let small = 0;
  const keep = (name: string, type: string, bytes: Uint8Array): void => {
    const digest = sha256(bytes);
    const place = attachmentPath(digest, name);
    if (known.has(place)) return;
    known.add(place);
    bytesKept += bytes.length;
    // A view would carry the whole mail along wherever it is handed on to.
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
    kept.push({ name, sha256: digest, bytes: own, type });
  };
  for (const one of attached) {
    if (OF_ITS_FORM.test(one.type)) continue;
    if (one.isWithin && one.travelled < SMALL_PICTURE) {
      small += 1;
      continue;
    }
    const name = nameOf(one);
    if (kept.length >= MOST.files || bytesKept + one.travelled > MOST.bytes) {
      left.push(`${codeSpan(name, 80)} (${sizeInWords(one.travelled)})`);
      continue;
    }
    dangers.push(...dangersOf(one.name ?? '', name));
    const bytes = one.bytes();
    const isWrapping = one.type === 'application/ms-tnef' || /^winmail\.dat$/i.test(name);
    const inside = isWrapping ? unwrapped(bytes) : undefined;
    if (inside === undefined) keep(name, one.type, bytes);
    for (const { name: given, bytes: held } of inside ?? []) {
      const inner = clip(seenLine(given), 200) || 'attachment';
      dangers.push(...dangersOf(given, inner));
      keep(inner, 'application/octet-stream', held);
    }
    if (isWrapping && (inside === undefined || inside.length === 0)) {
      keep(name, one.type, bytes);
      cannotRead.push(
        'A part of it is in a form of Outlook’s own (`winmail.dat`), and nothing in it can be opened here.',
      );
    }
  }
  // What is encrypted hangs on it as a file without a use for anybody but the program that opens it.
  return { kept, small, left, dangers: encrypted === undefined ? dangers.slice(0, 10) : [], cannotRead };
}

function nameOf({ name, type }: Attached): string {
  const given = seenLine(name ?? '').replace(/^.*[\\/]/, '');
  return given === '' ? `attachment${ENDINGS[type] ?? ''}` : clip(given, 200);
}

function dangersOf(raw: string, name: string): readonly string[] {
  const shown = codeSpan(name, 100);
  const turned = turnsRound(raw) ? [`The name of the file ${shown} was written so that it looks like another.`] : [];
  if (PROGRAM.test(name)) return [...turned, `${shown} is a program, or starts one: opening it runs it.`];
  if (WITH_MACROS.test(name)) return [...turned, `${shown} holds macros, which are programs.`];
  return PAGE.test(name) ? [...turned, `${shown} is a web page: opened, it can ask for passwords.`] : turned;
}

/** A kept file as a link to where it is kept, with its kind and size. */
export function fileLine({ sha256: digest, name, bytes, type }: KeptAttachment): string {
  const place = attachmentPath(digest, name);
  return `${noteLink(place.slice(place.lastIndexOf('/') + 1))} · ${kindInWords(type, name)}${sizeInWords(bytes.length)}`;
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/pdf$/i, 'PDF'],
  [/^image\//, 'picture'],
  [/^audio\//, 'sound'],
  [/^video\//, 'film'],
  [/^message\/(?:rfc822|global)$|\.eml$/i, 'mail'],
  [/calendar$|\.ics$/i, 'calendar'],
  [/vcard$|\.vcf$/i, 'contact'],
  [/word|opendocument\.text|\.(?:docx?|odt|rtf)$/i, 'document'],
  [/excel|spreadsheet|\.(?:xlsx?|ods|csv)$/i, 'table'],
  [/powerpoint|presentation|\.(?:pptx?|odp)$/i, 'slides'],
  [/^text\/plain$|\.txt$/i, 'text'],
  [/^text\/html$|\.html?$/i, 'web page'],
  [/zip|\.(?:rar|7z|tar|gz)$/i, 'archive'],
];

function kindInWords(type: string, name: string): string {
  if (PROGRAM.test(name)) return 'program, ';
  const found = KINDS.find(([pattern]) => pattern.test(type) || pattern.test(name));
  return found === undefined ? '' : `${proseLine(found[1])}, `;
}
