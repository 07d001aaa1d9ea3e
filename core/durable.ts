import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { sha256 } from './digest.ts';
import { numbered } from './names.ts';
import { codeOf } from './outcome.ts';

/**
 * The file protocol: what is acknowledged survives a power cut, nothing is half-written, nothing is overwritten that
 * somebody else wrote. Sync calls, because one step of a task is one short burst of small files.
 */

/** Puts the entries of a folder on disk. POSIX promises a new or moved name only after this. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Puts the bytes of a file that another program wrote on disk. */
export function syncFile(file: string): void {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Milliseconds after which whoever made a folder has synced it. */
const YOUNG = 5000;
/** More milliseconds than the times of files are exact to. */
const TICK = 20;

/** Young folders that this process has put on disk by their names, each with what tells it from its successor. */
const synced = new Map<string, string>();
const birthOf = ({ ino, birthtimeMs }: Stats): string => `${ino} ${birthtimeMs}`;

/** Makes a folder and its missing parents, each entry on disk. */
export function ensureFolder(folder: string): void {
  const stats = lstatOf(folder);
  // One that another process has just made may not be on disk by its name yet.
  if (stats?.isDirectory() && (Date.now() - stats.birthtimeMs > YOUNG || synced.get(folder) === birthOf(stats))) return;
  const parent = path.dirname(folder);
  if (parent !== folder) ensureFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  syncFolder(parent);
  const made = lstatOf(folder);
  if (made !== undefined) synced.set(folder, birthOf(made));
}

/** `lstat`, or undefined where nothing is, or can be because the way there leads through a file. */
export function lstatOf(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function writeAll(handle: number, data: Uint8Array): void {
  for (let at = 0; at < data.length; ) at += writeSync(handle, data, at);
}

/** Writes bytes under a name of our own in `folder` and syncs them. The caller links or renames it from there. */
function writePassing(folder: string, data: Uint8Array): string {
  const passing = path.join(folder, randomBytes(12).toString('hex'));
  const handle = openSync(passing, 'wx', 0o600);
  try {
    writeAll(handle, data);
    // Times have ticks, and a quick disk is done within one: so told from a file that is still being written in place.
    const before = (Date.now() - TICK) / 1000;
    futimesSync(handle, before, before);
    fsyncSync(handle);
  } catch (error) {
    unlinkSync(passing);
    throw error;
  } finally {
    closeSync(handle);
  }
  return passing;
}

/**
 * Creates `target` whole or not at all. `exists` means that somebody did it before. `isNamed`: whether its name is on
 * disk too; without that a power cut may leave nothing, and never a part.
 */
export function createFile(
  passingFolder: string,
  target: string,
  data: string | Uint8Array,
  isNamed = true,
): 'created' | 'exists' {
  const passing = writePassing(passingFolder, typeof data === 'string' ? Buffer.from(data) : data);
  try {
    linkSync(passing, target);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'exists';
    throw error;
  } finally {
    unlinkSync(passing);
  }
  if (isNamed) syncFolder(path.dirname(target));
  return 'created';
}

/**
 * Replaces the content of `target` if it still is what `expected` (a SHA-256) says. The old inode is kept by a link
 * until its bytes have been compared again: where a save by somebody else slipped in between, that save wins.
 */
export function replaceFile(
  passingFolder: string,
  target: string,
  expected: string,
  data: string | Uint8Array,
): 'replaced' | 'changed' {
  const kept = path.join(passingFolder, randomBytes(12).toString('hex'));
  try {
    linkSync(target, kept);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'changed';
    throw error;
  }
  let passing: string | undefined;
  try {
    if (sha256(readFileSync(kept)) !== expected) return 'changed';
    passing = writePassing(passingFolder, typeof data === 'string' ? Buffer.from(data) : data);
    renameSync(passing, target);
    passing = undefined;
    if (sha256(readFileSync(kept)) !== expected) {
      renameSync(kept, target);
      return 'changed';
    }
    syncFolder(path.dirname(target));
    return 'replaced';
  } finally {
    if (passing !== undefined) unlinkSync(passing);
    if (lstatOf(kept) !== undefined) unlinkSync(kept);
  }
}

/**
 * Removes `target` if it still is what `expected` (a SHA-256) says. It is taken away under the name `kept` first and
 * looked at there: where a save by somebody else slipped in, it is put back.
 */
export function removeFileExactly(target: string, kept: string, expected: string): 'removed' | 'changed' | 'missing' {
  try {
    renameSync(target, kept);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return 'missing';
    throw error;
  }
  if (sha256(readFileSync(kept)) !== expected) {
    moveFile(kept, target);
    return 'changed';
  }
  syncFolder(path.dirname(target));
  unlinkSync(kept);
  return 'removed';
}

/** Writes a small file of our own state whole, over what was there. */
export function overwriteFile(passingFolder: string, target: string, data: string | Uint8Array): void {
  renameSync(writePassing(passingFolder, typeof data === 'string' ? Buffer.from(data) : data), target);
  syncFolder(path.dirname(target));
}

/**
 * Moves a file without ever landing on another: by link, then unlink. A twin that a crash left behind (both names, one
 * inode) is finished, not copied. `taken` where something else stands there.
 */
export function moveFileExactly(from: string, target: string): 'moved' | 'missing' | 'taken' {
  const source = lstatOf(from);
  if (source === undefined) return 'missing';
  if (source.isDirectory()) {
    if (lstatOf(target) !== undefined) return 'taken';
    renameSync(from, target);
    syncFolder(path.dirname(target));
    syncFolder(path.dirname(from));
    return 'moved';
  }
  try {
    linkSync(from, target);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'missing';
    if (codeOf(error) !== 'EEXIST') throw error;
    const there = lstatOf(target);
    if (there === undefined || there.ino !== source.ino || there.dev !== source.dev) return 'taken';
  }
  syncFolder(path.dirname(target));
  unlinkSync(from);
  syncFolder(path.dirname(from));
  return 'moved';
}

/** Moves a file to the first free name: `a.md`, else `a (2).md` … Undefined where there is nothing to move. */
export function moveFile(from: string, to: string): string | undefined {
  for (let attempt = 1; ; attempt += 1) {
    const target = path.join(path.dirname(to), numbered(path.basename(to), attempt));
    const moved = moveFileExactly(from, target);
    if (moved !== 'taken') return moved === 'moved' ? target : undefined;
  }
}

export type FileRead =
  | { readonly kind: 'read'; readonly bytes: Buffer; readonly stats: Stats }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly why: string };

/** Reads a regular file that has one name, no link to anywhere, and at most `limit` bytes. */
export function readStrictly(file: string, limit: number): FileRead {
  let handle: number;
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return { kind: 'missing' };
    if (code === 'ELOOP') return { kind: 'refused', why: 'it is a link to another place' };
    if (code === 'EACCES' || code === 'EPERM') return { kind: 'refused', why: 'Steward may not read it' };
    if (code === 'ENXIO') return { kind: 'refused', why: 'it is not a plain file' };
    throw error;
  }
  try {
    const stats = fstatSync(handle);
    if (!stats.isFile()) return { kind: 'refused', why: 'it is not a plain file' };
    if (stats.nlink > 1) return { kind: 'refused', why: 'it has a second name elsewhere (a hard link)' };
    if (stats.size > limit) return { kind: 'refused', why: `it is larger than ${limit.toLocaleString('en')} bytes` };
    return { kind: 'read', bytes: readFileSync(handle), stats };
  } finally {
    closeSync(handle);
  }
}

/** The text of a file of our own; undefined where it is not there. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The first `bytes` of a plain file at most. */
export function readStart(file: string, bytes: number): Buffer {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(handle);
    const data = Buffer.alloc(stats.isFile() ? Math.min(bytes, stats.size) : 0);
    return data.subarray(0, readSync(handle, data, 0, data.length, 0));
  } finally {
    closeSync(handle);
  }
}

/** The last `bytes` of a file at most, and its whole size. */
export function readEnd(file: string, bytes: number): { data: Buffer; size: number } {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = fstatSync(handle);
    const data = Buffer.alloc(Math.min(bytes, size));
    const read = readSync(handle, data, 0, data.length, size - data.length);
    return { data: data.subarray(0, read), size };
  } finally {
    closeSync(handle);
  }
}
