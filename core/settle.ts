import type { Stats } from 'node:fs';
import { shorten } from './bounded.ts';

/** The most files that are watched at a time; the one that is forgotten is watched anew. */
const MOST_SEEN = 5000;

/**
 * Tells when somebody has stopped writing a file. By the file’s own time where that is in the past, otherwise (a clock
 * that jumped, a copy that keeps old times) by watching it for as long.
 */
export class Settle {
  readonly #now: () => number;
  readonly #monotonic: () => number;
  readonly #seen = new Map<string, { key: string; since: number }>();

  constructor(now: () => number = Date.now, monotonic: () => number = () => performance.now()) {
    this.#now = now;
    this.#monotonic = monotonic;
  }

  /** Milliseconds until the file was quiet for `quiet` milliseconds; 0 once it is. */
  wait(path: string, stats: Stats, quiet: number, mode: 'by-time' | 'by-watching' = 'by-time'): number {
    const age = this.#now() - stats.mtimeMs;
    if (mode === 'by-time' && age >= quiet) {
      this.#seen.delete(path);
      return 0;
    }
    const watched = Math.max(0, quiet - this.#watchedFor(path, stats));
    if (mode === 'by-watching' || age < 0) return watched;
    return Math.min(watched, quiet - age);
  }

  #watchedFor(path: string, stats: Stats): number {
    const key = `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
    const now = this.#monotonic();
    const seen = this.#seen.get(path);
    if (seen?.key === key) return now - seen.since;
    this.#seen.delete(path);
    this.#seen.set(path, { key, since: now });
    shorten(this.#seen, MOST_SEEN);
    return 0;
  }

  /** Forgets every path that is not in the given ones. */
  keepOnly(paths: ReadonlySet<string>): void {
    for (const path of this.#seen.keys()) if (!paths.has(path)) this.#seen.delete(path);
  }
}
