import type { Vault } from '../../core/vault.ts';
import { sameName } from './same-name.ts';

/** Finds what stands in the vault under a name that another file system would take for the same. For one round. */
export class Standing {
  readonly #vault: Vault;
  readonly #folders = new Map<string, ReadonlyMap<string, readonly string[]>>();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Every path of a file or folder whose `sameName` is this. */
  of(same: string): readonly string[] {
    let found: readonly string[] = [''];
    for (const part of same.split('/')) {
      found = found.flatMap(folder => (this.#in(folder).get(part) ?? []).map(name => `${folder}${name}/`));
    }
    return found.map(at => at.slice(0, -1));
  }

  #in(folder: string): ReadonlyMap<string, readonly string[]> {
    const kept = this.#folders.get(folder);
    if (kept !== undefined) return kept;
    const names = new Map<string, string[]>();
    for (const { name } of this.#vault.list(folder === '' ? '.' : folder)) {
      const same = sameName(name);
      names.set(same, [...(names.get(same) ?? []), name]);
    }
    this.#folders.set(folder, names);
    return names;
  }
}
