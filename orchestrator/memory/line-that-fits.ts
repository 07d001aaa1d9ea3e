import { wordsOf } from './note-index.ts';

/** Characters of a line that is shown of a hit. */
const LINE = 240;

/** The line in which most of the words stand. */
export function lineThatFits(text: string, words: ReadonlySet<string>): string {
  let best = { line: '', count: -1 };
  for (const line of text.split('\n').slice(0, 5000)) {
    const count = wordsOf(line, 400).filter(word => words.has(word)).length;
    if (count > best.count) best = { line, count };
  }
  const { line } = best;
  const low = line.toLowerCase();
  const first = Math.max(
    0,
    Math.min(...[...words].map(word => low.indexOf(word)).filter(at => at >= 0), line.length) - 60,
  );
  const from = line.length <= LINE ? 0 : first;
  return line
    .slice(from, from + LINE)
    .toWellFormed()
    .trim();
}
