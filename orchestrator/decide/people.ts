import { FOLDERS } from '../../core/states.ts';
import type { Vault } from '../../core/vault.ts';
import { type Contact, contactsIn } from './contacts.ts';

const FOLDER = `${FOLDERS.memory}/People`;

type Read = { readonly key: string; readonly contacts: readonly Contact[] };
type Folder = { readonly notes: ReadonlyMap<string, Read>; readonly contacts: readonly Contact[] };
const known = new WeakMap<Vault, Folder>();

/**
 * Every address, number, account and host that stands in a note of `Memory/People/`, with the note. Only the person
 * can write there. A note that did not change is not read again, and where none did it is the same list as before.
 */
export function readContacts(vault: Vault): readonly Contact[] {
  const before = known.get(vault);
  const now = new Map<string, Read>();
  for (const { name, kind } of vault.list(FOLDER)) {
    if (kind !== 'file' || !name.endsWith('.md') || name === 'README.md') continue;
    const path = `${FOLDER}/${name}`;
    const stats = vault.stats(path);
    if (stats === undefined) continue;
    const key = `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
    const cached = before?.notes.get(path);
    if (cached?.key === key) {
      now.set(path, cached);
      continue;
    }
    const read = vault.read(path);
    if (read.ok) now.set(path, { key, contacts: contactsIn(read.value.text, path) });
  }
  const isSame = before?.notes.size === now.size && [...now].every(([path, read]) => before.notes.get(path) === read);
  if (isSame) return before.contacts;
  const contacts = [...now.values()].flatMap(one => one.contacts);
  known.set(vault, { notes: now, contacts });
  return contacts;
}
