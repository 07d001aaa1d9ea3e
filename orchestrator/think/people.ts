import type { Person } from '../../core/brain.ts';
import { readProperties } from '../../core/front-matter.ts';
import { splitExtension } from '../../core/names.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Vault } from '../../core/vault.ts';

/** The person’s own notes about people: the name is the note’s, the address its `email` property. */
export function readPeople(vault: Vault): readonly Person[] {
  const folder = `${FOLDERS.memory}/People`;
  return vault.list(folder).flatMap(({ name, kind }) => {
    if (kind !== 'file' || !name.endsWith('.md') || name === 'README.md') return [];
    const read = vault.read(`${folder}/${name}`);
    const split = read.ok ? readProperties(read.value.text) : undefined;
    if (split === undefined || !split.ok) return [];
    const { email } = split.value.properties;
    return [
      {
        name: splitExtension(name)[0],
        email: typeof email === 'string' ? email.trim() : '',
        note: `${folder}/${name}`,
      },
    ];
  });
}
