import { seqOf } from './log-chain.ts';
import { fitsDay, type LogFile, logHead } from './log-file.ts';

/** One line of a log file, as bytes without its newline. */
export type FoundLine = {
  readonly file: LogFile;
  /** Its number in the file. */
  readonly number: number;
  readonly bytes: Buffer;
  readonly isFirst: boolean;
};
type Lines = Iterable<{ readonly bytes: Buffer; readonly isWhole: boolean }>;

/** The lines of JSON of log files, in order. What stands around them is held against what Steward writes. */
export function* linesOfLogs(
  files: readonly LogFile[],
  read: (name: string) => Lines,
  tell: (problem: string) => void,
): Generator<FoundLine> {
  for (const [index, file] of files.entries()) {
    const head = logHead(file.day, file.node).split('\n').slice(0, -1);
    let number = 0;
    for (const { bytes, isWhole } of read(file.name)) {
      number += 1;
      const isHead = number <= head.length;
      if (isHead && !bytes.equals(Buffer.from(head[number - 1] ?? '')))
        tell(`${file.name}: line ${number}, before the log itself, is not what Steward writes there.`);
      if (!isHead && !isWhole) tell(`${file.name}: its last line is cut off.`);
      else if (!isHead) {
        yield { file, number, bytes, isFirst: number === head.length + 1 };
      }
    }
    if (number < head.length) tell(`${file.name}: it is cut off before the log begins.`);
    // A crash may leave a file without a line only where nothing was written after it.
    else if (number === head.length && index < files.length - 1) tell(`${file.name}: it holds no line.`);
  }
}

/**
 * Holds the lines of a log against those that the ledger gives, one by one. `whole`: none may be missing; otherwise it
 * is a copy, which may be older or hold only some days.
 */
export class LogComparison {
  readonly #lines: Iterator<FoundLine>;
  readonly #isWhole: boolean;
  readonly #tell: (problem: string) => void;
  #next: FoundLine | undefined;
  #missing: { from: number; to: number } | undefined;

  constructor(lines: Iterable<FoundLine>, isWhole: boolean, tell: (problem: string) => void) {
    this.#lines = lines[Symbol.iterator]();
    this.#isWhole = isWhole;
    this.#tell = tell;
    this.#take();
  }

  /** Takes in the line of the next record. */
  expect(seq: number, at: string, line: string): void {
    for (;;) {
      const found = this.#next;
      const said = found === undefined ? undefined : seqOf(found.bytes);
      if (found === undefined || (said !== undefined && said > seq)) {
        this.#lacks(seq);
        return;
      }
      this.#flush();
      this.#take();
      const place = `${found.file.name}: line ${found.number}`;
      if (found.bytes.equals(Buffer.from(line))) {
        if (!fitsDay(found.file.day, at, found.isFirst)) this.#tell(`${place} stands in the file of another day.`);
        return;
      }
      if (said === undefined || said === seq) {
        this.#tell(`${place}, of record ${seq}, is not what the ledger says.`);
        return;
      }
      this.#tell(`${place} tells of record ${said} once more, or out of its place.`);
    }
  }

  /** After the last record: what is left tells of records that the ledger does not have. */
  end(head: number): void {
    this.#flush();
    let ahead = 0;
    for (let found = this.#next; found !== undefined; found = this.#take()) {
      const said = seqOf(found.bytes);
      if (said !== undefined && said > head) ahead = Math.max(ahead, said);
      else this.#tell(`${found.file.name}: line ${found.number} is none of the ledger’s.`);
    }
    if (ahead > 0)
      this.#tell(
        `The ledger ends with record ${head}, and the log tells of records up to ${ahead}: the ledger was cut, or restored from an older backup.`,
      );
  }

  #take(): FoundLine | undefined {
    const step = this.#lines.next();
    this.#next = step.done ? undefined : step.value;
    return this.#next;
  }

  #lacks(seq: number): void {
    if (!this.#isWhole) return;
    this.#missing = { from: this.#missing?.from ?? seq, to: seq };
  }

  #flush(): void {
    if (this.#missing === undefined) return;
    const { from, to } = this.#missing;
    this.#missing = undefined;
    this.#tell(`The log lacks ${from === to ? `record ${from}` : `records ${from} to ${to}`} of the ledger.`);
  }
}
