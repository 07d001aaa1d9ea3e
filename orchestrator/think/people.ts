import { cardsIn } from '../../core/address-book.ts';
import type { Person } from '../../core/brain.ts';
import { identify } from '../../core/contacts.ts';
import { readProperties } from '../../core/front-matter.ts';
import { splitExtension } from '../../core/names.ts';
import { perNote } from '../../core/note-cache.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Vault } from '../../core/vault.ts';

/** The person’s own notes about people: the name is the note’s, the address its `email` property. */
export function readPeople(vault: Vault): readonly Person[] {
  const folder = `${FOLDERS.memory}/People`;
  return vault.list(folder).flatMap(({ name, kind }) => {
    if (kind !== 'file' || !name.endsWith('.md') || name === 'README.md') return [];
    const email = emailIn(vault, `${folder}/${name}`);
    return email === undefined ? [] : [{ name: splitExtension(name)[0], email, note: `${folder}/${name}` }];
  });
}

/** Where people stand who have no note of their own. */
export const ADDRESS_BOOK = 'your address book';

/** The people of the person’s address books: one for each address, by the name on its card. */
export const readAddressBook = (state: StateFolder): readonly Person[] =>
  cardsIn(state).flatMap(({ name, mails }) =>
    mails
      .filter(email => identify(email).kind === 'mail')
      .map(email => ({ name: name || email, email, note: ADDRESS_BOOK })),
  );

/** The address in a person’s note; undefined where the note cannot be read. */
const emailIn = perNote((read): string | undefined => {
  const split = read.ok ? readProperties(read.value.text) : undefined;
  if (split === undefined || !split.ok) return undefined;
  const { email } = split.value.properties;
  return typeof email === 'string' ? email.trim() : '';
});
