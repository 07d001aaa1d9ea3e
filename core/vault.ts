import { appendFileSync, readdirSync, realpathSync, type Stats, truncateSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from './digest.ts';
import {
  createFile,
  ensureFolder,
  lstatOf,
  moveFile,
  moveFileExactly,
  readEnd,
  readStrictly,
  removeFileExactly,
  replaceFile,
} from './durable.ts';
import { createFiles, type NewFile } from './durable-many.ts';
import { guarded, guardedAgainst, secretIn } from './guarded.ts';
import { hashFile } from './hash-file.ts';
import { numbered } from './names.ts';
import { fail, ok, type Result } from './outcome.ts';
import { mendOf, reasonOf, systemFailure } from './system-error.ts';
import { mayWrite, plainPath, type Writer } from './vault-paths.ts';

/** The largest note that is read, in bytes. */
const LARGEST_NOTE = 2 * 1024 * 1024;
/** The most of a log that is read at once, in bytes. */
const LONGEST = 512 * 1024 * 1024;
const MACHINE_FOLDER = '.steward';
/** Milliseconds after which a second name is a crash’s leftover, not another process at work. */
const TWIN_AGE = 1000;

export type Entry = { readonly name: string; readonly kind: 'file' | 'folder' | 'other' };
export type Note = { readonly path: string; readonly text: string; readonly sha256: string; readonly stats: Stats };

/**
 * The only way to a vault’s files. Every write is checked against who writes (`vault-paths.ts`), goes nowhere through
 * a link, lands on nothing that is there, and is on disk when the call returns (`durable.ts`). Paths are relative to
 * the vault, with `/`.
 */
export class Vault {
  readonly root: string;
  readonly #writer: Writer;
  readonly #passing: string;

  constructor(root: string, writer: Writer) {
    this.root = realpathSync(root);
    this.#writer = writer;
    this.#passing = path.join(this.root, MACHINE_FOLDER, 'tmp');
    ensureFolder(this.#passing);
  }

  /** The path on disk, if every folder on the way is a real folder of this vault. */
  resolve(relative: string): Result<string> {
    const plain = plainPath(relative);
    if (!plain.ok) return plain;
    const parts = plain.value.split('/');
    let walked = this.root;
    for (const part of parts.slice(0, -1)) {
      walked = path.join(walked, part);
      const stats = lstatOf(walked);
      if (stats === undefined) break;
      if (!stats.isDirectory()) return fail('denied', `“${relative}” does not lead through plain folders.`);
    }
    return ok(path.join(this.root, ...parts));
  }

  #writable(relative: string): Result<string> {
    const absolute = this.resolve(relative);
    if (!absolute.ok) return absolute;
    if (!mayWrite(this.#writer, relative)) {
      return fail('denied', `“${relative}” is not for the ${this.#writer} to write.`);
    }
    return absolute;
  }

  /** The entries of a folder, `.` being the vault itself; empty where it does not exist. */
  list(folder: string): readonly Entry[] {
    const absolute = folder === '.' ? ok(this.root) : this.resolve(folder);
    if (!absolute.ok || !lstatOf(absolute.value)?.isDirectory()) return [];
    return readdirSync(absolute.value, { withFileTypes: true }).map(entry => ({
      name: entry.name,
      kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other',
    }));
  }

  stats(relative: string): Stats | undefined {
    const absolute = this.resolve(relative);
    return absolute.ok ? lstatOf(absolute.value) : undefined;
  }

  exists(relative: string): boolean {
    return this.stats(relative) !== undefined;
  }

  /** The names at the top of the vault that are this one in any case: whoever is in haste writes `Stop.md`. */
  spelled(name: string): readonly string[] {
    const low = name.toLowerCase();
    return readdirSync(this.root).filter(one => one.toLowerCase() === low);
  }

  /** Reads a note: UTF-8 without NUL, at most LARGEST_NOTE bytes, no link of any kind. */
  read(relative: string): Result<Note> {
    const absolute = this.resolve(relative);
    if (!absolute.ok) return absolute;
    let found = readStrictly(absolute.value, LARGEST_NOTE);
    if (found.kind === 'refused' && this.#releaseTwin(absolute.value))
      found = readStrictly(absolute.value, LARGEST_NOTE);
    if (found.kind === 'missing') return fail('retryable', `“${relative}” is not there.`);
    if (found.kind === 'refused') return fail('invalid', `“${relative}” was not read: ${found.why}.`);
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(found.bytes);
      if (text.includes('\0')) return fail('invalid', `“${relative}” holds NUL bytes, so it is no note.`);
      return ok({ path: relative, text, sha256: sha256(found.bytes), stats: found.stats });
    } catch {
      return fail('invalid', `“${relative}” is not text in UTF-8.`);
    }
  }

  /** SHA-256 and size of a file of any size, read as a stream. */
  async hash(relative: string): Promise<Result<{ sha256: string; size: number }>> {
    const absolute = this.resolve(relative);
    return absolute.ok ? hashFile(absolute.value) : absolute;
  }

  /** Creates a note, whole. `exists` where the name is taken. */
  create(relative: string, data: string | Uint8Array): Result<'created' | 'exists'> {
    return this.#write(relative, absolute => {
      const fit = this.#fit(relative, data, () => '');
      if (!fit.ok) return fit;
      ensureFolder(path.dirname(absolute));
      return ok(createFile(this.#passing, absolute, fit.value));
    });
  }

  /** Creates several, in this order, with one sync for each folder; one that may not be written holds up no other. */
  async createTogether(
    files: readonly { readonly path: string; readonly data: string | Uint8Array }[],
  ): Promise<readonly Result<'created' | 'exists'>[]> {
    const fit = files.map(({ path: relative, data }): Result<NewFile> => {
      const absolute = this.#writable(relative);
      if (!absolute.ok) return absolute;
      const fits = this.#fit(relative, data, () => '');
      return fits.ok ? ok({ target: absolute.value, data: fits.value }) : fits;
    });
    const fitting = fit.flatMap(one => (one.ok ? [one.value] : []));
    try {
      const made = await createFiles(this.#passing, fitting);
      let at = 0;
      return fit.map(one => (one.ok ? ok(made[at++] ?? 'exists') : one));
    } catch (error) {
      return fit.map(() => systemFailure(`Notes could not be written: ${reasonOf(error)}.`, error, mendOf(error)));
    }
  }

  /** Creates a note under the first free name: `a.md`, `a (2).md` … Returns its path. */
  createFree(relative: string, data: string | Uint8Array): Result<string> {
    for (let attempt = 1; ; attempt += 1) {
      const tried = path.posix.join(path.posix.dirname(relative), numbered(path.posix.basename(relative), attempt));
      const made = this.create(tried, data);
      if (!made.ok) return made;
      if (made.value === 'created') return ok(tried);
    }
  }

  /** Replaces a note whose content still has the digest `expected`; `changed` where a person was faster. */
  replace(relative: string, expected: string, data: string | Uint8Array): Result<'replaced' | 'changed'> {
    return this.#write(relative, absolute => {
      const before = (): string => {
        const found = readStrictly(absolute, LARGEST_NOTE);
        return found.kind === 'read' ? found.bytes.toString('utf8') : '';
      };
      const fit = this.#fit(relative, data, before);
      return fit.ok ? ok(replaceFile(this.#passing, absolute, expected, fit.value)) : fit;
    });
  }

  /** Moves a file; never onto another. Returns the path it has now, or undefined where there was nothing to move. */
  move(from: string, to: string): Result<string | undefined> {
    const source = this.#writable(from);
    if (!source.ok) return source;
    return this.#write(to, absolute => {
      ensureFolder(path.dirname(absolute));
      const landed = moveFile(source.value, absolute);
      return ok(landed === undefined ? undefined : path.relative(this.root, landed).split(path.sep).join('/'));
    });
  }

  /** Moves a file to exactly this place, or not at all. */
  moveExactly(from: string, to: string): Result<'moved' | 'missing' | 'taken'> {
    const source = this.#writable(from);
    if (!source.ok) return source;
    return this.#write(to, absolute => {
      ensureFolder(path.dirname(absolute));
      return ok(moveFileExactly(source.value, absolute));
    });
  }

  /**
   * Appends to a file of our own that nobody else writes. Not synced: what it holds can be made again, from journals
   * that hold no secret, and to the byte.
   */
  append(relative: string, text: string): Result<'appended'> {
    return this.#write(relative, absolute => {
      ensureFolder(path.dirname(absolute));
      const size = lstatOf(absolute)?.size ?? 0;
      try {
        appendFileSync(absolute, text, { mode: 0o600 });
      } catch (error) {
        // On a full disk a part of it may stand there, and the next lines would be glued to that.
        if (lstatOf(absolute) !== undefined) truncateSync(absolute, size);
        throw error;
      }
      return ok('appended');
    });
  }

  /** The end of a file of our own: its last `bytes` at most, and its whole size. */
  tail(relative: string, bytes: number): { readonly data: Buffer; readonly size: number } | undefined {
    const absolute = this.resolve(relative);
    if (!absolute.ok || !lstatOf(absolute.value)?.isFile()) return undefined;
    return readEnd(absolute.value, bytes);
  }

  /** The text of a long file of our own, such as a day’s log; empty where it is not there. */
  readLong(relative: string): string {
    return this.tail(relative, LONGEST)?.data.toString('utf8') ?? '';
  }

  /** Cuts a file of our own back to a size, where a crash left half a line. */
  cut(relative: string, size: number): Result<'cut'> {
    return this.#write(relative, absolute => {
      truncateSync(absolute, size);
      return ok('cut');
    });
  }

  /** Removes a file. Only for what can be made again, and for a latch that a person lifts. */
  remove(relative: string): Result<'removed'> {
    return this.#write(relative, absolute => {
      if (lstatOf(absolute) !== undefined) unlinkSync(absolute);
      return ok('removed');
    });
  }

  /** Removes a file that still has the digest `expected`; `changed` where a person was faster. */
  removeExactly(relative: string, expected: string): Result<'removed' | 'changed' | 'missing'> {
    return this.#write(relative, absolute => {
      const kept = path.join(this.#passing, `gone-${sha256(relative).slice(0, 16)}-${expected}`);
      return ok(removeFileExactly(absolute, kept, expected));
    });
  }

  makeFolder(relative: string): Result<'made'> {
    return this.#write(relative, absolute => {
      ensureFolder(absolute);
      return ok('made');
    });
  }

  /** Undoes the second name that a crash between two steps of the file protocol left in our own passing folder. */
  #releaseTwin(absolute: string): boolean {
    const stats = lstatOf(absolute);
    if (stats === undefined || stats.nlink < 2 || Date.now() - stats.ctimeMs < TWIN_AGE) return false;
    const twins = readdirSync(this.#passing)
      .map(name => path.join(this.#passing, name))
      .filter(file => lstatOf(file)?.ino === stats.ino);
    for (const twin of twins) unlinkSync(twin);
    return twins.length > 0;
  }

  /**
   * What may be written: without any secret. An action server writes what was approved or nothing at all; a person’s own
   * words are theirs.
   */
  #fit(relative: string, data: string | Uint8Array, before: () => string): Result<string | Uint8Array> {
    // What another node holds is taken to the byte, or the two would never be the same.
    if (this.#writer === 'person' || this.#writer === 'sync') return ok(data);
    if (this.#writer === 'server' || typeof data !== 'string') {
      const held = secretIn(typeof data === 'string' ? data : Buffer.from(data).toString('latin1'));
      return held === undefined ? ok(data) : fail('denied', `“${relative}” would hold ${held}: nothing was written.`);
    }
    return ok(guardedAgainst(before, data, guarded(relative)));
  }

  #write<T>(relative: string, perform: (absolute: string) => Result<T>): Result<T> {
    const absolute = this.#writable(relative);
    if (!absolute.ok) return absolute;
    try {
      return perform(absolute.value);
    } catch (error) {
      return systemFailure(`“${relative}” could not be written: ${reasonOf(error)}.`, error, mendOf(error));
    }
  }
}
