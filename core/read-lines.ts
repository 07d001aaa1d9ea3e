import { closeSync, openSync, readSync } from 'node:fs';
import { lstatOf } from './durable.ts';

/** One line of a file, as bytes without its newline. Only the last may lack one. */
export type Line = {
  readonly bytes: Buffer;
  /** The byte of the file behind it, its newline included. */
  readonly end: number;
  readonly isWhole: boolean;
};

const PIECE = 1024 * 1024;
/** Bytes of the first piece: whoever wants one line does not read the whole file. */
const FIRST = 64 * 1024;
/** Bytes that are asked for where a file should have ended: what was added meanwhile, if anything. */
const REST = 4096;
/** Bytes after which something is no line of ours any more, so that a file without newlines fills no memory. */
const LONGEST = 64 * 1024 * 1024;

/** Reads a file line by line, from a byte on, and holds no more of it than one line. Nothing where it is not there. */
export function* readLines(file: string, from = 0): Generator<Line> {
  const size = lstatOf(file)?.size ?? 0;
  if (size <= from) return;
  const handle = openSync(file, 'r');
  try {
    let start = from;
    let held: Buffer[] = [];
    let heldBytes = 0;
    for (let at = from; ; ) {
      // As large as what is left: journals are looked at with every event, mostly for one short record.
      const room = Buffer.allocUnsafe(Math.min(at === from ? FIRST : PIECE, Math.max(size - at, REST)));
      const count = readSync(handle, room, 0, room.length, at);
      if (count === 0) break;
      const piece = room.subarray(0, count);
      at += count;
      let begin = 0;
      for (let newline = piece.indexOf(10); newline !== -1; newline = piece.indexOf(10, begin)) {
        const bytes = Buffer.concat([...held, piece.subarray(begin, newline)]);
        held = [];
        heldBytes = 0;
        begin = newline + 1;
        start += bytes.length + 1;
        yield { bytes, end: start, isWhole: true };
      }
      held.push(piece.subarray(begin));
      heldBytes += count - begin;
      if (heldBytes > LONGEST) break;
    }
    if (heldBytes > 0) yield { bytes: Buffer.concat(held), end: start + heldBytes, isWhole: false };
  } finally {
    closeSync(handle);
  }
}
