import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { readStrictly } from '../../core/durable.ts';
import { isPassing } from '../../core/names.ts';
import { codeOf } from '../../core/outcome.ts';
import { reasonOf } from '../../core/system-error.ts';
import type { Vault } from '../../core/vault.ts';
import type { Known, KnownFiles } from './known.ts';
import { idOf } from './objects.ts';

/** What stands at a path of the vault now. */
export type Mine =
  | { readonly kind: 'file'; readonly known: Known /** Milliseconds until it is quiet. */; readonly waits: number }
  | { readonly kind: 'none' }
  /** Being written at this very moment: looked at again. */
  | { readonly kind: 'moving' }
  | { readonly kind: 'unfit'; readonly why: string };

/** Seconds of quiet that a file needs, in milliseconds, by what was done to it last. */
export type Quiet = {
  /** Written in place, as by a person who types. */
  readonly written: number;
  /** Put there whole: moved, or made under another name first. */
  readonly placed: number;
};

/** Bytes up to which a file is read at once; a larger one is read as a stream. */
const AT_ONCE = 64 * 1024 * 1024;
/** Milliseconds within which two writes may leave the same times behind. */
const TICK = 100;

const markOf = ({ size, mtimeNs, ino, ctimeNs }: BigIntStats): string => `${size} ${mtimeNs} ${ino} ${ctimeNs}`;

function look(absolute: string): BigIntStats | undefined {
  try {
    return lstatSync(absolute, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Whether anything at this path is synced: nothing hidden, nothing that is only passing through. */
export function isSynced(at: string): boolean {
  const parts = at.split('/');
  if (parts.some(part => part.startsWith('.') || part === '')) return false;
  const name = parts.at(-1) ?? '';
  return !isPassing(name) || /^Untitled( \d+)?\.md$/.test(name);
}

/** The files of the vault as git would name them, read again only where size, times or inode changed. */
export class MyFiles {
  readonly #vault: Vault;
  readonly #known: KnownFiles;
  /** Files whose times lie in the future, each since when it has been seen so, monotonic. */
  readonly #ahead = new Map<string, { mark: string; since: number }>();

  constructor(vault: Vault, known: KnownFiles) {
    this.#vault = vault;
    this.#known = known;
  }

  /** Whether a file was left as it is known, by its times alone. */
  markAt(at: string): string | undefined {
    const absolute = this.#vault.resolve(at);
    const stats = absolute.ok ? look(absolute.value) : undefined;
    return stats?.isFile() === true ? markOf(stats) : undefined;
  }

  async at(at: string, quiet: Quiet, now: number): Promise<Mine> {
    const absolute = this.#vault.resolve(at);
    if (!absolute.ok) return { kind: 'none' };
    const stats = look(absolute.value);
    if (stats === undefined || stats.isDirectory()) {
      if (this.#known.find(at) !== undefined) this.#known.drop(at);
      return { kind: 'none' };
    }
    if (stats.isSymbolicLink()) return { kind: 'unfit', why: 'it is a link to another place' };
    if (!stats.isFile()) return { kind: 'unfit', why: 'it is not a plain file' };
    const mark = markOf(stats);
    const waits = this.#waitOf(at, stats, quiet, now);
    const known = this.#known.find(at);
    if (known?.mark === mark) return { kind: 'file', known, waits };
    if (stats.nlink > 1n) {
      // The file protocol gives a file two names for a moment.
      if (now - Number(stats.ctimeMs) < 5000) return { kind: 'moving' };
      return { kind: 'unfit', why: 'it has a second name elsewhere (a hard link)' };
    }
    const hashed = await this.#hash(absolute.value, stats);
    if (hashed === undefined) return { kind: 'moving' };
    if ('why' in hashed) return { kind: 'unfit', why: hashed.why };
    const { blob } = hashed;
    const size = Number(stats.size);
    // A second write within the same tick of the clock would leave the same mark: such a file is read once more.
    const isRacy = Math.abs(now - Number(stats.ctimeMs)) < TICK;
    const read = { mark: isRacy ? `${mark} ?` : mark, blob, size };
    this.#known.put(at, read);
    return { kind: 'file', known: { ...read, mark }, waits };
  }

  /** The id of a file’s bytes; why it cannot be read; or nothing where it is being written. */
  async #hash(absolute: string, stats: BigIntStats): Promise<{ blob: string } | { why: string } | undefined> {
    let blob: string;
    if (stats.size <= AT_ONCE) {
      const read = readStrictly(absolute, AT_ONCE);
      if (read.kind === 'refused') return { why: read.why };
      if (read.kind === 'missing') return undefined;
      blob = idOf('blob', read.bytes);
    } else {
      const hash = createHash('sha1').update(`blob ${stats.size}\0`);
      let handle: FileHandle;
      try {
        handle = await open(absolute, 'r');
      } catch (error) {
        return codeOf(error) === 'ENOENT' ? undefined : { why: reasonOf(error) };
      }
      try {
        for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk);
      } finally {
        await handle.close();
      }
      blob = hash.digest('hex');
    }
    const after = look(absolute);
    return after !== undefined && markOf(after) === markOf(stats) ? { blob } : undefined;
  }

  /** The bytes of a file if they still are the ones of `blob`. */
  bytes(at: string, blob: string, limit: number): Buffer | undefined {
    const absolute = this.#vault.resolve(at);
    if (!absolute.ok) return undefined;
    const read = readStrictly(absolute.value, limit);
    return read.kind === 'read' && idOf('blob', read.bytes) === blob ? read.bytes : undefined;
  }

  /** Takes note of a file that sync itself has just written. */
  wrote(at: string, blob: string, size: number): void {
    const mark = this.markAt(at);
    if (mark !== undefined) this.#known.put(at, { mark: `${mark} ?`, blob, size });
  }

  /**
   * Writing sets both times of a file to the same moment; a move, or the link and unlink of whoever writes files whole,
   * sets only the time of change. So a file whose last change came later than its last write is complete.
   */
  #waitOf(at: string, stats: BigIntStats, quiet: Quiet, now: number): number {
    const needed = stats.mtimeNs === stats.ctimeNs ? quiet.written : quiet.placed;
    const age = now - Number(stats.ctimeNs / 1_000_000n);
    if (age >= 0) return Math.max(0, needed - age);
    // A time that lies ahead (the clock was wrong) says nothing: watched for as long instead.
    const mark = markOf(stats);
    const watched = this.#ahead.get(at);
    if (watched?.mark === mark) return Math.max(0, needed - (performance.now() - watched.since));
    this.#ahead.set(at, { mark, since: performance.now() });
    return needed;
  }
}
