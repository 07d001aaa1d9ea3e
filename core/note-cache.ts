import type { Result } from './outcome.ts';
import type { Note, Vault } from './vault.ts';

/** Milliseconds after its last change in which a note may change again without a trace in its times. */
const SAME_TICK = 50;

type Kept<T> = { readonly mark: string; readonly value: T };

/**
 * What is made of a note, made again only when the note has changed: for notes that are looked at with every turn of
 * every task, such as skills and people.
 */
export function perNote<T>(make: (read: Result<Note>, path: string) => T): (vault: Vault, path: string) => T {
  const vaults = new WeakMap<Vault, Map<string, Kept<T>>>();
  return (vault, path) => {
    const kept = vaults.get(vault) ?? new Map<string, Kept<T>>();
    vaults.set(vault, kept);
    const stats = vault.stats(path);
    const mark =
      stats === undefined ? '' : `${stats.ino} ${stats.nlink} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
    const known = kept.get(path);
    if (stats !== undefined && known?.mark === mark) return known.value;
    const value = make(vault.read(path), path);
    if (stats === undefined || Date.now() - stats.ctimeMs < SAME_TICK) kept.delete(path);
    else kept.set(path, { mark, value });
    return value;
  };
}
