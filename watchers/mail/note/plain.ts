import { cleanText } from '../../../core/mail/line.ts';
import type { Links } from './links.ts';
import { inertLines, type Line } from './runs.ts';

/** Characters of text that are kept, and signs of quoting that are counted. */
const MOST = { text: 150_000, quotes: 4 };

/** Plain words of a mail as lines in which nothing is live; `>` at the beginning says how deep a line is quoted. */
export function plainLines(text: string, links: Links): { readonly lines: readonly Line[]; readonly isCut: boolean } {
  const lines = cleanText(text.slice(0, MOST.text + 1000))
    .slice(0, MOST.text)
    .split('\n')
    .flatMap(line => {
      const marks = /^(?:> ?){1,50}/.exec(line)?.[0] ?? '';
      const depth = Math.min(MOST.quotes, marks.replaceAll(' ', '').length);
      const made = inertLines([{ text: line.slice(marks.length) }], links);
      return made.length === 0 ? [{ depth, plain: '', text: '' }] : made.map(one => ({ depth, ...one }));
    });
  return { lines, isCut: text.length > MOST.text };
}
