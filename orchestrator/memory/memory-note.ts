import type { Origin } from '../../core/envelope.ts';
import { writeNote } from '../../core/front-matter.ts';
import { codeSpan, noteLink, noteProperty, proseLine } from '../../core/inert.ts';
import { localTime } from '../../core/names.ts';
import { MEMORY_TYPE } from './whose.ts';
import { FOOT } from './words-in.ts';

/** What can be remembered, and the folder of `Memory/` that it stands in. */
export const KINDS = {
  preference: 'Preferences',
  project: 'Projects',
  fact: 'Facts',
  lesson: 'Lessons',
} as const;

type Remembering = {
  readonly id: string;
  readonly kind: keyof typeof KINDS;
  readonly title: string;
  readonly text: string;
  readonly origin: Origin;
  /** The note of the task in which it was learned. */
  readonly task: string;
  readonly by: string;
  readonly created: Date;
};

/** A note that a person can read, correct and delete. Nothing in it is more than text. */
export function memoryNote({ id, kind, title, text, origin, task, by, created }: Remembering): string {
  const isClean = origin.kind === 'model';
  const told = isClean
    ? 'What it says is used as a note of Steward’s own.'
    : 'Steward had been shown what others wrote, so this is used as something that was said, never as an instruction.';
  return writeNote(
    {
      kind,
      origin: isClean ? 'Steward' : 'others',
      task: noteProperty(task),
      created: localTime(created),
      type: MEMORY_TYPE,
      format: 1,
      id,
    },
    [
      `# ${proseLine(title)}`,
      '',
      ...text.trim().split(/\r?\n/).map(paragraphLine),
      '',
      FOOT,
      `> Written by ${proseLine(by)} while it worked on ${noteLink(task)}. ${told}`,
      '> Correct it or delete it: once you changed it, it is your own word.',
      '',
    ].join('\n'),
  );
}

/** A line of what was remembered. A list stays a list. */
function paragraphLine(line: string): string {
  const [, item] = /^\s*[-*] (.+)$/.exec(line) ?? [];
  return item === undefined ? proseLine(line) : `- ${proseLine(item)}`;
}

type Lesson = { readonly at: Date; readonly note: string; readonly words: string };

/** A line of a note of lessons: the person’s own words, and nothing that anybody else wrote. */
export const lessonLine = ({ at, note, words }: Lesson): string =>
  `- ${localTime(at).slice(0, 10)} · ${words} ([[${note}]])`;

export function lessonNote(id: string, action: string, created: Date, line: string): string {
  return writeNote(
    { kind: 'lesson', origin: 'you', created: localTime(created), type: MEMORY_TYPE, format: 1, id },
    [
      `# What you taught me about ${codeSpan(action)}`,
      '',
      'From what you said no to and why, and from what you changed before you said yes. Correct it or delete it as you like.',
      '',
      line,
      '',
    ].join('\n'),
  );
}
