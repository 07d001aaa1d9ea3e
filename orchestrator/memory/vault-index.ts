import { unlinkSync } from 'node:fs';
import { lstatOf } from '../../core/durable.ts';
import { catchUp } from './catch-up.ts';
import { type Hit, NoteIndex } from './note-index.ts';

/** Milliseconds for which what was looked up counts as fresh, and between two thorough looks. */
const FRESH = 2000;
const THOROUGH = 600_000;
/** SQLite’s codes (https://sqlite.org/rescode.html) for a file that is broken or is no index of this form. */
const BROKEN: readonly number[] = [1, 10, 11, 24, 26];

/**
 * The index over a vault’s notes, as it is used: opened when first needed, brought up to date before a search, made
 * again where its file is gone or damaged. While nobody searches it does nothing.
 */
export class VaultIndex {
  readonly #root: string;
  readonly #file: string;
  readonly #signal: AbortSignal;
  #index: NoteIndex | undefined;
  #inode: number | undefined;
  #running: Promise<void> | undefined;
  #quickAt = Number.NEGATIVE_INFINITY;
  #thoroughAt = Number.NEGATIVE_INFINITY;

  constructor(root: string, file: string, signal: AbortSignal) {
    this.#root = root;
    this.#file = file;
    this.#signal = signal;
  }

  /** Brings the index up to date; several that wait for it wait for the same. */
  async freshen(): Promise<void> {
    this.#running ??= this.#mended(index => this.#catchUp(index)).finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** The notes that fit best, `under` a folder at the top of the vault. */
  async search(words: readonly string[], limit: number, under?: string): Promise<readonly Hit[]> {
    await this.freshen();
    return this.#mended(index => index.search(words, limit, under));
  }

  /** The notes in which these words stand one after another, as those of an address do. */
  async phrase(words: readonly string[], limit: number, under?: string): Promise<readonly Hit[]> {
    await this.freshen();
    return this.#mended(index => index.phrase(words, limit, under));
  }

  /** Makes the index again. Returns how many notes it holds. */
  async rebuild(): Promise<number> {
    await this.#running?.catch(() => undefined);
    this.#forget();
    await this.freshen();
    return this.#open().size;
  }

  close(): void {
    this.#index?.close();
    this.#index = undefined;
  }

  async #catchUp(index: NoteIndex): Promise<void> {
    const now = performance.now();
    const thorough = now - this.#thoroughAt >= THOROUGH;
    if (!thorough && now - this.#quickAt < FRESH) return;
    await catchUp(this.#root, index, thorough, this.#signal);
    this.#quickAt = performance.now();
    if (thorough) this.#thoroughAt = this.#quickAt;
  }

  /** Uses the index; where its file turns out to be broken it is made again, once. */
  async #mended<T>(use: (index: NoteIndex) => T | Promise<T>): Promise<T> {
    try {
      return await use(this.#open());
    } catch (error) {
      if (!isBroken(error)) throw error;
      this.#forget();
      const index = this.#open();
      await this.#catchUp(index);
      return await use(index);
    }
  }

  #open(): NoteIndex {
    // A file that somebody deleted is still open here, and nobody else would ever see what is written to it.
    if (this.#index !== undefined && lstatOf(this.#file)?.ino !== this.#inode) this.#begin();
    this.#index ??= new NoteIndex(this.#file);
    this.#inode ??= lstatOf(this.#file)?.ino;
    return this.#index;
  }

  #begin(): void {
    this.close();
    this.#inode = undefined;
    this.#quickAt = Number.NEGATIVE_INFINITY;
    this.#thoroughAt = Number.NEGATIVE_INFINITY;
  }

  #forget(): void {
    this.#begin();
    for (const file of [this.#file, `${this.#file}-wal`, `${this.#file}-shm`])
      if (lstatOf(file) !== undefined) unlinkSync(file);
  }
}

const isBroken = (error: unknown): boolean =>
  error instanceof Error &&
  'errcode' in error &&
  typeof error.errcode === 'number' &&
  // What stands above the low byte says more, as in SQLITE_IOERR_READ.
  BROKEN.includes(error.errcode & 0xff);
