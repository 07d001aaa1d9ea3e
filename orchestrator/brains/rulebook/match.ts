import type { Person, TaskView } from '../../../core/brain.ts';
import { splitExtension } from '../../../core/names.ts';
import { FOLDERS } from '../../../core/states.ts';
import { mailKinds, mailStanding } from './mail.ts';
import { READERS } from './readers.ts';
import type { Reading } from './reading.ts';
import type { Rule } from './rule.ts';

/** What a rule makes of a task: what its reader read, or why the rule does not fit. */
export type Fit = {
  readonly misfits: readonly string[];
  readonly reading: Reading | undefined;
  /** Everything else fits, and it only could not be read as what the rule is for. */
  readonly unread?: boolean;
};

/** Whether a rule fits a task, and why not. Pure: the same task and rules give the same answer everywhere. */
export function fitOf(rule: Rule, task: TaskView, said: string): Fit {
  const { source, extension, folder, sender, words, mail, standing, attached, asks_to_mail, reads } = rule.when;
  const misfits: string[] = [];
  const needs = <T extends string>(wanted: readonly T[] | undefined, holds: (one: T) => boolean, why: string): void => {
    if (wanted !== undefined && !wanted.some(holds)) misfits.push(why);
  };
  needs(source, one => one === task.source, `it comes from ${task.source}, not from ${listed(source)}`);
  needs(sender, one => isFrom(task.sender, one), `it was not sent by ${listed(sender)}`);
  const type = extensionOf(task);
  const typeTold = type === '' ? 'it is no file with a type' : `it is a ${type} file`;
  needs(extension, one => one.toLowerCase() === type, `${typeTold}, not ${listed(extension)}`);
  needs(
    folder,
    one => `${FOLDERS.inbox}/${one}`.toLowerCase() === folderOf(task),
    `it was not dropped into ${listed(folder)}`,
  );
  const kinds = mailKinds(task);
  needs(mail, one => kinds.has(one), `it is no mail of the kind ${listed(mail)}`);
  needs(standing, one => one === mailStanding(task), `its sender is not ${listed(standing)}`);
  const types = (task.attachments ?? []).map(({ name }) => typeOf(name));
  needs(attached, one => types.includes(one.toLowerCase()), `no file of the type ${listed(attached)} is attached`);
  const attachments = (task.attachments ?? []).map(({ name, text }) => `${name}\n${text}`).join('\n');
  const heard = `${task.title}\n${task.file?.name ?? ''}\n${task.file?.text ?? ''}\n${attachments}\n${said}`;
  needs(words, word => holdsWord(heard, word), `none of these words is in it: ${listed(words)}`);
  if (asks_to_mail === true && mailWish(said, []) === undefined) misfits.push('it asks to mail nobody');
  if (reads === undefined || misfits.length > 0) return { misfits, reading: undefined };
  const read = READERS[reads](task, said);
  if (read.ok) return { misfits, reading: read.value };
  const { message, mend } = read.failure;
  return { misfits: [`${message}${mend === undefined ? '' : `. ${mend}`}`], reading: undefined, unread: true };
}

const listed = (words: readonly string[] = []): string =>
  words.length > 6 ? `${words.slice(0, 6).join(', ')} …` : words.join(', ');

const folderOf = ({ file }: TaskView): string => (file?.path ?? '').split('/').slice(0, -1).join('/').toLowerCase();

/** Whole addresses, or whole domains: `@example.com` is not `@example.com.evil.net`. */
function isFrom(sender: string | undefined, wanted: string): boolean {
  const from = sender?.toLowerCase() ?? '';
  return wanted.startsWith('@')
    ? from.slice(from.lastIndexOf('@')) === wanted.toLowerCase()
    : from === wanted.toLowerCase();
}

const typeOf = (name: string): string => splitExtension(name)[1].slice(1).toLowerCase();
const extensionOf = (task: TaskView): string => typeOf(task.file?.name ?? '');

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
