import { codeSpan } from '../../../core/inert.ts';
import { peopleOf } from '../../../core/mail/address.ts';
import { writtenAt } from '../../../core/mail/date.ts';
import { firstOf, wordsOf } from '../../../core/mail/header.ts';
import { seenLine } from '../../../core/mail/line.ts';
import { type Message, readMessage } from '../../../core/mail/message.ts';
import { localTime } from '../../../core/names.ts';
import { withoutHistory } from './history.ts';
import type { Links } from './links.ts';
import { callout, markdownOf } from './markdown.ts';
import { type Page, pageLines } from './page.ts';
import { plainLines } from './plain.ts';
import type { Line } from './runs.ts';
import { personLine } from './sender.ts';

/** The words of a mail as lines, and what is to be told about them. */
export type Says = {
  readonly fresh: readonly Line[];
  readonly earlier: readonly Line[];
  readonly hidden: number;
  readonly pictures: number;
  readonly isCut: boolean;
  /** Whether the version that is shown and the one in plain words say different things. */
  readonly differs: boolean;
};

/** Characters of markdown that a note holds of a mail’s own words, of history, and of each mail within it. */
const MOST = { fresh: 40_000, earlier: 20_000, inner: 8000, mails: 3 };

/** Pages as mail programs show them, else plain words. */
export function saysOf({ pieces }: Message, links: Links): Says {
  const lines: Line[] = [];
  let [hidden, pictures, isCut, differs] = [0, 0, false, false];
  for (const { plain, page } of pieces) {
    const shown: Page | undefined = page === undefined ? undefined : pageLines(page, links);
    const hasPage = shown?.lines.some(line => line.plain !== '') ?? false;
    if (lines.length > 0) lines.push({ depth: 0, plain: '', text: '' });
    if (shown !== undefined && (hasPage || plain === undefined)) {
      for (const line of shown.lines) lines.push(line);
      hidden += shown.hidden;
      isCut ||= shown.isCut;
      differs ||= plain !== undefined && isOther(shown.lines.map(line => line.plain).join(' '), plain);
    } else if (plain !== undefined) {
      const words = plainLines(plain, links);
      for (const line of words.lines) lines.push(line);
      isCut ||= words.isCut;
    }
    pictures += shown?.pictures ?? 0;
  }
  return { ...withoutHistory(lines), hidden, pictures, isCut, differs };
}

/** Whether two long texts have next to no words in common. */
function isOther(one: string, other: string): boolean {
  const words = (text: string): Set<string> =>
    new Set(
      text
        .slice(0, 50_000)
        .toLowerCase()
        .match(/\p{L}{4,40}/gu),
    );
  const [ours, theirs] = [words(one), words(other)];
  if (ours.size < 12 || theirs.size < 12) return false;
  const common = [...ours].filter(word => theirs.has(word)).length;
  return common / Math.min(ours.size, theirs.size) < 0.2;
}

/** The mail’s own words, then what it quotes, folded, and the mails that hang on it. */
export function textBlocks({ fresh, earlier }: Says, inner: readonly Uint8Array[], links: Links): readonly string[] {
  const own = markdownOf(fresh, MOST.fresh);
  // All of it is a quotation: the outermost marks say nothing.
  const history = markdownOf(
    earlier.map(line => ({ ...line, depth: Math.max(0, line.depth - 1) })),
    MOST.earlier,
  );
  const blocks = own.text === '' ? [] : [own.text];
  if (own.left > 0) blocks.push(`*${own.left.toLocaleString('en')} characters more are not shown here.*`);
  if (history.text !== '') {
    // A mail that says nothing itself passes something on.
    const isPassedOn = own.text === '';
    const more =
      history.left === 0 ? [] : ['', `*${history.left.toLocaleString('en')} characters more are not shown here.*`];
    blocks.push(callout('quote', isPassedOn ? 'What it passes on' : 'Earlier', [history.text, ...more], !isPassedOn));
  }
  const isAlone = blocks.length === 0;
  for (const bytes of inner.slice(0, MOST.mails)) blocks.push(innerBlock(bytes, links, !isAlone));
  return blocks;
}

function innerBlock(bytes: Uint8Array, links: Links, isFolded: boolean): string {
  const message = readMessage(bytes);
  const { fresh, earlier } = saysOf(message, links);
  const text = markdownOf([...fresh, { depth: 0, plain: '', text: '' }, ...earlier], MOST.inner);
  const subject = seenLine(wordsOf(firstOf(message.headers, 'subject') ?? ''));
  const from = peopleOf(message.headers, 'from').slice(0, 3).map(personLine).join(', ');
  const at = writtenAt(message.headers);
  const when = at === undefined ? '' : ` · ${localTime(new Date(at)).slice(0, 10)}`;
  const head = [
    `${subject === '' ? 'Without a subject' : codeSpan(subject, 120)} · from ${from === '' ? 'nobody who is named' : from}${when}`,
    '',
  ];
  const more = text.left === 0 ? [] : ['', `*${text.left.toLocaleString('en')} characters more are not shown here.*`];
  return callout(
    'quote',
    'A mail that hangs on it',
    [
      ...head,
      text.text === '' ? (message.inner.length > 0 ? 'It holds another mail.' : 'It has no text.') : text.text,
      ...more,
    ],
    isFolded,
  );
}
