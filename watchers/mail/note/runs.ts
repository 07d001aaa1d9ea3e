import { codeSpan, proseLine } from '../../../core/inert.ts';
import { seenText } from '../../../core/mail/line.ts';
import type { Links } from './links.ts';

/** Text of one look: a word, a sentence, the words of a link. */
export type Run = { readonly text: string; readonly strong?: boolean; readonly to?: string };

/** One line of what a mail says: as it is, and harmless as markdown. */
export type Line = {
  /** How deep it is quoted. */
  readonly depth: number;
  readonly plain: string;
  readonly text: string;
  /** What stands before it in a list, and how deep that list lies. */
  readonly item?: { readonly mark: string; readonly level: number };
};

type Word = {
  text: string;
  strong: boolean;
  to: string | undefined;
  /** Stands right behind the word before it: what ends a sentence behind a link. */
  readonly isClose: boolean;
};

/** Addresses longer than this stand in the list of links, and shortened where they are. */
const LONGEST_ADDRESS = 90;
/** Characters of a word that are shown; nobody reads longer ones. */
const LONGEST_WORD = 4000;
/** Characters after which a line is broken; a note is cut between lines. */
const LONGEST_LINE = 3000;

type Inert = { readonly plain: string; readonly text: string };

/**
 * Runs as lines in which nothing is live: one, unless it is very long. A word that two runs share is one word, so that
 * no address comes about.
 */
export function inertLines(runs: readonly Run[], links: Links): readonly Inert[] {
  const lines: Inert[] = [];
  let words: Word[] = [];
  let length = 0;
  for (const word of wordsIn(runs)) {
    if (length > LONGEST_LINE && !word.isClose) {
      lines.push(inertLine(words, links));
      [words, length] = [[], 0];
    }
    words.push(word);
    length += word.text.length + 1;
  }
  return words.length === 0 ? lines : [...lines, inertLine(words, links)];
}

function inertLine(words: readonly Word[], links: Links): Inert {
  let line = '';
  for (let at = 0; at < words.length; ) {
    const first = words[at];
    if (first === undefined) break;
    let end = at + 1;
    while (end < words.length && isLike(words[end], first)) end += 1;
    const group = words.slice(at, end).map(({ text }) => text);
    const text = first.to === undefined ? shortened(group, links) : links.shown(group.join(' '), first.to);
    // A line whose first sign is a dash or a number is a list only where the mail says so.
    const whole = at === 0 ? text : text.replace(/^\\([-+])(?=\s|$)/, '$1');
    if (whole !== '') line += `${line === '' || first.isClose ? '' : ' '}${first.strong ? `**${whole}**` : whole}`;
    at = end;
  }
  return { plain: words.map(({ text }) => text).join(' '), text: line };
}

const isLike = (word: Word | undefined, first: Word): boolean =>
  word !== undefined && !word.isClose && word.strong === first.strong && word.to === first.to;

function wordsIn(runs: readonly Run[]): readonly Word[] {
  const words: Word[] = [];
  let isOpen = false;
  for (const { text, strong = false, to } of runs) {
    const clean = seenText(text);
    const pieces = clean.split(/\s+/);
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) isOpen = false;
      if (piece === '') continue;
      const last: Word | undefined = isOpen ? words.at(-1) : undefined;
      const isClose: boolean = last?.to !== undefined && to === undefined && /^[.,;:!?)\]»”"']+$/.test(piece);
      if (last === undefined || isClose) {
        const long = piece.length > LONGEST_WORD;
        words.push({ text: long ? `${piece.slice(0, LONGEST_WORD)}…` : piece, strong, to, isClose });
        // Nothing is put behind it, or an address could come about that no single word is.
        isOpen = !isClose;
        continue;
      }
      if (last.text.length < LONGEST_WORD) last.text += piece;
      last.to ??= to;
      isOpen = true;
    }
  }
  return words;
}

/** Prose, in which a long address gives way to its beginning and a number in the list of links. */
function shortened(words: readonly string[], links: Links): string {
  const parts: string[] = [];
  let plain: string[] = [];
  const flush = (): void => {
    if (plain.length > 0) parts.push(proseLine(plain.join(' ')));
    plain = [];
  };
  for (const word of words) {
    if (word.length <= LONGEST_ADDRESS || !/^[<("'[]*https?:\/\//i.test(word)) plain.push(word);
    else {
      flush();
      const address = word.replace(/^[<("'[]+|[>)"'\],.;]+$/g, '');
      parts.push(`${codeSpan(hostAndStart(address))} (link ${links.number(address)})`);
    }
  }
  flush();
  return parts.join(' ');
}

/** The part of an address that a person judges it by. */
function hostAndStart(address: string): string {
  const bare = address.replace(/^https?:\/\//i, '');
  return bare.length <= 60 ? bare : `${bare.slice(0, 50)}…`;
}
