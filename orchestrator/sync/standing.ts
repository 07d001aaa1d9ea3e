import type { Vault } from '../../core/vault.ts';
import { isSynced } from './mine.ts';
import { sameName } from './same-name.ts';

/** Finds what stands in the vault under a name that another file system would take for the same. For one round. */
export class Standing {
  readonly #vault: Vault;
  readonly #folders = new Map<string, ReadonlyMap<string, readonly string[]>>();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Every file and folder whose `sameName` is this; a folder’s path ends with “/”. */
  of(same: string): readonly string[] {
    let found: readonly string[] = [''];
    for (const part of same.split('/')) {
      const folders = found.filter(at => at === '' || at.endsWith('/'));
      found = folders.flatMap(folder => (this.#in(folder).get(part) ?? []).map(name => `${folder}${name}`));
    }
    return found;
  }

  /** Whether a folder holds any file that is synced besides these. Ends at the first. */
  holdsMore(folder: string, than: ReadonlySet<string>): boolean {
    const all = this.#vault.list(folder);
    const isFile = ({ name, kind }: (typeof all)[number]): boolean =>
      kind === 'file' && isSynced(`${folder}/${name}`) && !than.has(`${folder}/${name}`);
    const isDeeper = ({ name, kind }: (typeof all)[number]): boolean =>
      kind === 'folder' && !name.startsWith('.') && this.holdsMore(`${folder}/${name}`, than);
    return all.some(isFile) || all.some(isDeeper);
  }

  #in(folder: string): ReadonlyMap<string, readonly string[]> {
    const kept = this.#folders.get(folder);
    if (kept !== undefined) return kept;
    const names = new Map<string, string[]>();
    for (const { name, kind } of this.#vault.list(folder === '' ? '.' : folder)) {
      const same = sameName(name);
      names.set(same, [...(names.get(same) ?? []), kind === 'folder' ? `${name}/` : name]);
    }
    this.#folders.set(folder, names);
    return names;
  }
}
