import { ATTACHMENTS } from '../../../core/attachment-path.ts';
import { identify, keyOf } from '../../../core/contacts.ts';
import { codeSpan } from '../../../core/inert.ts';
import { type Person, peopleOf } from '../../../core/mail/address.ts';
import { writtenAt } from '../../../core/mail/date.ts';
import { firstOf, type Header } from '../../../core/mail/header.ts';
import { seenLine } from '../../../core/mail/line.ts';
import { localTime } from '../../../core/names.ts';
import type { NoteContext, RawItem } from '../../../core/networked-watcher.ts';
import { type Bulk, bulkInWords, unsubscribeInWords } from './bulk.ts';
import { type Files, fileLine } from './files.ts';
import { personLine, type Sender, standingInWords } from './sender.ts';

/** People of a line that are shown. */
const MOST_SHOWN = 4;
const MOST_FILES = 12;
const HOURS_36 = 36 * 3_600_000;

/** Whom a mail goes to, with how the person is meant by it. */
export type Recipients = {
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
  readonly isMine: (one: Person) => boolean;
};

export function recipientsOf(headers: readonly Header[], { account }: RawItem, { known }: NoteContext): Recipients {
  const own = account.toLowerCase();
  return {
    to: peopleOf(headers, 'to'),
    cc: peopleOf(headers, 'cc'),
    isMine: ({ address }) => address.toLowerCase() === own || known.own.has(keyOf(identify(address))),
  };
}

/** Who, to whom, when, what hangs on it: the lines at the top of a note. */
export function headLines(
  headers: readonly Header[],
  item: RawItem,
  {
    sender,
    recipients,
    bulk,
    files,
  }: {
    readonly sender: Sender;
    readonly recipients: Recipients;
    readonly bulk: Bulk | undefined;
    readonly files: Files;
  },
): readonly string[] {
  const { person, acquainted, replyTo } = sender;
  const from = person === undefined ? 'nobody is named' : personLine(person);
  const standing = acquainted === undefined ? '' : ` · ${standingInWords(acquainted)}`;
  const lines = [`- **From:** ${from}${standing}`];
  if (replyTo.length > 0) lines.push(`- **Answers go to:** ${people(replyTo, () => false)}`);
  const { to, cc, isMine } = recipients;
  lines.push(`- **To:** ${to.length === 0 ? 'nobody is named' : people(to, isMine)}`);
  if (cc.length > 0) lines.push(`- **Copy to:** ${people(cc, isMine)}`);
  lines.push(`- **When:** ${whenInWords(headers, item.received)}`);
  if (bulk !== undefined) {
    const list = bulk.list === undefined ? '' : `, ${codeSpan(bulk.list, 80)}`;
    const leave = bulk.unsubscribe === undefined ? '' : ` · ${unsubscribeInWords(bulk.unsubscribe)}`;
    lines.push(`- **Kind:** ${bulkInWords(bulk)}${list}${leave}`);
  }
  return [...lines, ...attachedLines(files)];
}

function people(all: readonly Person[], isMine: (one: Person) => boolean): string {
  // Thousands may be named: who the person is among them is looked for first, and only few are shown.
  const looked = all.slice(0, 5000);
  const mine = looked.find(isMine);
  const others = looked.filter(one => one !== mine);
  const shown = [
    ...(mine === undefined ? [] : [`you ${codeSpan(mine.address, 120)}`]),
    ...others.slice(0, MOST_SHOWN).map(personLine),
  ];
  const left = all.length - shown.length;
  return left > 0 ? `${shown.join(', ')} and ${left.toLocaleString('en')} more` : shown.join(', ');
}

function whenInWords(headers: readonly Header[], received: string): string {
  const arrived = new Date(received);
  const local = (at: Date): string => localTime(at).slice(0, 16).replace('T', ' ');
  const at = writtenAt(headers);
  if (at === undefined) {
    const said = seenLine(firstOf(headers, 'date') ?? '');
    return `${local(arrived)}, when it arrived; ${said === '' ? 'it does not say when it was written' : `it says ${codeSpan(said, 60)}, which is no date`}`;
  }
  const isNear = Math.abs(arrived.getTime() - at) < HOURS_36;
  return isNear
    ? local(new Date(at))
    : `${local(arrived)}, when it arrived; it says that it was written on ${local(new Date(at))}`;
}

function attachedLines({ kept, left, small }: Files): readonly string[] {
  const [only] = kept;
  const more = [
    ...(left.length === 0
      ? []
      : [
          `too much to be kept here: ${left.slice(0, 5).join(', ')}${left.length > 5 ? ` and ${left.length - 5} more` : ''}`,
        ]),
    ...(small > 0 && kept.length + left.length > 0
      ? [`${small} small ${small === 1 ? 'picture' : 'pictures'} within the text`]
      : []),
  ];
  if (kept.length === 1 && only !== undefined && more.length === 0) return [`- **Attached:** ${fileLine(only)}`];
  if (kept.length === 0 && left.length === 0) return [];
  const lines = [
    ...kept.slice(0, MOST_FILES).map(fileLine),
    ...(kept.length > MOST_FILES ? [`${kept.length - MOST_FILES} more, in ${codeSpan(ATTACHMENTS)}`] : []),
    ...more,
  ];
  return ['- **Attached:**', ...lines.map(line => `    - ${line}`)];
}
