import { codeSpan } from '../../../core/inert.ts';
import { sizeInWords } from '../../../core/mail/line.ts';
import type { Message } from '../../../core/mail/message.ts';
import type { Defect } from '../../../core/mail/part.ts';

const DEFECTS: Readonly<Record<Defect, string>> = {
  deep: 'Its parts lie too deep within each other; the deepest hang on it as one file.',
  many: 'It has more parts than are taken apart; the rest hangs on it as one file.',
  'no-boundary': 'It does not say, or says wrongly, where its parts begin and end; they were guessed.',
  open: 'It ends before it should: what came is here, and something may be missing.',
  'long-head': 'Its head is longer than is read.',
};

/** What of a mail cannot be read, or only by guessing, as lines of markdown. */
export function doubtsOf(
  { defects, doubts, encrypted, signed, pieces, calendars }: Message,
  about: { readonly size: number; readonly read: number; readonly hasInvitation: boolean; readonly words: string },
): readonly string[] {
  const found: string[] = [];
  if (about.size > about.read)
    found.push(
      `It is larger than is fetched: ${sizeInWords(about.size)}, of which the first ${sizeInWords(about.read)} are here.`,
    );
  if (encrypted !== undefined)
    found.push(`It is encrypted (${encrypted}): only a mail program that holds your key can read it.`);
  if (signed !== undefined && encrypted === undefined) {
    const isOpen = pieces.length > 0;
    found.push(
      isOpen
        ? `It is signed (${signed}); the signature is not checked here, so it proves nothing.`
        : `It is signed (${signed}) in a form that holds its words too, and that cannot be opened here.`,
    );
  }
  for (const defect of defects) found.push(DEFECTS[defect]);
  for (const doubt of doubts) {
    if (doubt === 'guessed')
      found.push('It does not say, or says wrongly, in which letters it is written; they were guessed.');
    else if (doubt === 'cut') found.push('Its text is longer than is read.');
    else if (doubt === 'piece') found.push('It is one piece of a larger mail; the others are mails of their own.');
    else if (doubt === 'elsewhere') found.push('What it means to show lies elsewhere and is not fetched.');
    else if (doubt.startsWith('letters '))
      found.push(`It names letters that nobody knows (${codeSpan(doubt.slice(8))}); they were guessed.`);
    else if (doubt.startsWith('transfer '))
      found.push(
        `It names a way of travelling that nobody knows (${codeSpan(doubt.slice(9))}); its text is as it came.`,
      );
  }
  const unreadable = about.words.split('\ufffd').length - 1;
  if (unreadable > 0)
    found.push(`${unreadable} ${unreadable === 1 ? 'character' : 'characters'} of its text cannot be read.`);
  if (calendars.length > 0 && !about.hasInvitation) found.push('It holds a calendar entry that cannot be read.');
  return found;
}
