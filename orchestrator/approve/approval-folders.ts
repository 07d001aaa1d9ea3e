import type { Stats } from 'node:fs';
import { type ParsedApproval, parseApproval } from '../../core/approval-note.ts';
import { isPassing, isSyncConflict } from '../../core/names.ts';
import { fail, type Result } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Entry, Note, Vault } from '../../core/vault.ts';

/** The folders that an approval note passes through. */
export const APPROVAL_FOLDERS = [FOLDERS.pending, FOLDERS.outbox, FOLDERS.approved, FOLDERS.rejected] as const;
export type ApprovalFolder = (typeof APPROVAL_FOLDERS)[number];

export type FoundNote = {
  readonly path: string;
  readonly folder: ApprovalFolder;
  readonly stats: Stats;
  /** SHA-256 of its bytes; undefined where it could not be read. */
  readonly sha256: string | undefined;
  readonly note: Result<ParsedApproval>;
};

type Cached = { key: string; sha256: string | undefined; note: Result<ParsedApproval> };

/** Reads what lies in the approval folders; a note that did not change is not read again, and one that was moved not parsed. */
export class ApprovalFolders {
  readonly #vault: Vault;
  #cache = new Map<string, Cached>();
  /** Where each note of the last look lay. */
  #inodes = new Map<number, string>();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Everything that could be an approval. Notes of editors and sync tools in passing are left out, and told of. */
  look(report: (path: string, why: string) => void): readonly FoundNote[] {
    const fresh = new Map<string, Cached>();
    const inodes = new Map<number, string>();
    const found: FoundNote[] = [];
    for (const folder of APPROVAL_FOLDERS) {
      for (const { name, kind } of this.#vault.list(folder)) {
        const path = `${folder}/${name}`;
        if (name === 'README.md' || isPassing(name) || isMonth(folder, name, kind)) continue;
        if (isSyncConflict(name)) {
          report(path, 'is a copy that a sync tool made. It is left alone; decide on the original.');
          continue;
        }
        const stats = this.#vault.stats(path);
        if (stats === undefined) {
          // Either it is gone by now, or its name is none that a vault can hold.
          if (!this.#vault.resolve(path).ok || name.includes('\ufffd'))
            report(path, 'has a name that cannot be read on every computer. It is left alone; rename it.');
          continue;
        }
        const key = `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.nlink}`;
        const known = this.#cache.get(path);
        const { note, sha256 } = known?.key === key ? known : this.#read(path, stats.ino);
        // What cannot be read is read again: a crash’s second name, or half a save, passes.
        if (note.ok) fresh.set(path, { key, note, sha256 });
        if (note.ok) inodes.set(stats.ino, path);
        found.push({ path, folder, stats, note, sha256 });
      }
    }
    this.#cache = fresh;
    this.#inodes = inodes;
    return found;
  }

  #read(path: string, inode: number): Omit<Cached, 'key'> {
    const read: Result<Note> = this.#vault.read(path);
    if (!read.ok) return { note: read, sha256: undefined };
    const { text, sha256 } = read.value;
    const before = this.#cache.get(this.#inodes.get(inode) ?? '');
    if (before?.sha256 === sha256 && path.endsWith('.md')) return before;
    const isNote = path.endsWith('.md');
    return { note: isNote ? parseApproval(text) : fail('invalid', 'An approval is a note (.md).'), sha256 };
  }
}

/** Refused approvals are filed in `Rejected/` by month; nowhere else is such a folder ours. */
const isMonth = (folder: ApprovalFolder, name: string, kind: Entry['kind']): boolean =>
  folder === FOLDERS.rejected && kind === 'folder' && /^\d{4}-\d{2}$/.test(name);
