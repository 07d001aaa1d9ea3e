import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { ensureFolder } from '../../core/durable.ts';
import { codeOf } from '../../core/outcome.ts';
import type { Git } from './git.ts';
import { type Answer, NoAnswer, ObjectReader, type ReadMode } from './object-reader.ts';

export type Kind = 'blob' | 'tree' | 'commit';
export type GitObject = { readonly kind: string; readonly data: Buffer };

/** From this many objects on they are written as one pack, by git. */
const MANY = 100;
/** Bytes that wait in memory at most before they are written. */
const MUCH = 32 * 1024 * 1024;
const PACK_KIND: Readonly<Record<Kind, number>> = { commit: 1, tree: 2, blob: 3 };

const head = (kind: Kind, size: number): Buffer => Buffer.from(`${kind} ${size}\0`);

/** The name that git gives to an object (gitformat-loose(5)). */
export const idOf = (kind: Kind, data: Uint8Array): string =>
  createHash('sha1').update(head(kind, data.length)).update(data).digest('hex');

type Waiting = { readonly kind: Kind; readonly data: Uint8Array };

/** A pack as gitformat-pack(5) says: every object whole. */
function packOf(objects: readonly Waiting[]): Buffer {
  const start = Buffer.alloc(12);
  start.write('PACK');
  start.writeUInt32BE(2, 4);
  start.writeUInt32BE(objects.length, 8);
  const parts: Buffer[] = [start];
  for (const { kind, data } of objects) {
    const sizes: number[] = [];
    let byte = (PACK_KIND[kind] << 4) | (data.length & 15);
    for (let left = Math.floor(data.length / 16); ; left = Math.floor(left / 128)) {
      sizes.push(left > 0 ? byte | 128 : byte);
      if (left === 0) break;
      byte = left & 127;
    }
    parts.push(Buffer.from(sizes), deflateSync(data, { level: 1 }));
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

/** Something is not as git would have left it: to be fetched again. */
class ObjectMissing extends Error {
  constructor(id: string) {
    super(`the object ${id} is missing or damaged in Steward’s git directory`);
    this.name = 'ObjectMissing';
  }
}

/** Git’s objects: read through one kept `git cat-file --batch`, written in this process, each whole. */
export class Objects {
  readonly #git: Git;
  readonly #tmp: string;
  readonly #readers = new Map<ReadMode, ObjectReader>();
  #waiting = new Map<string, Waiting>();
  #bytes = 0;
  /** Whether a part of what was added since the last flush is written already. */
  #isSplit = false;

  constructor(git: Git) {
    this.#git = git;
    this.#tmp = path.join(git.folder, 'passing');
    ensureFolder(this.#tmp);
  }

  /** Puts an object down for the next `flush`; what it is made of may be read at once. */
  async add(kind: Kind, data: Uint8Array): Promise<string> {
    const id = idOf(kind, data);
    if (this.#waiting.has(id)) return id;
    this.#waiting.set(id, { kind, data });
    this.#bytes += data.length;
    if (this.#bytes > MUCH) {
      this.#isSplit = true;
      await this.#write();
    }
    return id;
  }

  /** Everything that was added and not forgotten since the last time, as one pack; undefined where it was too much. */
  pack(): Buffer | undefined {
    return this.#isSplit ? undefined : packOf([...this.#waiting.values()]);
  }

  /** Writes everything that was added. */
  async flush(): Promise<void> {
    await this.#write();
    this.#isSplit = false;
  }

  async #write(): Promise<void> {
    const objects = this.#waiting;
    if (objects.size === 0) return;
    if (objects.size < MANY) for (const [id, { kind, data }] of objects) this.#writeLoose(id, kind, data);
    else await this.#writePack([...objects.values()]);
    this.#waiting = new Map();
    this.#bytes = 0;
  }

  /** Forgets what was added and not flushed. */
  drop(): void {
    this.#waiting = new Map();
    this.#bytes = 0;
    this.#isSplit = false;
  }

  /**
   * Whole or not at all, but without waiting for the disk: everything in this git directory stands at the remote or in
   * the vault too, the base moves on only once it does, and what a power cut took is noticed and fetched (heal.ts).
   */
  #writeLoose(id: string, kind: Kind, data: Uint8Array): void {
    const folder = path.join(this.#git.folder, 'objects', id.slice(0, 2));
    const file = path.join(folder, id.slice(2));
    if (existsSync(file)) return;
    const passing = path.join(this.#tmp, id);
    writeFileSync(passing, deflateSync(Buffer.concat([head(kind, data.length), data]), { level: 1 }), { mode: 0o444 });
    try {
      renameSync(passing, file);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      renameSync(passing, file);
    }
  }

  /** Git checks a pack, gives it its index, and syncs both. */
  async #writePack(objects: readonly Waiting[]): Promise<void> {
    const pack = packOf(objects);
    const ran = await this.#git.run(['index-pack', '--stdin'], { input: pack });
    if (ran.code !== 0) throw new Error(`git index-pack failed: ${ran.said}`);
  }

  /** Reads an object; undefined where it is not there. */
  async find(id: string): Promise<GitObject | undefined> {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) return { kind: waiting.kind, data: Buffer.from(waiting.data) };
    return this.#ask(id, '--batch');
  }

  /** A reader that ended or hung in the midst of it says nothing of the object: another one is asked once. */
  async #ask(id: string, mode: ReadMode): Promise<Answer | undefined> {
    try {
      return await this.#reader(mode).read(id);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return this.#reader(mode).read(id);
    }
  }

  #reader(mode: ReadMode): ObjectReader {
    const kept = this.#readers.get(mode);
    if (kept?.isOpen === true) return kept;
    const made = new ObjectReader(this.#git, mode);
    this.#readers.set(mode, made);
    return made;
  }

  async read(id: string, kind: Kind): Promise<Buffer> {
    const found = await this.find(id);
    if (found?.kind !== kind) throw new ObjectMissing(id);
    return found.data;
  }

  /** The size of a blob in bytes, without reading it; undefined where it is not there. */
  async size(id: string): Promise<number | undefined> {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) return waiting.data.length;
    return (await this.#ask(id, '--batch-check'))?.size;
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close();
    this.#readers.clear();
  }
}
