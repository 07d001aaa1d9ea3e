import { type FSWatcher, watch } from 'node:fs';
import { lstatOf } from '../../core/durable.ts';
import type { Vault } from '../../core/vault.ts';
import type { KnownFiles } from './known.ts';
import { isSynced, type MyFiles } from './mine.ts';

/** Folders that are looked through before others get their turn. */
const AT_A_TIME = 20;

/**
 * Tells which paths of the vault may have changed: one watch for each folder (never for each file), and a look through
 * the whole vault by times alone, at the start and rarely afterwards, for what no event told.
 */
export class VaultWatch {
  readonly #vault: Vault;
  readonly #known: KnownFiles;
  readonly #files: MyFiles;
  readonly #changed: () => void;
  readonly #failed: (error: unknown) => void;
  readonly #watched = new Map<string, FSWatcher>();
  #touched = new Set<string>();
  #isOpen = true;

  constructor(
    vault: Vault,
    known: KnownFiles,
    files: MyFiles,
    told: { readonly changed: () => void; readonly failed: (error: unknown) => void },
  ) {
    this.#vault = vault;
    this.#known = known;
    this.#files = files;
    this.#changed = told.changed;
    this.#failed = told.failed;
  }

  /** The paths that may have changed since the last call. */
  take(): ReadonlySet<string> {
    const touched = this.#touched;
    this.#touched = new Set();
    return touched;
  }

  #touch(at: string): void {
    this.#touched.add(at);
    this.#changed();
  }

  /** Looks at every folder, watches it, and takes note of each file that was left otherwise than it is known. */
  async scan(watching: boolean): Promise<void> {
    const seen = new Set<string>();
    const waiting = ['.'];
    let looked = 0;
    for (let folder = waiting.pop(); folder !== undefined && this.#isOpen; folder = waiting.pop()) {
      seen.add(folder);
      waiting.push(...this.#look(folder, watching));
      looked += 1;
      if (looked % AT_A_TIME === 0) await new Promise(resolve => setImmediate(resolve));
    }
    if (!this.#isOpen) return;
    for (const folder of this.#known.folders())
      if (!seen.has(folder)) for (const name of this.#known.inFolder(folder).keys()) this.#touch(join(folder, name));
    for (const [folder, watcher] of this.#watched) {
      if (seen.has(folder)) continue;
      watcher.close();
      this.#watched.delete(folder);
    }
  }

  /** Looks at one folder, watches it first, and returns the folders in it. */
  #look(folder: string, watching: boolean): string[] {
    if (watching) this.#watch(folder);
    const known = new Map(this.#known.inFolder(folder));
    const folders: string[] = [];
    for (const { name, kind } of this.#vault.list(folder)) {
      const at = join(folder, name);
      if (kind === 'folder') {
        if (!name.startsWith('.')) folders.push(at);
        continue;
      }
      if (!isSynced(at)) continue;
      const mark = known.get(name);
      known.delete(name);
      if (mark === undefined || mark !== this.#files.markAt(at)) this.#touch(at);
    }
    for (const name of known.keys()) this.#touch(join(folder, name));
    return folders;
  }

  #watch(folder: string): void {
    if (this.#watched.has(folder)) return;
    const absolute = this.#vault.resolve(join(folder, 'x'));
    if (!absolute.ok) return;
    const at = absolute.value.slice(0, -2);
    try {
      const watcher = watch(at, { persistent: false }, (_event, name) => this.#heard(folder, name));
      watcher.on('error', error => {
        this.#unwatch(folder);
        if (lstatOf(at) !== undefined) this.#failed(error);
      });
      this.#watched.set(folder, watcher);
    } catch (error) {
      if (lstatOf(at) !== undefined) this.#failed(error);
    }
  }

  #unwatch(folder: string): void {
    this.#watched.get(folder)?.close();
    this.#watched.delete(folder);
  }

  #heard(folder: string, name: string | null): void {
    if (!this.#isOpen) return;
    if (name === null) {
      this.#deep(folder);
      return;
    }
    const at = join(folder, name);
    const stats = this.#vault.stats(at);
    if (stats?.isDirectory() === true) {
      // One that came back under the same name has another inode, and the old watch hears nothing more.
      this.#unwatch(at);
      if (!name.startsWith('.')) this.#deep(at);
    } else {
      if (this.#watched.has(at)) this.#gone(at);
      if (isSynced(at)) this.#touch(at);
    }
  }

  #deep(folder: string): void {
    const waiting = [folder];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) waiting.push(...this.#look(next, true));
  }

  /** A folder that went, with all that was known in it. */
  #gone(folder: string): void {
    for (const one of [...this.#watched.keys()]) if (one === folder || one.startsWith(`${folder}/`)) this.#unwatch(one);
    for (const one of this.#known.folders())
      if (one === folder || one.startsWith(`${folder}/`))
        for (const name of this.#known.inFolder(one).keys()) this.#touch(join(one, name));
  }

  close(): void {
    this.#isOpen = false;
    for (const watcher of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }
}

const join = (folder: string, name: string): string => (folder === '.' ? name : `${folder}/${name}`);
