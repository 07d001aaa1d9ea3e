import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/** Bytes that a file’s table of contents may have, files in it, and bytes that all that is read may unpack to. */
const MOST = { table: 8_000_000, files: 20_000, unpacked: 40_000_000 };

type Entry = { readonly at: number; readonly packed: number; readonly method: number; readonly isSecret: boolean };

/**
 * A ZIP file (APPNOTE.TXT 6.3.10) of which single members are read, so that its size does not matter. What it says of
 * sizes is not believed: unpacking ends at a bound of ours. Throws with words for a person.
 */
export class Zip implements Disposable {
  readonly #handle: number;
  readonly #size: number;
  readonly #entries = new Map<string, Entry>();
  #left = MOST.unpacked;

  constructor(file: string) {
    this.#handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(this.#handle);
    this.#size = stats.isFile() ? stats.size : 0;
    this.#readTable();
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** The text of a member; empty where there is none of that name. */
  text(name: string): string {
    const entry = this.#entries.get(name);
    if (entry === undefined) return '';
    if (entry.isSecret) throw new Error('it is locked with a password');
    const head = this.#read(entry.at, 30);
    if (head.length < 30 || head.readUInt32LE(0) !== 0x04034b50) throw new Error('it is damaged');
    const data = entry.at + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
    if (entry.packed > this.#left) throw new Error('it unpacks into too much');
    const packed = this.#read(data, entry.packed);
    const bytes = entry.method === 0 ? packed : this.#inflate(packed);
    this.#left -= bytes.length;
    return bytes.toString('utf8');
  }

  #inflate(packed: Buffer): Buffer {
    try {
      return inflateRawSync(packed, { maxOutputLength: Math.max(1, this.#left) });
    } catch (error) {
      const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
      throw new Error(isTooLarge ? 'it unpacks into too much' : 'it is damaged');
    }
  }

  #readTable(): void {
    const tail = this.#read(Math.max(0, this.#size - 65_557), 65_557);
    const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
    if (end === -1 || end + 22 > tail.length) throw new Error('it is not what its name says');
    const [count, length, from] = [
      tail.readUInt16LE(end + 10),
      tail.readUInt32LE(end + 12),
      tail.readUInt32LE(end + 16),
    ];
    if (length > MOST.table || count > MOST.files) throw new Error('it holds too many files');
    const table = this.#read(from, length);
    for (let at = 0; at + 46 <= table.length && table.readUInt32LE(at) === 0x02014b50; ) {
      const nameEnds = at + 46 + table.readUInt16LE(at + 28);
      const name = table.subarray(at + 46, nameEnds).toString('utf8');
      this.#entries.set(name, {
        at: table.readUInt32LE(at + 42),
        packed: table.readUInt32LE(at + 20),
        method: table.readUInt16LE(at + 10),
        isSecret: (table.readUInt16LE(at + 8) & 1) === 1,
      });
      at = nameEnds + table.readUInt16LE(at + 30) + table.readUInt16LE(at + 32);
    }
    // An office file under a password is another kind of container, and says nothing of itself here.
    if (this.#entries.size === 0) throw new Error('it is not what its name says');
  }

  #read(from: number, bytes: number): Buffer {
    const data = Buffer.alloc(Math.max(0, Math.min(bytes, this.#size - from)));
    return data.subarray(0, readSync(this.#handle, data, 0, data.length, from));
  }

  [Symbol.dispose](): void {
    closeSync(this.#handle);
  }
}
