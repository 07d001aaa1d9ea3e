import { comparedKeys } from '../../core/acquaintance.ts';
import type { Arrived, NoteContext, RawItem } from '../../core/networked-watcher.ts';
import { mailNote } from '../../watchers/mail/note/note.ts';

const people = {
  own: new Set(['mail:anna@bergs.test']),
  people: new Map([
    ['mail:anna@nordwerk.test', 'It stands in Memory/People/Anna Nord.md.'],
    ['mail:bo@olsen.test', 'You wrote to it on 2026-10-02.'],
  ]),
};
const context: NoteContext = { task: 'mail-0123456789ab', known: { ...people, compared: comparedKeys(people) } };

/** What is made of a mail that arrives for anna@bergs.test, who knows two people. */
export function arrived(bytes: Uint8Array, more: Partial<RawItem> = {}): Arrived {
  const item: RawItem = {
    ...{ key: 'k', account: 'anna@bergs.test', folder: 'INBOX', received: '2026-11-20T16:05:00Z', about: {} },
    ...{ bytes, size: bytes.length, ...more },
  };
  return mailNote(item, context);
}

/** Whether a note of mail may link to it: a file that hung on the mail, or the person’s own note about the sender. */
export const isKeptFile = (name: string): boolean => /^[0-9a-f]{12} .|^Anna Nord$/.test(name);
