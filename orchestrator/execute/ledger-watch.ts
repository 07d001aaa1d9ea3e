import { z } from 'zod';
import { JournalReader } from '../../core/journal.ts';
import type { Ledger } from './ledger.ts';

/** Milliseconds that one look may spend on reading the ledger anew from its start. */
const SLICE = 20;

const WORDS = {
  gone: 'the file is gone',
  replaced: 'another file stands in its place',
  resized: 'it is longer or shorter than what this computer wrote',
} as const;

/**
 * Holds the ledger on disk against the one that this process wrote. Each look compares what the file is (the same one,
 * its length, when it was touched) and reads what is new; the whole chain is read in the background, a slice at a time,
 * and at once where somebody has touched the file.
 */
export class LedgerWatch {
  readonly #file: string;
  readonly #ledger: Ledger;
  readonly #every: number;
  readonly #tail: JournalReader<unknown>;
  #whole: JournalReader<unknown> | undefined;
  #due: number;

  /** `every`: milliseconds between two readings of the whole; `now` is of a clock that only goes forward. */
  constructor(file: string, ledger: Ledger, every: number, now: number) {
    this.#file = file;
    this.#ledger = ledger;
    this.#every = every;
    this.#tail = new JournalReader(file, z.unknown(), ledger.head);
    this.#due = now + every;
  }

  /** What is wrong with the ledger on disk, as a clause; undefined where nothing is. */
  look(clock: () => number): string | undefined {
    const disturbed = this.#ledger.disturbance();
    if (disturbed === 'touched') this.#whole = this.#readAnew();
    else if (disturbed !== undefined) return WORDS[disturbed];
    return this.#compare(this.#tail, () => false) ?? this.#goOn(clock, disturbed === 'touched');
  }

  /** Goes on with the whole; to its end where that cannot wait. */
  #goOn(clock: () => number, isUrgent: boolean): string | undefined {
    if (this.#whole === undefined && clock() < this.#due) return undefined;
    this.#whole ??= this.#readAnew();
    const end = clock() + SLICE;
    const wrong = this.#compare(this.#whole, () => !isUrgent && clock() > end);
    if (this.#whole.head.seq < this.#ledger.head.seq && wrong === undefined) return undefined;
    this.#whole = undefined;
    this.#due = clock() + this.#every;
    return wrong;
  }

  #readAnew(): JournalReader<unknown> {
    return new JournalReader(this.#file, z.unknown());
  }

  /** Reads on, and holds what was read against the last record that this process wrote. */
  #compare(reader: JournalReader<unknown>, isEnough: () => boolean): string | undefined {
    for (const _ of reader.each()) if (isEnough()) return undefined;
    const { seq, hash } = reader.head;
    const { head } = this.#ledger;
    if (seq === head.seq && hash === head.hash) return undefined;
    return `record ${seq + 1} is not what was written: ${reader.problem ?? 'it is another one'}`;
  }
}
