/**
 * Lines as git’s programs exchange them (gitprotocol-common(5), “pkt-line format”): four hex digits that count the bytes,
 * themselves with them, and the text; `0000` ends a list of them.
 */

/** The longest line that there may be, in bytes. */
const LONGEST = 65_520;
const HEAD = 4;

export const FLUSH = Buffer.from('0000');

export function pktLine(text: string): Buffer {
  const bytes = Buffer.from(text);
  const size = (bytes.length + HEAD).toString(16).padStart(HEAD, '0');
  return Buffer.concat([Buffer.from(size), bytes]);
}

/** What cannot be read as such lines. */
export class NotPktLines extends Error {
  constructor() {
    super('what answers there does not speak as git does');
    this.name = 'NotPktLines';
  }
}

/** Takes lists of lines out of bytes that come in any pieces. */
export class PktLines {
  #bytes: Buffer = Buffer.alloc(0);
  #lines: string[] = [];

  /** The lists that these bytes end, each without line ends. Throws `NotPktLines`. */
  take(chunk: Buffer): readonly (readonly string[])[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const lists: (readonly string[])[] = [];
    for (;;) {
      if (this.#bytes.length < HEAD) return lists;
      const told = this.#bytes.toString('latin1', 0, HEAD);
      const size = /^[0-9a-f]{4}$/i.test(told) ? Number.parseInt(told, 16) : -1;
      if (size === 0) {
        lists.push(this.#lines);
        this.#lines = [];
        this.#bytes = this.#bytes.subarray(HEAD);
        continue;
      }
      if (size < HEAD || size > LONGEST) throw new NotPktLines();
      if (this.#bytes.length < size) return lists;
      this.#lines.push(this.#bytes.toString('utf8', HEAD, size).replace(/\n$/, ''));
      this.#bytes = this.#bytes.subarray(size);
    }
  }
}
