import type { z } from 'zod';
import { Json, wellFormed } from '../../core/digest.ts';
import { Journal, type Position, type Recorded } from '../../core/journal.ts';
import { isActionRecord, LedgerRecord } from '../../core/ledger-record.ts';
import { type ActionState, nextActionState } from '../../core/states.ts';
import { Book } from './book.ts';

/** The ledger’s records as JSON, checked. */
const RecordJson: z.ZodType<LedgerRecord & Json> = LedgerRecord.and(Json);

/** The executor’s record of every effect, with the book that follows from it. Nothing is true before it is on disk. */
export class Ledger {
  readonly book: Book;
  readonly #journal: Journal<LedgerRecord & Json>;
  readonly #promised = new Map<string, { state: ActionState; records: number }>();
  readonly #heard: (record: Recorded<LedgerRecord>) => void;
  #distrusted: string | undefined;

  private constructor(
    book: Book,
    journal: Journal<LedgerRecord & Json>,
    heard: (record: Recorded<LedgerRecord>) => void,
  ) {
    this.book = book;
    this.#journal = journal;
    this.#heard = heard;
  }

  /** Opens the ledger; `heard` gets every record that is there, then every new one. Throws where it is damaged. */
  static open(file: string, tmp: string, now: () => Date, heard: (record: Recorded<LedgerRecord>) => void): Ledger {
    const book = new Book();
    const journal = Journal.open(file, tmp, RecordJson, now, record => {
      book.apply(record);
      heard(record);
    });
    return new Ledger(book, journal, heard);
  }

  /**
   * Puts records on disk, together, and then into the book. Throws, before anything is written, where a record does not
   * follow from the ones that are on their way.
   */
  async record(...bodies: readonly LedgerRecord[]): Promise<void> {
    if (this.#distrusted !== undefined) throw new Error(this.#distrusted);
    for (const body of bodies) this.#promise(body);
    const written = await this.#append(bodies);
    for (const record of written) {
      this.book.apply(record);
      this.#heard(record);
      if (isActionRecord(record.body)) this.#keep(record.body.id);
    }
  }

  /** A disk that is full or broken leaves nothing half-promised: the same record can be tried again. */
  async #append(bodies: readonly LedgerRecord[]): Promise<Recorded<LedgerRecord>[]> {
    try {
      return await Promise.all(bodies.map(body => this.#journal.append(RecordJson.parse(wellFormed(body)))));
    } catch (error) {
      for (const body of bodies) if (isActionRecord(body)) this.#promised.delete(body.id);
      throw error;
    }
  }

  /** What an action will be once the records on their way are written: a second one must follow from that. */
  #promise(body: LedgerRecord): void {
    if (body.kind === 'PROPOSED') {
      const { id } = body.envelope;
      if (this.book.isKnown(id) || this.#promised.has(id)) throw new Error(`${id} is on record already`);
      return;
    }
    if (!isActionRecord(body)) return;
    const promised = this.#promised.get(body.id);
    const from = promised?.state ?? this.book.actions.get(body.id)?.state ?? this.book.past.get(body.id);
    const state = from === undefined ? undefined : nextActionState(from, body.kind);
    if (state === undefined) throw new Error(`${body.kind} does not follow from ${from ?? 'nothing'} for ${body.id}`);
    this.#promised.set(body.id, { state, records: (promised?.records ?? 0) + 1 });
  }

  #keep(id: string): void {
    const promised = this.#promised.get(id);
    if (promised === undefined) return;
    if (promised.records <= 1) this.#promised.delete(id);
    else this.#promised.set(id, { ...promised, records: promised.records - 1 });
  }

  get head(): Position {
    return this.#journal.head;
  }

  /** What became of its file since this process wrote last; undefined where nobody else touched it. */
  disturbance(): ReturnType<Journal<LedgerRecord & Json>['disturbance']> {
    return this.#journal.disturbance();
  }

  /** From here on nothing is recorded, and so nothing is done: what stands on disk is not what was written. */
  distrust(why: string): void {
    this.#distrusted ??= why;
  }

  get distrusted(): string | undefined {
    return this.#distrusted;
  }

  close(): void {
    this.#journal.close();
  }
}
