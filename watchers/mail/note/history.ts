import { beginsHistory } from '../../../core/mail/quoted.ts';
import type { Line } from './runs.ts';

/** What a mail says itself, and what it quotes of earlier ones at its end. */
export type Split = { readonly fresh: readonly Line[]; readonly earlier: readonly Line[] };

/** Lines before a quotation that may tell whose it is. */
const LONGEST_INTRODUCTION = 3;

/** Divides a mail from the history below it; what it answers in between stays where it is. */
export function withoutHistory(lines: readonly Line[]): Split {
  const plain = lines.map(({ plain: text }) => text);
  let at = plain.findIndex((_, index) => beginsHistory(plain, index));
  if (at === -1) at = startOfQuoted(lines);
  const fresh = trimmed(lines.slice(0, at));
  const earlier = trimmed(lines.slice(at));
  // A forwarded mail says nothing but its history.
  return { fresh, earlier };
}

/** Where the quotation begins that reaches to the end, with the line that says whose it is. */
function startOfQuoted(lines: readonly Line[]): number {
  let at = lines.length;
  while (at > 0 && isQuotedOrEmpty(lines[at - 1])) at -= 1;
  if (!lines.slice(at).some(({ depth }) => depth > 0)) return lines.length;
  let before = at - 1;
  while (before >= 0 && lines[before]?.plain === '') before -= 1;
  for (let first = before; first >= 0 && before - first < LONGEST_INTRODUCTION; first -= 1) {
    const words = lines
      .slice(first, before + 1)
      .map(({ plain }) => plain)
      .join(' ');
    if (lines[first]?.plain === '') break;
    if (introduces(words)) return first;
  }
  return at;
}

const isQuotedOrEmpty = (line: Line | undefined): boolean =>
  line !== undefined && (line.depth > 0 || line.plain === '');

/** `On Friday, 20 November 2026, Anna wrote:` in any language: it names a day or an address, and ends in a colon. */
const introduces = (words: string): boolean =>
  words.length < 400 && /[:：]$/.test(words) && /@|\d{4}|\d{1,2}[:.]\d{2}/.test(words) && /\d/.test(words);

function trimmed(lines: readonly Line[]): readonly Line[] {
  let [start, end] = [0, lines.length];
  while (start < end && lines[start]?.plain === '') start += 1;
  while (end > start && lines[end - 1]?.plain === '') end -= 1;
  return lines.slice(start, end);
}
