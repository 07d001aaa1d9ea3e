import { type ChildProcess, spawn } from 'node:child_process';
import type { Git } from './git.ts';

/** An object as a reader tells of it; without `data` where only its size was asked for. */
export type Answer = { readonly kind: string; readonly data: Buffer; readonly size: number };

/** Milliseconds that a reader may be silent while something is asked of it. */
const LONGEST = 60_000;

/** A reader that ended or was silent says nothing of the object. */
export class NoAnswer extends Error {
  constructor(isSilent: boolean) {
    super(isSilent ? 'git did not answer for a minute, and was ended' : 'git ended while it was asked');
    this.name = 'NoAnswer';
  }
}

type Asked = { readonly done: (found: Answer | undefined) => void; readonly failed: (error: Error) => void };

/** Whether what an object holds is asked for, or its size alone. */
export type ReadMode = '--batch' | '--batch-check';

/** One `git cat-file` that is kept, asked one thing after the other. */
export class ObjectReader {
  readonly #child: ChildProcess;
  readonly #longest: number;
  readonly #withData: boolean;
  #chunks: Buffer[] = [];
  #have = 0;
  #asked: Asked[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isSilent = false;
  isOpen = true;

  /** `longest`: milliseconds of silence after which it is ended. */
  constructor(git: Git, mode: ReadMode, longest = LONGEST) {
    this.#withData = mode === '--batch';
    this.#longest = longest;
    this.#child = spawn(git.program, ['cat-file', mode], {
      env: git.environment,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#have += chunk.length;
      this.#answer();
      this.#watch();
    });
    this.#child.on('error', () => this.#ended());
    this.#child.on('close', () => this.#ended());
    this.#child.stdin?.on('error', () => undefined);
  }

  #ended(): void {
    this.isOpen = false;
    clearTimeout(this.#timer);
    for (const { failed } of this.#asked.splice(0)) failed(new NoAnswer(this.#isSilent));
  }

  /** Whoever asks waits no longer than it takes to see that nothing comes. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#asked.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#isSilent = true;
      this.#child.kill('SIGKILL');
      // Something that it started may hold its output open.
      this.#child.stdout?.destroy();
      this.#ended();
    }, this.#longest);
  }

  read(id: string): Promise<Answer | undefined> {
    return new Promise((done, failed) => {
      if (!this.isOpen) {
        failed(new NoAnswer(this.#isSilent));
        return;
      }
      this.#asked.push({ done, failed });
      if (this.#asked.length === 1) this.#watch();
      this.#child.stdin?.write(`${id}\n`);
    });
  }

  #answer(): void {
    for (;;) {
      const first = this.#chunks[0];
      const asked = this.#asked[0];
      if (first === undefined || asked === undefined) return;
      let all = first;
      let end = all.indexOf(10);
      if (end < 0 && this.#chunks.length > 1) {
        all = this.#join();
        end = all.indexOf(10);
      }
      if (end < 0) return;
      const [, kind = '', size = ''] = all.toString('latin1', 0, end).split(' ');
      if (kind === 'missing' || size === '') {
        this.#rest(all, end + 1);
        this.#asked.shift();
        asked.done(undefined);
        continue;
      }
      if (!this.#withData) {
        this.#rest(all, end + 1);
        this.#asked.shift();
        asked.done({ kind, size: Number(size), data: Buffer.alloc(0) });
        continue;
      }
      const needed = end + 1 + Number(size) + 1;
      if (this.#have < needed) return;
      all = this.#join();
      this.#rest(all, needed);
      this.#asked.shift();
      asked.done({ kind, size: Number(size), data: Buffer.from(all.subarray(end + 1, needed - 1)) });
    }
  }

  #join(): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  #rest(all: Buffer, from: number): void {
    const [, ...others] = this.#chunks;
    const rest = all.subarray(from);
    this.#chunks = rest.length > 0 ? [rest, ...others] : others;
    this.#have -= from;
  }

  close(): void {
    this.isOpen = false;
    clearTimeout(this.#timer);
    this.#child.stdin?.end();
    this.#child.kill();
  }
}
