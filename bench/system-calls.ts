import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { z } from 'zod';

/** A call that changes something on disk, as it was made: what a bare program would have to do just the same. */
export type Call =
  | { readonly kind: 'create' | 'append' | 'write'; readonly bytes: number }
  | { readonly kind: 'sync' | 'datasync' | 'folder' | 'link' | 'unlink' | 'rename' };

const Written = z.number();

/** Writes down every call of this process that changes the disk, from here on. */
export function recordCalls(): { readonly calls: Call[]; readonly end: () => void } {
  const calls: Call[] = [];
  const folders = new Set<unknown>();
  const undo: (() => void)[] = [];
  const wrap = (name: string, told: (args: readonly unknown[], answer: unknown) => Call | undefined): void => {
    const original: unknown = Reflect.get(fs, name);
    if (typeof original !== 'function') throw new Error(`there is no ${name}`);
    Reflect.set(fs, name, (...args: unknown[]): unknown => {
      const answer: unknown = Reflect.apply(original, fs, args);
      const call = told(args, answer);
      if (call !== undefined) calls.push(call);
      return answer;
    });
    undo.push(() => Reflect.set(fs, name, original));
  };
  wrap('openSync', (args, handle) => {
    const [file, flags] = args;
    folders.delete(handle);
    if (typeof flags === 'number' && (flags & fs.constants.O_DIRECTORY) !== 0) folders.add(handle);
    const makes = flags === 'wx' || (typeof flags === 'number' && (flags & fs.constants.O_CREAT) !== 0);
    return makes && typeof file === 'string' ? { kind: 'create', bytes: 0 } : undefined;
  });
  wrap('writeSync', (_, written) => ({ kind: 'write', bytes: Written.parse(written) }));
  wrap('appendFileSync', args => ({ kind: 'append', bytes: Buffer.byteLength(String(args[1])) }));
  wrap('fsyncSync', args => ({ kind: folders.has(args[0]) ? 'folder' : 'sync' }));
  wrap('fdatasyncSync', () => ({ kind: 'datasync' }));
  wrap('linkSync', () => ({ kind: 'link' }));
  wrap('unlinkSync', () => ({ kind: 'unlink' }));
  wrap('renameSync', () => ({ kind: 'rename' }));
  syncBuiltinESMExports();
  return {
    calls,
    end: () => {
      for (const one of undo) one();
      syncBuiltinESMExports();
    },
  };
}

/** Makes the same calls in a folder of its own, bare: in the same order, with as many bytes. */
export class Bare {
  readonly #folder: string;
  readonly #journal: number;
  #names: string[] = [];
  #handle: number;
  #made = 0;

  constructor(folder: string) {
    this.#folder = folder;
    fs.mkdirSync(folder, { recursive: true });
    this.#journal = fs.openSync(path.join(folder, 'journal'), 'a');
    this.#handle = this.#journal;
  }

  play(calls: readonly Call[]): void {
    for (const call of calls) this.#make(call);
    this.#release();
    for (const name of this.#names.splice(0)) fs.unlinkSync(name);
  }

  #make(call: Call): void {
    const last = this.#names.at(-1);
    switch (call.kind) {
      case 'create':
        this.#release();
        this.#handle = fs.openSync(this.#fresh(), 'wx', 0o600);
        return;
      case 'write':
        fs.writeSync(this.#handle, Buffer.alloc(call.bytes, 'x'));
        return;
      case 'append':
        fs.writeSync(this.#journal, Buffer.alloc(call.bytes, 'x'));
        return;
      case 'sync':
        fs.fsyncSync(this.#handle);
        // What is synced as a whole is closed; what comes next goes into a journal that stays open.
        this.#release();
        return;
      case 'datasync':
        fs.fdatasyncSync(this.#handle);
        return;
      case 'folder': {
        const handle = fs.openSync(this.#folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
        fs.fsyncSync(handle);
        fs.closeSync(handle);
        return;
      }
      case 'link':
        if (last !== undefined) fs.linkSync(last, this.#fresh());
        return;
      case 'unlink': {
        // The name before the last: the last is what the file is called from here on.
        const [gone] = this.#names.splice(Math.max(0, this.#names.length - 2), 1);
        if (gone !== undefined) fs.unlinkSync(gone);
        return;
      }
      case 'rename':
        if (last !== undefined) {
          this.#names.pop();
          fs.renameSync(last, this.#fresh());
        }
        return;
    }
  }

  #fresh(): string {
    this.#made += 1;
    const name = path.join(this.#folder, `${this.#made}`);
    this.#names.push(name);
    return name;
  }

  #release(): void {
    if (this.#handle !== this.#journal) fs.closeSync(this.#handle);
    this.#handle = this.#journal;
  }

  close(): void {
    this.#release();
    fs.closeSync(this.#journal);
  }
}
