import { wordsOf } from './note-index.ts';

/** Characters of a line that is shown of a hit. */
const LINE = 240;
/** Characters that are shown before the first word that fits. */
const BEFORE = 60;

/** The line in which most of the words stand. */
export function lineThatFits(text: string, words: ReadonlySet<string>): string {
  let best = { line: '', count: -1 };
  for (const line of text.split('\n').slice(0, 5000)) {
    const count = wordsOf(line, 400).filter(word => words.has(word)).length;
    if (count > best.count) best = { line, count };
  }
  const { line } = best;
  if (line.length <= LINE) return line.trim();
  const low = line.toLowerCase();
  const places = [...words].map(word => low.indexOf(word)).filter(at => at >= 0);
  const near = Math.max(0, Math.min(...places, line.length - LINE) - BEFORE);
  const from = near === 0 ? 0 : line.indexOf(' ', near) + 1;
  return `${from === 0 ? '' : '… '}${line
    .slice(from, from + LINE)
    .toWellFormed()
    .trim()} …`;
}
