import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { type Json, sha256 } from './digest.ts';
import { createFile, lstatOf, syncFolder } from './durable.ts';
import { type FileMark, markOf, sinceMark } from './file-mark.ts';
import { guardedDeep } from './guarded.ts';
import { GENESIS, type Link, readRecord, writeRecord } from './journal-record.ts';
import { messageOf } from './outcome.ts';
import { readLines } from './read-lines.ts';

/**
 * An append-only file of records, one a line: `<bytes> <sha256> <json>`, where the hash covers the one before it.
 * Used for the ledger, for each task's journal and for what watchers have seen. One writer; anybody may read.
 */
export type Recorded<T> = { readonly seq: number; readonly at: string; readonly body: T; readonly hash: string };

/** The file says something that no crash can have caused: it was changed or cut by somebody. */
class JournalDamaged extends Error {
  constructor(file: string, line: number, why: string) {
    super(`${path.basename(file)} is damaged at record ${line}: ${why}.`);
    this.name = 'JournalDamaged';
  }
}

/** A record with the byte of the file behind it. */
export type Position = Link & { readonly offset: number };

const START: Position = { ...GENESIS, offset: 0 };

/** Reads the records after a position, one by one, as far as they are whole. Returns what is wrong with the next one. */
function* recordsIn<T>(
  file: string,
  from: Position,
  schema: z.ZodType<T>,
): Generator<Recorded<T> & { end: number }, string | undefined> {
  let after: Link = from;
  for (const { bytes, end, isWhole } of readLines(file, from.offset)) {
    if (!isWhole) return 'it is cut off';
    const read = readRecord(bytes, after);
    if (!read.ok) return read.failure.message;
    const { seq, at, hash } = read.value;
    const body = schema.safeParse(read.value.body);
    if (!body.success) {
      const [issue] = body.error.issues;
      const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`;
      throw new JournalDamaged(file, seq, `it is none that this version of Steward knows${where}`);
    }
    after = read.value;
    yield { seq, at, body: body.data, hash, end };
  }
  return undefined;
}

/** Follows a journal that another process writes. */
export class JournalReader<T> {
  #position: Position;
  #problem: string | undefined;
  readonly #file: string;
  readonly #schema: z.ZodType<T>;

  /** `from`: a record that is known already, and after which it begins. */
  constructor(file: string, schema: z.ZodType<T>, from = START) {
    this.#file = file;
    this.#schema = schema;
    this.#position = from;
  }

  /** The records that were added since the last call. */
  next(): Recorded<T>[] {
    return [...this.each()];
  }

  /** The same one by one, so that a long journal is never in memory as a whole. */
  *each(): Generator<Recorded<T>> {
    const records = recordsIn(this.#file, this.#position, this.#schema);
    try {
      for (;;) {
        const step = records.next();
        if (step.done) {
          this.#problem = step.value;
          return;
        }
        const { end, ...record } = step.value;
        this.#position = { offset: end, seq: record.seq, hash: record.hash };
        yield record;
      }
    } finally {
      records.return(undefined);
    }
  }

  /** Where it stands: behind the last record that was read. */
  get head(): Position {
    return this.#position;
  }

  /** What is wrong with the record behind the last whole one, as a clause; undefined where there is none. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Bytes that stand behind the last whole record: more than a torn tail is damage. */
  get unread(): number {
    return (lstatOf(this.#file)?.size ?? 0) - this.#position.offset;
  }
}

export type Check = { readonly records: number; readonly head: string; readonly problem: string | undefined };

/** Reads a whole journal and says whether its chain is sound. */
export function checkJournal<T>(file: string, schema: z.ZodType<T>): Check {
  const reader = new JournalReader(file, schema);
  try {
    for (const _ of reader.each());
    const { seq, hash } = reader.head;
    const problem =
      reader.unread > 0 ? `record ${seq + 1} is damaged, missing or out of order: ${reader.problem}` : undefined;
    return { records: seq, head: hash, problem };
  } catch (error) {
    return { records: 0, head: GENESIS.hash, problem: messageOf(error) };
  }
}

/**
 * No record holds a secret. An envelope was looked at before it was sealed and is left as it is, since its digest counts;
 * so are names, places, signatures and what would take an effect back.
 */
const APART: ReadonlySet<string> = new Set([
  ...['envelope', 'undo', 'follow', 'file', 'note', 'notes', 'path', 'signature', 'key', 'definitions'],
]);

/** The writing end. `append` resolves once the record is on disk; records that wait together share one sync. */
export class Journal<T extends Json> {
  readonly #file: string;
  readonly #handle: number;
  /** How the file was left after the last write, and whether it was found otherwise before a later one. */
  #mark: FileMark;
  #wasTouched = false;
  #position: Position;
  #waiting: { body: T; done: (record: Recorded<T>) => void; failed: (error: unknown) => void }[] = [];
  readonly #now: () => Date;
  /** Whether part of a failed write may still stand behind the last record. */
  #isTorn = false;

  private constructor(file: string, handle: number, position: Position, now: () => Date) {
    this.#file = file;
    this.#handle = handle;
    this.#mark = markOf(handle);
    this.#position = position;
    this.#now = now;
  }

  /**
   * Opens or makes a journal. A torn tail (the last write before a crash, never acknowledged) is set aside in a file
   * of its own and cut off. Every record that is there is handed to `replay`, in order. Throws JournalDamaged where
   * whole records stand behind broken ones.
   */
  static open<T extends Json>(
    file: string,
    passingFolder: string,
    schema: z.ZodType<T>,
    now: () => Date,
    replay: (record: Recorded<T>) => void,
  ): Journal<T> {
    const fresh = lstatOf(file) === undefined;
    const handle = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
    // Only its name: what it holds is synced with the first record, and empty it says nothing.
    if (fresh) syncFolder(path.dirname(file));
    let position = START;
    for (const { end, ...record } of recordsIn(file, position, schema)) {
      replay(record);
      position = { offset: end, seq: record.seq, hash: record.hash };
    }
    const tail = Buffer.alloc(fstatSync(handle).size - position.offset);
    readSync(handle, tail, 0, tail.length, position.offset);
    if (tail.length > 0) {
      if (holdsRecord(tail))
        throw new JournalDamaged(file, position.seq + 1, 'whole records stand behind a broken one');
      createFile(passingFolder, `${file}.torn-${sha256(tail).slice(0, 12)}`, tail);
      ftruncateSync(handle, position.offset);
      fsyncSync(handle);
    }
    return new Journal(file, handle, position, now);
  }

  get head(): Position {
    return this.#position;
  }

  /** What became of the file since this writer wrote last. A write of its own that failed half-way is nothing. */
  disturbance(): ReturnType<typeof sinceMark> {
    if (this.#isTorn) return undefined;
    const found =
      sinceMark(this.#file, this.#mark, this.#position.offset) ?? (this.#wasTouched ? 'touched' : undefined);
    this.#wasTouched = false;
    if (found === 'touched') this.#mark = markOf(this.#handle);
    return found;
  }

  append(body: T): Promise<Recorded<T>> {
    return new Promise((done, failed) => {
      this.#waiting.push({ body, done, failed });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  /** Appends at once, for a caller that must not give way in between. */
  appendNow(body: T): Recorded<T> {
    const [record] = this.appendTogether([body]);
    if (record === undefined) throw new Error('nothing was written');
    return record;
  }

  /** Appends several at once, with one sync: after a crash either none of them stands there, or the first ones do. */
  appendTogether(bodies: readonly T[]): readonly Recorded<T>[] {
    this.#flush();
    return this.#write(bodies);
  }

  /** The same for what follows from what is on disk, and is found again where a power cut takes it: the next sync is its. */
  appendDerived(bodies: readonly T[]): readonly Recorded<T>[] {
    this.#flush();
    return this.#write(bodies, false);
  }

  #flush(): void {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    try {
      const written = this.#write(batch.map(entry => entry.body));
      written.forEach((record, index) => {
        batch[index]?.done(record);
      });
    } catch (error) {
      for (const entry of batch) entry.failed(error);
    }
  }

  #write(bodies: readonly T[], isSynced = true): Recorded<T>[] {
    const at = this.#now().toISOString();
    let { offset, seq, hash } = this.#position;
    let text = '';
    const written = bodies.map(given => {
      const body = guardedDeep(given, 'a record', APART);
      const made = writeRecord({ seq, hash }, at, body);
      seq += 1;
      hash = made.hash;
      text += `${made.line}\n`;
      return { seq, at, body, hash };
    });
    const data = Buffer.from(text);
    if (this.#isTorn) this.#cutBack(offset);
    this.#wasTouched ||= markOf(this.#handle).ctimeNs !== this.#mark.ctimeNs;
    try {
      for (let done = 0; done < data.length; ) done += writeSync(this.#handle, data, done);
      if (isSynced) fdatasyncSync(this.#handle);
    } catch (error) {
      // What was not acknowledged must not stand there: the next record would chain to it.
      this.#isTorn = true;
      this.#cutBack(offset);
      throw error;
    }
    this.#mark = markOf(this.#handle);
    offset += data.length;
    this.#position = { offset, seq, hash };
    return written;
  }

  #cutBack(offset: number): void {
    ftruncateSync(this.#handle, offset);
    this.#mark = markOf(this.#handle);
    this.#isTorn = false;
  }

  close(): void {
    this.#flush();
    closeSync(this.#handle);
  }
}

/** Whether any line of a tail is a record that was once acknowledged: its length fits its JSON. */
function holdsRecord(tail: Buffer): boolean {
  const lines = tail.toString('utf8').split('\n').slice(1, -1);
  return lines.some(line => {
    const match = /^(\d{1,9}) [0-9a-f]{64} (\{.*\})$/s.exec(line);
    return match?.[2] !== undefined && Number(match[1]) === Buffer.byteLength(match[2]);
  });
}
