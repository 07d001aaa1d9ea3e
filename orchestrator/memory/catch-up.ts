import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { readStrictly } from '../../core/durable.ts';
import { codeOf } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import type { NoteIndex } from './note-index.ts';

/** What can be found again: the person’s notes, what is remembered, and what was done. Never what waits or was set aside. */
export const INDEXED: readonly string[] = [
  FOLDERS.memory,
  FOLDERS.documents,
  FOLDERS.accounting,
  FOLDERS.briefings,
  FOLDERS.done,
  FOLDERS.rejected,
];

/** The largest note whose words are kept, in bytes. */
const LARGEST = 512 * 1024;
/** Notes that are taken in before others get their turn. */
const AT_ONCE = 100;
/** Notes that are looked at before others get their turn. */
const LOOKED_AT = 2000;

/**
 * Brings the index up to the vault. Where a folder’s own time has not changed, nothing came to it and nothing left it:
 * a quick look reads only those that changed, and all of `Memory/`; a thorough one also finds what was edited in place.
 */
export async function catchUp(root: string, index: NoteIndex, thorough: boolean, signal: AbortSignal): Promise<number> {
  const known = index.folders();
  const pending: { path: string; modified: number; size: number }[] = [];
  const present = new Set<string>();
  let changed = 0;
  const flush = (): void => {
    if (pending.length === 0) return;
    index.together(() => {
      for (const note of pending) takeIn(root, index, note);
    });
    changed += pending.length;
    pending.length = 0;
  };
  let looked = 0;
  // What is remembered comes first: it is what is needed first.
  const stack = [...INDEXED].reverse();
  for (let folder = stack.pop(); folder !== undefined; folder = stack.pop()) {
    if (signal.aborted) return changed;
    const modified = folderTime(path.join(root, folder));
    if (modified === undefined) continue;
    present.add(folder);
    // What a person corrects in `Memory/` counts for the very next task.
    const whole = thorough || folder === FOLDERS.memory || folder.startsWith(`${FOLDERS.memory}/`);
    if (!whole && known.get(folder) === modified) {
      for (const one of known.keys()) if (path.posix.dirname(one) === folder) stack.push(one);
      continue;
    }
    const notes = index.notesIn(folder);
    const gone = new Set(notes.keys());
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const inside = `${folder}/${entry.name}`;
      // The manual of a folder is nothing that was learned or done.
      if (entry.name.startsWith('.') || (entry.name === 'README.md' && INDEXED.includes(folder))) continue;
      if (entry.isDirectory()) stack.push(inside);
      if (!entry.isFile() || !entry.name.endsWith('.md')) continue;
      gone.delete(inside);
      looked += 1;
      if (looked % LOOKED_AT === 0) await breathe();
      const stats = lstatSync(path.join(root, inside), { throwIfNoEntry: false });
      const before = notes.get(inside);
      if (stats === undefined || (before?.modified === stats.mtimeMs && before.size === stats.size)) continue;
      pending.push({ path: inside, modified: stats.mtimeMs, size: stats.size });
      if (pending.length < AT_ONCE) continue;
      flush();
      await breathe();
      if (signal.aborted) return changed;
    }
    flush();
    index.together(() => {
      for (const one of gone) index.remove(one);
      index.rememberFolder(folder, modified);
    });
    changed += gone.size;
    await breathe();
  }
  for (const folder of known.keys()) if (!present.has(folder)) index.forgetFolder(folder);
  return changed;
}

/** Takes in one note as it is now; one that is gone is forgotten. */
function takeIn(root: string, index: NoteIndex, note: { path: string; modified: number; size: number }): void {
  try {
    const read = note.size > LARGEST ? undefined : readStrictly(path.join(root, note.path), LARGEST);
    const text = read?.kind === 'read' ? read.bytes.toString('utf8') : '';
    index.put({ ...note, title: path.posix.basename(note.path, '.md'), text });
  } catch (error) {
    if (codeOf(error) === 'ERR_SQLITE_ERROR') throw error;
    index.remove(note.path);
  }
}

function folderTime(folder: string): number | undefined {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return stats?.isDirectory() ? stats.mtimeMs : undefined;
}
