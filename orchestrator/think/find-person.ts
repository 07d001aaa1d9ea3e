import type { Person } from '../../core/brain.ts';
import type { Origin } from '../../core/envelope.ts';
import { ok } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import { wordsOf } from '../memory/note-index.ts';
import { whose } from '../memory/whose.ts';
import { wordsIn } from '../memory/words-in.ts';
import { mayBeShown } from './choose.ts';
import type { PlannerContext } from './context.ts';
import type { Looked } from './look.ts';
import { ADDRESS_BOOK, readAddressBook, readPeople } from './people.ts';
import { worst } from './provenance.ts';
import type { TaskJournal } from './task-journal.ts';

const MOST_PEOPLE = 5;
const MOST_NOTES = 8;
/** Characters of the person’s note that are shown. */
const LONGEST = 1500;

/** Who fits a name or an address, as the person’s own notes and address books have them, and where the address stands. */
export async function findPerson(
  query: string,
  task: TaskJournal,
  { vault, state, memory }: PlannerContext,
): Promise<Looked> {
  const wanted = query.trim().toLowerCase();
  const asked = wordsOf(query);
  const fits = ({ name, email }: Person): boolean => {
    if (email.toLowerCase() === wanted) return true;
    const words = wordsOf(name);
    return asked.length > 0 && asked.every(word => words.includes(word));
  };
  const noted = readPeople(vault).filter(fits);
  const isNoted = ({ email }: Person): boolean => noted.some(one => one.email.toLowerCase() === email.toLowerCase());
  const people = [...noted, ...readAddressBook(state).filter(one => fits(one) && !isNoted(one))];
  const found = people.slice(0, MOST_PEOPLE).map(({ name, email, note }) => {
    if (note === ADDRESS_BOOK) return `${name} <${email}> (${note})`;
    const read = vault.read(note);
    const words =
      read.ok && mayBeShown(read.value.text, task) ? wordsIn(read.value.text).slice(0, LONGEST).toWellFormed() : '';
    return `${name} <${email}> (${note})${words === '' ? '' : `\n${words}`}`;
  });
  const addresses = [...new Set([...(query.includes('@') ? [wanted] : []), ...people.map(({ email }) => email)])];
  const notes = new Map<string, Origin>();
  for (const address of addresses.filter(one => one.includes('@')).slice(0, MOST_PEOPLE)) {
    for (const { path } of await memory.index.phrase(wordsOf(address), MOST_NOTES)) {
      const read = path.startsWith(`${FOLDERS.memory}/People/`) ? undefined : vault.read(path);
      if (read?.ok && mayBeShown(read.value.text, task)) notes.set(path, whose(read.value, memory.journal.book));
    }
  }
  if (found.length === 0 && notes.size === 0) return ok({ text: 'Nobody was found.', origin: undefined });
  const threads = [...notes.keys()].slice(0, MOST_NOTES).map(path => `- ${path}`);
  const told = [
    found.length === 0 ? 'There is no note about such a person.' : found.join('\n\n'),
    ...(threads.length === 0 ? [] : [`Notes in which the address stands:\n${threads.join('\n')}`]),
  ];
  const isOfBook = people.length > 0 && people.every(({ note }) => note === ADDRESS_BOOK);
  const own: Origin = { kind: 'contacts', note: isOfBook ? ADDRESS_BOOK : `${FOLDERS.memory}/People` };
  return ok({ text: told.join('\n\n'), origin: worst([...notes.values(), own]) });
}
