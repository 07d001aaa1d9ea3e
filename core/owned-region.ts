import { sha256 } from './digest.ts';
import { localTime } from './names.ts';

/**
 * The part of a note that Steward writes, between two comments that Obsidian does not show. A person’s own text around
 * it survives, and so does what a person changed inside it: that is kept below, under a heading of its own.
 */
const BEGIN = '%% steward: what stands between these two lines is written by Steward %%';
const BEGINNING = new RegExp(`^${BEGIN}$`, 'm');
const END = /^%% steward: end ([0-9a-f]{12}) %%$/m;

const closing = (content: string): string => `%% steward: end ${sha256(content).slice(0, 12)} %%`;

export const ownedRegion = (content: string): string => `${BEGIN}\n${content}\n${closing(content)}`;

/** The note with the owned part replaced. Where there is none any more, it is put at the end. */
export function replaceRegion(text: string, content: string, now: Date): string {
  // A line of its own: a title may hold the same words.
  const begin = text.search(BEGINNING);
  const end = begin === -1 ? null : END.exec(text.slice(begin));
  if (begin === -1 || end === null) return `${text.trimEnd()}\n\n${ownedRegion(content)}\n`;
  const inside = text.slice(begin + BEGIN.length + 1, begin + end.index - 1);
  const before = text.slice(0, begin);
  const after = text.slice(begin + end.index + end[0].length);
  const isOurs = sha256(inside).slice(0, 12) === end[1];
  const kept = isOurs ? '' : `\n\n## Your version, kept ${localTime(now).replace('T', ' ')}\n\n${inside}\n`;
  return `${before}${ownedRegion(content)}${kept}${after}`;
}
