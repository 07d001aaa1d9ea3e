import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { Json } from './digest.ts';
import { ensureFolder, lstatOf, overwriteFile } from './durable.ts';
import type { StateFolder } from './state-folder.ts';

/** Milliseconds for which a cursor may stand further on than the disk says. */
const LAG = 500;

const Kept = z.strictObject({ format: z.literal(1), channels: z.record(z.string(), Json) });

/**
 * `cursors/<watcher>.json`: from where each channel goes on. It is moved once everything before it is on disk, so that a
 * cursor that is lost or old makes work and never a loss. One that cannot be read is told by throwing.
 */
export class Cursors {
  readonly #file: string;
  readonly #tmp: string;
  #channels: Readonly<Record<string, Json>>;
  #kept = Number.NEGATIVE_INFINITY;
  #isBehind = false;

  constructor(state: Pick<StateFolder, 'root' | 'tmp'>, watcher: string) {
    this.#file = path.join(state.root, 'cursors', `${watcher}.json`);
    this.#tmp = state.tmp;
    this.#channels =
      lstatOf(this.#file) === undefined ? {} : Kept.parse(JSON.parse(readFileSync(this.#file, 'utf8'))).channels;
  }

  get(channel: string): Json | undefined {
    return this.#channels[channel];
  }

  /** On disk when this returns. */
  set(channel: string, cursor: Json): void {
    this.move(channel, cursor);
    this.keep();
  }

  /** The same, but on disk only now and then: with many batches in a row, one write for each would be most of the work. */
  move(channel: string, cursor: Json): void {
    this.#channels = { ...this.#channels, [channel]: cursor };
    this.#isBehind = true;
    if (performance.now() - this.#kept >= LAG) this.keep();
  }

  /** Puts on disk what is not there yet. */
  keep(): void {
    if (!this.#isBehind) return;
    ensureFolder(path.dirname(this.#file));
    overwriteFile(this.#tmp, this.#file, `${JSON.stringify({ format: 1, channels: this.#channels })}\n`);
    this.#isBehind = false;
    this.#kept = performance.now();
  }
}
