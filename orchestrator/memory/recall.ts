import type { Remembered } from '../../core/brain.ts';

/** Notes that are recalled for a task at most, characters of one, and of all together. */
const BOUNDS = { notes: 5, each: 1500, all: 5000 };
/** Words of a text that are looked at, in either direction. */
const WINDOW = 2000;
/** A word that is as short as this says little alone. */
const SHORT = 4;

export type Candidate = Remembered & {
  /** Its place among those that the index found: 0 fits best. */
  readonly rank: number;
  /** Whether an address that the task names stands in it. */
  readonly isMeant: boolean;
};

/**
 * The few notes of `Memory/` that may matter for a task, best first: those that name somebody the task names, then those
 * that share words with it. One short word in common is chance, and no reason.
 */
export function choose(
  candidates: readonly Candidate[],
  words: readonly string[],
  wordsOf: (text: string, most: number) => readonly string[],
): readonly Remembered[] {
  const asked = new Set(words);
  const scored = candidates.flatMap(candidate => {
    const shared = (text: string): string[] => wordsOf(text, WINDOW).filter(word => asked.has(word));
    const inTitle = shared(candidate.title);
    const inText = shared(candidate.text);
    const telling = new Set([...inTitle, ...inText].filter(word => word.length >= SHORT));
    const isRelated = candidate.isMeant || telling.size >= 2 || inTitle.some(word => word.length > SHORT);
    const score = (candidate.isMeant ? 100 : 0) + inTitle.length * 4 + telling.size * 2 - candidate.rank / 10;
    return isRelated ? [{ candidate, score }] : [];
  });
  scored.sort((a, b) => b.score - a.score || (a.candidate.path < b.candidate.path ? -1 : 1));
  const chosen: Remembered[] = [];
  let room = BOUNDS.all;
  for (const { candidate } of scored.slice(0, BOUNDS.notes)) {
    const { path, title, origin } = candidate;
    const text = shortened(candidate.text.trim(), Math.min(BOUNDS.each, room));
    if (text === '') break;
    room -= text.length;
    chosen.push({ path, title, origin, text });
  }
  return chosen;
}

const shortened = (text: string, most: number): string =>
  text.length <= most ? text : most < 200 ? '' : `${text.slice(0, most - 2).toWellFormed()} …`;
