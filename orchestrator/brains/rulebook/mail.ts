import { z } from 'zod';
import type { TaskFile, TaskView } from '../../../core/brain.ts';
import { codeSpan, proseLine } from '../../../core/inert.ts';
import { clip, localTime, splitExtension } from '../../../core/names.ts';
import { fail, ok, type Result } from '../../../core/outcome.ts';
import { dateIn } from './dates.ts';
import type { Reader, Values } from './reading.ts';

const text = z.string().catch('');

/** What the watcher of mail reads off a message, as far as rules look at it. */
const Facts = z.object({
  message_id: text,
  references: z.array(z.string()).catch([]),
  subject: text,
  date: text,
  from: text,
  from_name: text,
  reply_to: z.array(z.string()).catch([]),
  standing: text,
  to_me: z.boolean().catch(false),
  bulk: text,
  list: text,
  bounce: z.looseObject({}).optional().catch(undefined),
  invitation: z.object({ method: text, summary: text, start: text, location: text }).optional().catch(undefined),
  suspicious: z.boolean().catch(false),
});
type Facts = z.infer<typeof Facts>;

/** Kinds of mail that a rule may name under `mail`. */
export const MAIL_KINDS = ['personal', 'newsletter', 'list', 'automatic', 'bounce', 'invitation', 'question'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

const MOST = { questions: 5, question: 400, name: 60 };

const factsOf = ({ facts }: TaskView): Facts | undefined => {
  const read = Facts.safeParse(facts ?? {});
  return read.success && read.data.message_id !== '' ? read.data : undefined;
};

/** What kinds of mail a task is; none where it is no mail. */
export function mailKinds(task: TaskView): ReadonlySet<MailKind> {
  const facts = factsOf(task);
  const kinds = new Set<MailKind>();
  if (facts === undefined) return kinds;
  const bulk = MAIL_KINDS.find(kind => kind === facts.bulk);
  if (bulk !== undefined) kinds.add(bulk);
  if (facts.bounce !== undefined) kinds.add('bounce');
  if (facts.invitation !== undefined) kinds.add('invitation');
  const isPersonal = bulk === undefined && facts.bounce === undefined && facts.to_me && !facts.suspicious;
  if (isPersonal) kinds.add('personal');
  if (isPersonal && questionsIn(ownWords(task.text)).length > 0) kinds.add('question');
  return kinds;
}

/** How well the sender was known when the mail came: `self`, `known`, `new` … */
export const mailStanding = (task: TaskView): string => factsOf(task)?.standing ?? '';

/** What the sender wrote: the note without its head, and without what was said earlier and about the mail. */
function ownWords(note: string): string {
  const lines = note.split('\n');
  const head = lines.findIndex(line => /^- \*\*/.test(line));
  const from = head === -1 ? 0 : lines.findIndex((line, at) => at > head && line.trim() === '');
  const body = lines.slice(from === -1 ? lines.length : from);
  const end = body.findIndex(line => /^> \[!(?:quote|info)\]/.test(line));
  return (end === -1 ? body : body.slice(0, end)).join('\n').replace(/\\([!-/:-@[-`{-~])/g, '$1');
}

/** Sentences that ask something, each on a line. */
function questionsIn(words: string): readonly string[] {
  const plain = words.replace(/`[^`\n]*`/g, ' ').replace(/[*_]{1,2}(\S[^*_\n]*)[*_]{1,2}/g, '$1');
  const sentences = plain.split(/(?<=[.!?…])\s+|\n+/).map(one => one.replace(/\s+/g, ' ').trim());
  return sentences.filter(one => /\p{L}.*\?$/u.test(one) && one.length <= MOST.question).slice(0, MOST.questions);
}

/** The name by which somebody is greeted. */
function firstName({ from_name, from }: Facts): string {
  const name = from_name.replace(/\(.*?\)/g, ' ').trim();
  const [last = '', first] = name.split(',').map(part => part.trim());
  const called = (first ?? last).split(/\s+/)[0] ?? '';
  const own = called === '' || called.includes('@') ? (from.split(/[@.+_-]/)[0] ?? '') : called;
  return (own.charAt(0).toUpperCase() + own.slice(1)).slice(0, MOST.name);
}

const dayOf = (date: string): string => (Number.isNaN(Date.parse(date)) ? '' : localTime(new Date(date)).slice(0, 10));

/** One attachment, with where it would be filed and its line in a list. */
function attachmentOf(file: TaskFile, facts: Facts): Values {
  const [stem, extension] = splitExtension(file.name);
  const date = dateIn(stem) ?? dateIn(file.text) ?? dayOf(facts.date);
  const bare = stem.replace(new RegExp(`^${date}[ _-]*`), '');
  const dated = clip(`${date} ${bare === '' ? stem : bare}${extension}`);
  const row = [
    date,
    codeSpan(facts.from),
    proseLine(facts.subject),
    `[[${dated}]]`,
    `^mail-${file.sha256.slice(0, 12)}`,
  ];
  return new Map([
    ...[['path', file.path] as const, ['name', file.name] as const, ['date', date] as const],
    ...[['year', date.slice(0, 4)] as const, ['dated_name', dated] as const],
    ['row', `| ${row.join(' | ')} |`],
  ]);
}

/**
 * Reads a task as a mail: `{mail_id}` `{mail_thread}` (a list) `{mail_from}` `{mail_from_name}` `{mail_first_name}`
 * `{mail_reply_to}` `{mail_subject}` `{mail_re}` `{mail_day}` `{mail_year}` `{mail_questions}` `{mail_list}`
 * `{mail_when}` `{mail_what}` `{mail_meeting}` (both). Lists: `attachments`, with `{path}` `{name}` `{date}` `{year}` `{dated_name}` `{row}`;
 * `documents`, those of them that are a PDF, an office file or a picture.
 */
export const mail: Reader = (task): Result<{ values: Values; lists: Record<string, readonly Values[]> }> => {
  const facts = factsOf(task);
  if (facts === undefined) return fail('invalid', 'it is no mail');
  const { invitation } = facts;
  const day = dayOf(facts.date) || localTime(new Date(task.received)).slice(0, 10);
  const files = task.attachments ?? [];
  const attachments = files.map(file => attachmentOf(file, facts));
  const when = [invitation?.start, invitation?.location].filter(one => one).join(', ');
  const what = invitation?.summary || facts.subject;
  const isDocument = (one: Values): boolean => DOCUMENT.test(one.get('name') ?? '');
  return ok({
    values: new Map([
      ['mail_id', facts.message_id],
      ['mail_thread', [...facts.references, facts.message_id].slice(-50).join('\n')],
      ['mail_from', facts.from],
      ['mail_from_name', facts.from_name],
      ['mail_first_name', firstName(facts)],
      ['mail_reply_to', facts.reply_to[0] ?? facts.from],
      ['mail_subject', facts.subject],
      ['mail_re', /^re\s*:/i.test(facts.subject) ? facts.subject : `Re: ${facts.subject}`.trim()],
      ['mail_day', day],
      ['mail_year', day.slice(0, 4)],
      [
        'mail_questions',
        questionsIn(ownWords(task.text))
          .map(one => `> ${one}`)
          .join('\n'),
      ],
      ['mail_list', facts.list || facts.from],
      ['mail_when', when],
      ['mail_what', what],
      ['mail_meeting', `“${what}”${when === '' ? '' : ` (${when})`}`],
    ]),
    lists: { attachments, documents: attachments.filter(isDocument) },
  });
};

const DOCUMENT = /\.(pdf|docx?|xlsx?|odt|ods|rtf|png|jpe?g|webp|heic|tiff?|xml)$/i;
