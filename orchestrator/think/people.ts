import type { Person } from '../../core/brain.ts';
import { readProperties } from '../../core/front-matter.ts';
import { splitExtension } from '../../core/names.ts';
import { perNote } from '../../core/note-cache.ts';
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

/** The address in a person’s note; undefined where the note cannot be read. */
const emailIn = perNote((read): string | undefined => {
  const split = read.ok ? readProperties(read.value.text) : undefined;
  if (split === undefined || !split.ok) return undefined;
  const { email } = split.value.properties;
  return typeof email === 'string' ? email.trim() : '';
});
