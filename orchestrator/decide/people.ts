import { FOLDERS } from '../../core/states.ts';
import type { Vault } from '../../core/vault.ts';
import { type Contact, contactsIn } from './contacts.ts';

const FOLDER = `${FOLDERS.memory}/People`;

type Read = { readonly key: string; readonly contacts: readonly Contact[] };
const known = new WeakMap<Vault, Map<string, Read>>();

/**
 * Every address, number, account and host that stands in a note of `Memory/People/`, with the note. Only the person
 * can write there. A note that did not change is not read again.
 */
export function readContacts(vault: Vault): readonly Contact[] {
  const before = known.get(vault) ?? new Map<string, Read>();
  const now = new Map<string, Read>();
  for (const { name, kind } of vault.list(FOLDER)) {
    if (kind !== 'file' || !name.endsWith('.md') || name === 'README.md') continue;
    const path = `${FOLDER}/${name}`;
    const stats = vault.stats(path);
    if (stats === undefined) continue;
    const key = `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
    const cached = before.get(path);
    if (cached?.key === key) {
      now.set(path, cached);
      continue;
    }
    const read = vault.read(path);
    if (read.ok) now.set(path, { key, contacts: contactsIn(read.value.text, path) });
  }
  known.set(vault, now);
  return [...now.values()].flatMap(({ contacts }) => contacts);
}
