import PostalMime, { type Address, addressParser, type Email } from 'postal-mime';
import { localTime } from '../../core/names.ts';
import { decoded } from './decode.ts';
import { MOST_MESSAGES, messagesIn } from './mailbox.ts';
import { type Message, shownThread } from './thread.ts';
import { pageWords } from './words.ts';

/** How deep multiparts and mails within mails are followed; real ones have four levels and one. */
const DEEPEST = { parts: 50, mails: 10 };
/** Characters of a body that are looked at, and of a value in the head that are shown. */
const MOST = { body: 4_000_000, value: 1000, name: 200, addresses: 50, attachments: 100 };
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
export async function mailText(bytes: Uint8Array, longest: number): Promise<string> {
  const { messages, more } = messagesIn(unmarked(bytes));
  const found: Message[] = [];
  for (const message of messages) await read(message, undefined, 0, found);
  const [only] = found;
  if (found.length === 1 && only?.unread !== undefined) throw new Error(only.unread);
  return shownThread(found, more || found.length >= MOST_MESSAGES, longest);
}

/** Reads a message and those within it, behind those that were found before. */
async function read(bytes: Uint8Array, within: string | undefined, depth: number, found: Message[]): Promise<void> {
  if (found.length >= MOST_MESSAGES) return;
  const parsed = await parse(bytes);
  const carried = within === undefined ? {} : { within };
  if (typeof parsed === 'string') {
    found.push({ ...carried, head: [], body: '', at: undefined, unread: parsed });
    return;
  }
  const inner = parsed.attachments.filter(({ mimeType }) => mimeType === 'message/rfc822');
  const isFollowed = depth < DEEPEST.mails;
  const listed = isFollowed ? parsed.attachments.filter(one => !inner.includes(one)) : parsed.attachments;
  const at = Date.parse(parsed.date ?? '');
  const body = bodyOf(parsed);
  found.push({
    ...carried,
    head: [...headOf(parsed), ...attachmentsOf(listed), ...unreadableIn(body)],
    body,
    at: Number.isNaN(at) ? undefined : at,
  });
  const name = oneLine(parsed.subject ?? '') || 'a mail without a subject';
  if (isFollowed) for (const { content } of inner) await read(bytesOf(content), name, depth + 1, found);
}

async function parse(bytes: Uint8Array): Promise<Email | string> {
  try {
    const options = { forceRfc822Attachments: true, maxNestingDepth: DEEPEST.parts, maxRfc822NestingDepth: 0 };
    const email = await PostalMime.parse(bytes, options);
    return email.headers.some(({ key }) => HEADS.includes(key)) ? email : 'it is not what its name says';
  } catch (error) {
    const told = error instanceof Error ? error.message : '';
    if (/nesting depth/.test(told)) return 'its parts lie too deep within each other';
    return /header size/.test(told) ? 'its head is too long' : 'it is damaged';
  }
}

function headOf(email: Email): readonly string[] {
  const from = people(email, 'from');
  const reply = people(email, 'reply-to');
  const several = ['from', 'subject', 'date'].filter(
    name => email.headers.filter(({ key }) => key === name).length > 1,
  );
  return [
    `From: ${from || 'nobody is named'}`,
    ...(reply === '' || reply === from ? [] : [`Reply-To: ${reply}`]),
    ...['to', 'cc'].flatMap(name => {
      const named = people(email, name);
      return named === '' ? [] : [`${name === 'to' ? 'To' : 'Cc'}: ${named}`];
    }),
    `Date: ${dateOf(email.date)}`,
    `Subject: ${oneLine(email.subject ?? '')}`,
    ...several.map(name => `Beware: this mail has more than one line “${name}”; the first is shown.`),
  ];
}

function dateOf(date: string | undefined): string {
  if (date === undefined) return 'none is given';
  const at = new Date(date);
  return Number.isNaN(at.getTime())
    ? `${oneLine(date)} (this is no date)`
    : localTime(at).slice(0, 16).replace('T', ' ');
}

function people(email: Email, header: string): string {
  const lines = email.headers.filter(({ key, value }) => key === header && value !== '').map(({ value }) => value);
  // Of several lines “From” a mail program shows one, and a filter may have looked at another.
  const counted = header === 'from' ? lines.slice(0, 1) : lines;
  const all = counted.flatMap(line => addressParser(line, { flatten: true }));
  const shown = all.slice(0, MOST.addresses).map(person);
  return [...shown, ...(all.length > shown.length ? [`and ${all.length - shown.length} more`] : [])].join(', ');
}

/** A name that looks like an address is not put where an address is looked for. */
function person({ name, address }: Address): string {
  const called = oneLine(name)
    .replace(/[<>"“”]/g, '')
    .slice(0, MOST.name)
    .trim();
  const at = oneLine(address ?? '').replace(/[<>\s]/g, '');
  if (called === '' || called === at) return at;
  if (at === '') return `“${called}” (without an address)`;
  return called.includes('@') ? `${at} (calls itself “${called}”)` : `${called} <${at}>`;
}

function attachmentsOf(attachments: Email['attachments']): readonly string[] {
  if (attachments.length === 0) return [];
  const shown = attachments.slice(0, MOST.attachments).map(({ filename, mimeType, content }) => {
    const name = oneLine(filename ?? '').slice(0, MOST.name) || 'without a name';
    return `- ${name} (${oneLine(mimeType).slice(0, MOST.name)}, ${sizeOf(bytesOf(content).byteLength)})`;
  });
  const left = attachments.length - shown.length;
  return ['Attachments, not opened:', ...shown, ...(left > 0 ? [`- and ${left} more`] : [])];
}

/** The plain words; those of the page where there are none, or only a word that one should look at the page. */
function bodyOf({ text = '', html = '' }: Email): string {
  const plain = clean(text.slice(0, MOST.body)).trim();
  if (html === '' || plain.length > 300) return plain;
  const page = clean(pageWords(html.slice(0, MOST.body), MOST.body)).trim();
  return page.length > plain.length * 2 ? page : plain;
}

function unreadableIn(body: string): readonly string[] {
  const count = body.split('\ufffd').length - 1;
  if (count === 0) return [];
  return [`${count} characters of its text cannot be read: it is not written in the letters that it names.`];
}

const sizeOf = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} bytes`
    : bytes < 1_000_000
      ? `${Math.round(bytes / 1000)} KB`
      : `${(bytes / 1e6).toFixed(1)} MB`;

const bytesOf = (content: ArrayBuffer | Uint8Array | string): Uint8Array =>
  typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);

/** Without what is no character of a text: controls, and marks that turn the direction of writing round. */
const clean = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, sign => (sign === '\n' || sign === '\t' ? sign : ''))
    .toWellFormed();

/** An encoded word may hold line breaks, and with them a head of its own. */
const oneLine = (value: string): string =>
  clean(value.slice(0, MOST.value).replace(/[\p{Cc}\u2028\u2029]/gu, ' '))
    .replace(/\s+/g, ' ')
    .trim();

/** Without the mark at the beginning that says how the file is written. */
function unmarked(bytes: Uint8Array): Uint8Array {
  const [one, two, three] = bytes;
  const isWide = (one === 0xff && two === 0xfe) || (one === 0xfe && two === 0xff);
  if (isWide) return Buffer.from(decoded(bytes));
  return one === 0xef && two === 0xbb && three === 0xbf ? bytes.subarray(3) : bytes;
}
