import { z } from 'zod';
import type { Recorded } from '../../core/journal.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import type { Log } from '../../core/log.ts';
import { dayOf } from '../../core/names.ts';
import { sentence } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Vault } from '../../core/vault.ts';
import { logFileName, logHead, parseLogName } from './log-file.ts';
import { LogLines } from './log-lines.ts';

const Line = z.looseObject({ seq: z.int(), ledger: z.string(), hash: z.string() });
type LastLine = z.infer<typeof Line>;

/** Bytes at the end of a log file in which its last line is looked for: more than the longest line. */
const TAIL = 4 * 1024 * 1024;

/** Characters of a day at the beginning of a log file’s name. */
const DAY = '2026-01-01'.length;

/** The names of a node’s log files, in order. */
export const logFiles = (vault: Vault, node: string): string[] =>
  vault
    .list(FOLDERS.logs)
    .map(({ name }) => name)
    .filter(name => parseLogName(name)?.node === node)
    .sort();

/**
 * Writes `Logs/`, one file per node and day, from the ledger. It follows the ledger and is never ahead of it, so that
 * a crash leaves nothing to repair but lines that are still to be written.
 */
export class LogWriter {
  /** The last line that stands in the vault; the ledger must know it, or the state folder is older than the vault. */
  readonly last: LastLine | undefined;
  readonly #lines = new LogLines();
  readonly #vault: Vault;
  readonly #node: string;
  readonly #log: Log;
  #waiting: { text: string; day: string }[] = [];
  /** The day of the last file. Where the clock jumps back, the log goes on in it: the files stay in order. */
  #day = '';
  #foreign = false;

  constructor(vault: Vault, node: string, log: Log) {
    this.#vault = vault;
    this.#node = node;
    this.#log = log;
    this.last = this.#findLast();
  }

  /** Whether the vault’s log tells of records that this ledger never had: it was restored, or is another’s. */
  get isAheadOfLedger(): boolean {
    return this.#foreign;
  }

  heard(record: Recorded<LedgerRecord>): void {
    if (this.last !== undefined && record.seq <= this.last.seq) {
      if (record.seq === this.last.seq && record.hash !== this.last.ledger) this.#foreign = true;
      this.#lines.learn(record, this.last.hash);
      return;
    }
    const { text, at } = this.#lines.next(record);
    const day = dayOf(new Date(at));
    if (day > this.#day) this.#day = day;
    this.#waiting.push({ text, day: this.#day });
  }

  /** After the ledger was read: a last line beyond its end is one that it never had. */
  checkAgainst(head: { seq: number }): void {
    if (this.last !== undefined && this.last.seq > head.seq) this.#foreign = true;
  }

  /** Writes what waits. */
  flush(): void {
    while (this.#waiting.length > 0) {
      const day = this.#waiting[0]?.day ?? this.#day;
      const batch = this.#waiting.filter(one => one.day === day);
      const path = `${FOLDERS.logs}/${logFileName(day, this.#node)}`;
      if (!this.#vault.exists(path)) {
        const made = this.#vault.create(path, logHead(day, this.#node));
        if (!made.ok) {
          this.#log.trouble('log', sentence(made.failure));
          return;
        }
      }
      const written = this.#vault.append(path, batch.map(({ text }) => text).join(''));
      if (!written.ok) {
        this.#log.trouble('log', sentence(written.failure));
        return;
      }
      this.#waiting = this.#waiting.filter(one => one.day !== day);
      this.#log.clear('log');
    }
  }

  /** The last whole line; what a crash left behind it is cut off. */
  #findLast(): LastLine | undefined {
    for (const name of logFiles(this.#vault, this.#node).reverse()) {
      const path = `${FOLDERS.logs}/${name}`;
      const end = this.#vault.tail(path, TAIL);
      if (end === undefined) continue;
      for (let at = end.data.lastIndexOf(10); at > 0; at = end.data.lastIndexOf(10, at - 1)) {
        const start = end.data.lastIndexOf(10, at - 1) + 1;
        const parsed = Line.safeParse(tryJson(end.data.toString('utf8', start, at)));
        if (!parsed.success) continue;
        this.#day = name.slice(0, DAY);
        const whole = end.size - end.data.length + at + 1;
        if (whole < end.size) this.#vault.cut(path, whole);
        return parsed.data;
      }
    }
    return undefined;
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
