import { lstatOf } from '../../core/durable.ts';
import { JournalReader, type Recorded } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';

/**
 * Reads a ledger on and on, also where the file was cut, replaced or restored meanwhile: then from its beginning, and
 * only what is newer than what was told already is told.
 */
export class LedgerTail {
  readonly #file: string;
  #reader: JournalReader<LedgerRecord>;
  #inode: number | undefined;
  /** Bytes that could not be read at the last look: a record that is being written, unless they stay. */
  #unread = 0;
  #isTold = true;
  #last = '';

  constructor(file: string) {
    this.#file = file;
    this.#reader = new JournalReader(file, LedgerRecord);
    this.#inode = lstatOf(file)?.ino;
  }

  /** The records that came since the last look. `isNew` is false for what was told before the file was replaced. */
  *look(): Generator<Recorded<LedgerRecord> & { readonly isNew: boolean }> {
    const inode = lstatOf(this.#file)?.ino;
    const isStuck = this.#unread > 0 && this.#reader.unread === this.#unread && this.#isTold;
    const isOther = inode !== undefined && this.#inode !== undefined && inode !== this.#inode;
    const isAnew = isOther || this.#reader.unread < 0 || isStuck;
    if (isAnew) this.#reader = new JournalReader(this.#file, LedgerRecord);
    this.#inode = inode ?? this.#inode;
    const told = this.#last;
    for (const record of this.#reader.each()) {
      const isNew = !isAnew || record.at > told;
      if (record.at > this.#last) this.#last = record.at;
      yield { ...record, isNew };
    }
    if (this.#reader.unread !== this.#unread) this.#isTold = true;
    else if (isStuck) this.#isTold = false;
    this.#unread = Math.max(0, this.#reader.unread);
  }

  /** What is wrong, where more stands behind the last whole record than one that is being written. */
  get problem(): string | undefined {
    if (this.#unread === 0 || this.#isTold) return undefined;
    return `The ledger cannot be read behind record ${this.#reader.head.seq}. Run  steward verify`;
  }
}
