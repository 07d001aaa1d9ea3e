import type { Person, TaskView } from '../../../core/brain.ts';
import { splitExtension } from '../../../core/names.ts';
import type { Rule } from './rule.ts';

/** Whether a rule fits a task. Pure: the same task and rules give the same answer everywhere. */
export function fits(rule: Rule, task: TaskView, said: string): boolean {
  const { source, extension, sender, words, asks_to_mail } = rule.when;
  if (source !== undefined && !source.includes(task.source)) return false;
  if (sender !== undefined && !sender.some(one => isFrom(task.sender, one))) return false;
  if (extension !== undefined && !extension.some(one => one.toLowerCase() === extensionOf(task))) return false;
  if (
    words !== undefined &&
    !words.some(word => holdsWord(`${task.title}\n${task.file?.name ?? ''}\n${task.file?.text ?? ''}\n${said}`, word))
  ) {
    return false;
  }
  return asks_to_mail !== true || mailWish(said, []) !== undefined;
}

/** Whole addresses, or whole domains: `@example.com` is not `@example.com.evil.net`. */
function isFrom(sender: string | undefined, wanted: string): boolean {
  const from = sender?.toLowerCase() ?? '';
  return wanted.startsWith('@')
    ? from.slice(from.lastIndexOf('@')) === wanted.toLowerCase()
    : from === wanted.toLowerCase();
}

const extensionOf = (task: TaskView): string =>
  splitExtension(task.file?.name ?? '')[1]
    .slice(1)
    .toLowerCase();

/** Whole words, whatever the case; `_`, `-` and digits also separate words in a file’s name. */
export function holdsWord(text: string, word: string): boolean {
  const plain = word.trim().toLowerCase().normalize('NFC');
  if (plain === '') return false;
  const parts = text
    .toLowerCase()
    .normalize('NFC')
    .split(/[^\p{L}\p{M}]+/u);
  const sought = plain.split(/[^\p{L}\p{M}]+/u).filter(part => part !== '');
  return parts.some((_, at) => sought.every((part, offset) => parts[at + offset] === part));
}

export type MailWish = { readonly person: string; readonly email: string; readonly subject: string };

const ADDRESS = /[^\s<>@"',;]+@[^\s<>@"',;]+\.[^\s<>@"',;.]+/;
const VERB =
  /\b(?:please\s+)?(?:e-?mail|mail|send|write(?:\s+to)?|forward|reply\s+to|schicke?|sende?|maile?|schreibe?)\s+(?:an?\s+)?(.+)/iu;

const linesOf = (said: string): string[] => said.split('\n').map(one => one.trim());
const wishLine = (said: string): string | undefined => linesOf(said).find(one => VERB.test(one));

/** The lines of a note that a wish to mail leaves out. */
export function linesBeside(said: string): readonly string[] {
  const line = wishLine(said);
  return line === undefined ? [] : linesOf(said).filter(one => one !== '' && one !== line);
}

/** What a sentence like “Send Anna the Q3 numbers” asks for; undefined where nobody is to be mailed. */
export function mailWish(said: string, people: readonly Person[]): MailWish | undefined {
  const line = wishLine(said);
  const rest = line === undefined ? undefined : VERB.exec(line)?.[1]?.trim();
  if (rest === undefined) return undefined;
  const address = ADDRESS.exec(rest)?.[0]?.replace(/[.)]+$/, '');
  const known =
    people.find(({ name }) => holdsWord(rest, name)) ?? people.find(({ name }) => holdsWord(rest, firstName(name)));
  const written = /^(\p{Lu}[\p{L}'-]+(?:\s+\p{Lu}[\p{L}'-]+)?)/u.exec(rest)?.[1];
  const person = known?.name ?? address ?? written;
  if (person === undefined) return undefined;
  const named = [address, known?.name, known === undefined ? undefined : firstName(known.name), written].filter(
    one => one !== undefined,
  );
  const about = named
    .reduce((text, name) => text.replace(name, ''), rest)
    .replace(/^[\s,:]+|^(?:an?\s+e?-?mail|a\s+message)\b/giu, '')
    .trim()
    .replace(/^(?:about|regarding|that|über)\s+/iu, '')
    .replace(/[.!]+$/, '');
  const subject = about === '' ? 'A word from me' : about.charAt(0).toUpperCase() + about.slice(1);
  return { person, email: address ?? known?.email ?? '', subject: subject.slice(0, 150) };
}

const firstName = (name: string): string => name.split(' ')[0] ?? name;
