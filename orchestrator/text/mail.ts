import { peopleOf, personInWords } from '../../core/mail/address.ts';
import { writtenAt } from '../../core/mail/date.ts';
import { allOf, firstOf, type Header, wordsOf } from '../../core/mail/header.ts';
import { cleanLine, cleanText, sizeInWords } from '../../core/mail/line.ts';
import { type Attached, readMessage, type Message as Taken } from '../../core/mail/message.ts';
import type { Defect } from '../../core/mail/part.ts';
import { localTime } from '../../core/names.ts';
import { decoded } from './decode.ts';
import { MOST_MESSAGES, messagesIn } from './mailbox.ts';
import { type Message, shownThread } from './thread.ts';
import { pageWords } from './words.ts';

/** How deep mails within mails are followed; real ones have one level. */
const DEEPEST = 10;
/** Characters of a body that are looked at, of a calendar and of a name that are shown. */
const MOST = { body: 4_000_000, calendar: 5000, name: 200, addresses: 50, attachments: 100 };
/** Without one of these at its beginning a file is no mail, whatever its name says. */
const HEADS = [
  'from',
  'to',
  'subject',
  'date',
  'received',
  'message-id',
  'mime-version',
  'content-type',
  'return-path',
];

/**
 * A mail (RFC 5322), or the mails of a mailbox, as text: who, when, about what, what hangs on it, its words. Mails within
 * mails are shown beside it, oldest first. At most `longest` characters. Throws with words for a person.
 */
export function mailText(bytes: Uint8Array, longest: number): string {
  const { messages, more } = messagesIn(unmarked(bytes));
  const found: Message[] = [];
  for (const message of messages) read(message, undefined, 0, found);
  const [only] = found;
  if (found.length === 1 && only?.unread !== undefined) throw new Error(only.unread);
  return shownThread(found, more || found.length >= MOST_MESSAGES, longest);
}

/** Reads a message and those within it, behind those that were found before. */
function read(bytes: Uint8Array, within: string | undefined, depth: number, found: Message[]): void {
  if (found.length >= MOST_MESSAGES) return;
  const parsed = readMessage(bytes);
  const carried = within === undefined ? {} : { within };
  if (!parsed.headers.some(({ name }) => HEADS.includes(name))) {
    found.push({ ...carried, head: [], body: '', at: undefined, unread: 'it is not what its name says' });
    return;
  }
  const isFollowed = depth < DEEPEST;
  const listed = parsed.attached.filter(({ type }) => !isFollowed || !isMail(type));
  const body = bodyOf(parsed);
  found.push({
    ...carried,
    head: [...headOf(parsed.headers), ...attachmentsOf(listed), ...doubtsOf(parsed, body)],
    body,
    at: writtenAt(parsed.headers),
  });
  const name = cleanLine(wordsOf(firstOf(parsed.headers, 'subject') ?? '')) || 'a mail without a subject';
  if (isFollowed) for (const inner of parsed.inner) read(inner, name, depth + 1, found);
}

const isMail = (type: string): boolean => type === 'message/rfc822' || type === 'message/global';

function headOf(headers: readonly Header[]): readonly string[] {
  const from = people(headers, 'from');
  const reply = people(headers, 'reply-to');
  const several = ['from', 'subject', 'date'].filter(name => allOf(headers, name).length > 1);
  return [
    `From: ${from || 'nobody is named'}`,
    ...(reply === '' || reply === from ? [] : [`Reply-To: ${reply}`]),
    ...['to', 'cc'].flatMap(name => {
      const named = people(headers, name);
      return named === '' ? [] : [`${name === 'to' ? 'To' : 'Cc'}: ${named}`];
    }),
    `Date: ${dateOf(headers)}`,
    `Subject: ${cleanLine(wordsOf(firstOf(headers, 'subject') ?? ''))}`,
    ...several.map(name => `Beware: this mail has more than one line “${name}”; the first is shown.`),
  ];
}

function dateOf(headers: readonly Header[]): string {
  const said = firstOf(headers, 'date');
  if (said === undefined) return 'none is given';
  const at = writtenAt(headers);
  return at === undefined
    ? `${cleanLine(said)} (this is no date)`
    : localTime(new Date(at)).slice(0, 16).replace('T', ' ');
}

function people(headers: readonly Header[], name: string): string {
  const all = peopleOf(headers, name);
  const shown = all.slice(0, MOST.addresses).map(personInWords);
  return [...shown, ...(all.length > shown.length ? [`and ${all.length - shown.length} more`] : [])].join(', ');
}

function attachmentsOf(attached: readonly Attached[]): readonly string[] {
  if (attached.length === 0) return [];
  const shown = attached.slice(0, MOST.attachments).map(({ name, type, bytes }) => {
    const called = cleanLine(name ?? '').slice(0, MOST.name) || 'without a name';
    return `- ${called} (${cleanLine(type).slice(0, MOST.name)}, ${sizeInWords(bytes().byteLength)})`;
  });
  const left = attached.length - shown.length;
  return ['Attachments, not opened:', ...shown, ...(left > 0 ? [`- and ${left} more`] : [])];
}

/** The plain words; those of the page where there are none, or only a word that one should look at the page. */
function bodyOf({ pieces, calendars }: Taken): string {
  const words = pieces.map(({ plain = '', page = '' }) => {
    const text = cleanText(plain.slice(0, MOST.body)).trim();
    if (page === '' || text.length > 300) return text;
    const read = cleanText(pageWords(page.slice(0, MOST.body), MOST.body)).trim();
    return read.length > text.length * 2 ? read : text;
  });
  const events = calendars.map(calendar => cleanText(calendar.slice(0, MOST.calendar)).trim());
  return [...words, ...events].filter(text => text !== '').join('\n\n');
}

const DEFECTS: Readonly<Record<Defect, string>> = {
  deep: 'Its parts lie too deep within each other; the deepest are not opened.',
  many: 'It has more parts than are opened.',
  'no-boundary': 'It does not say, or says wrongly, where its parts begin and end; they were guessed.',
  open: 'It ends before it should; something may be missing.',
  'long-head': 'Its head is too long; only its beginning is read.',
};

function doubtsOf({ defects, doubts, encrypted }: Taken, body: string): readonly string[] {
  const count = body.split('\ufffd').length - 1;
  const isGuessed = [...doubts].some(doubt => doubt === 'guessed' || doubt.startsWith('letters '));
  return [
    ...(encrypted === undefined ? [] : [`It is encrypted (${encrypted}) and cannot be read.`]),
    ...[...defects].map(defect => DEFECTS[defect]),
    ...(isGuessed ? ['It is not written in the letters that it names; they were guessed.'] : []),
    ...(count === 0 ? [] : [`${count} characters of its text cannot be read.`]),
  ];
}

/** Without the mark at the beginning that says how the file is written. */
function unmarked(bytes: Uint8Array): Uint8Array {
  const [one, two, three] = bytes;
  const isWide = (one === 0xff && two === 0xfe) || (one === 0xfe && two === 0xff);
  if (isWide) return Buffer.from(decoded(bytes));
  return one === 0xef && two === 0xbb && three === 0xbf ? bytes.subarray(3) : bytes;
}
