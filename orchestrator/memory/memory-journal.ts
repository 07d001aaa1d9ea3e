import { z } from 'zod';
import { Json, Sha256 } from '../../core/digest.ts';
import { Identifier, Origin } from '../../core/envelope.ts';
import { Journal, JournalReader } from '../../core/journal.ts';

/** What is on record of Steward’s own notes in `Memory/`: never what a note says of itself. */
const MemoryRecord = z.discriminatedUnion('kind', [
  /** A note, as it is about to be written. `call`: what it was written for; the same call again writes nothing new. */
  z.strictObject({
    kind: z.literal('WROTE'),
    id: Identifier,
    call: z.string(),
    path: z.string(),
    sha256: Sha256,
    /** The digest of its words alone: `wordsDigest`. */
    words: Sha256.exactOptional(),
    origin: Origin,
  }),
  /** What a person’s decision taught, by its name: it is learned once. */
  z.strictObject({ kind: z.literal('LEARNED'), lesson: z.string() }),
]);
export type MemoryRecord = z.infer<typeof MemoryRecord>;
const MemoryJson: z.ZodType<MemoryRecord & Json> = MemoryRecord.and(Json);

export type Wrote = Extract<MemoryRecord, { kind: 'WROTE' }>;

/** The records, as they count. */
export class MemoryBook {
  readonly #byContent = new Map<string, Origin>();
  readonly #byWords = new Map<string, Origin>();
  readonly #ids = new Set<string>();
  readonly #calls = new Map<string, Wrote>();
  readonly #lessons = new Set<string>();

  apply(body: MemoryRecord): void {
    if (body.kind === 'LEARNED') {
      this.#lessons.add(body.lesson);
      return;
    }
    this.#byContent.set(body.sha256, body.origin);
    // The same words may have been written twice: a stranger’s hand in one of them counts.
    if (body.words !== undefined && this.#byWords.get(body.words)?.kind !== 'incoming')
      this.#byWords.set(body.words, body.origin);
    this.#ids.add(body.id);
    this.#calls.set(body.call, body);
  }

  /** Whose the words of a note are that stands as Steward wrote it; undefined where it does not. */
  ofContent(sha256: string): Origin | undefined {
    return this.#byContent.get(sha256);
  }

  /** Whose words these are, where Steward wrote exactly them: a program may have changed the properties around them. */
  ofWords(words: string): Origin | undefined {
    return this.#byWords.get(words);
  }

  /** Whether Steward wrote a note of this id here, whatever became of it. */
  knows(id: unknown): boolean {
    return typeof id === 'string' && this.#ids.has(id);
  }

  ofCall(call: string): Wrote | undefined {
    return this.#calls.get(call);
  }

  hasLearned(lesson: string): boolean {
    return this.#lessons.has(lesson);
  }
}

/** The journal of what was remembered. One writer, the planner; opened when it is first needed. */
export class MemoryJournal {
  readonly #file: string;
  readonly #tmp: string;
  readonly #now: () => Date;
  readonly #book = new MemoryBook();
  #journal: Journal<MemoryRecord & Json> | undefined;

  constructor(file: string, tmp: string, now: () => Date) {
    this.#file = file;
    this.#tmp = tmp;
    this.#now = now;
  }

  #open(): Journal<MemoryRecord & Json> {
    this.#journal ??= Journal.open(this.#file, this.#tmp, MemoryJson, this.#now, ({ body }) => this.#book.apply(body));
    return this.#journal;
  }

  get book(): MemoryBook {
    this.#open();
    return this.#book;
  }

  /** On disk when this returns. */
  record(body: MemoryRecord): void {
    this.#book.apply(this.#open().appendNow(MemoryJson.parse(body)).body);
  }

  /** Reads what is on record without touching it. */
  static read(file: string): MemoryBook {
    const book = new MemoryBook();
    for (const { body } of new JournalReader(file, MemoryRecord).next()) book.apply(body);
    return book;
  }
}
