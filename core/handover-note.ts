import { readProperties, writeNote } from './front-matter.ts';
import { codeSpan, fence, noteProperty } from './inert.ts';
import { fail, ok, type Result } from './outcome.ts';
import { FOLDERS } from './states.ts';

/** What a node signs of a task that another one is to end: the SHA-256 of what that one is told. */
export const ABOUT_HANDOVER = 'handover';

export type HandoverNote = {
  /** The name of the task’s note, without folder and `.md`. */
  readonly task_note: string;
  readonly title: string;
  readonly from: string;
  readonly to: string;
  /** SSHSIG by the node’s key, one line of base64. */
  readonly signature: string;
  /** JSON on one line. */
  readonly text: string;
};

/** Where a node writes what it hands over. */
export const handoverPath = (node: string, note: string): string => `${FOLDERS.updates}/${node}/${note}.md`;
export const handoverName = (stem: string): string => `${stem}-handover`;
export const isHandover = (name: string): boolean => name.endsWith('-handover.md');

/** Renders the note by which a node hands a task over. All of it that counts stands in the box and in the signature. */
export function renderHandover({ task_note, title, from, to, signature, text }: HandoverNote): string {
  const properties = { task: noteProperty(task_note), from, to, signature, type: 'handover', format: 1 };
  return writeNote(
    properties,
    [
      `# Handed over: ${codeSpan(title, 200)}`,
      '',
      `${codeSpan(from)} has done its part; ${codeSpan(to)} asks you about the rest, ends the task and files it. Nothing is to be done here.`,
      '',
      fence(text, 'json'),
      '',
    ].join('\n'),
  );
}

/** Reads it back. Who it says that it is from counts only with a valid signature over `text`. */
export function parseHandover(note: string): Result<Pick<HandoverNote, 'from' | 'signature' | 'text'>> {
  const split = readProperties(note);
  if (!split.ok) return split;
  const { from, signature } = split.value.properties;
  const [, text] = /^`{3,}json\n(.*)\n`{3,}$/m.exec(split.value.body) ?? [];
  if (typeof from !== 'string' || typeof signature !== 'string' || text === undefined)
    return fail('invalid', 'This is no note by which a node hands a task over.');
  return ok({ from, signature, text });
}
