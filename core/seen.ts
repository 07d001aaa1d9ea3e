import { readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { Json, Sha256, wellFormed } from './digest.ts';
import { Identifier, NoteName, Origin } from './envelope.ts';
import { Journal, JournalReader, type Position } from './journal.ts';

/**
 * What a watcher has seen: the ingest journal, one file per source. Written before the task’s note, so that origins
 * come from here and never from what a note says of itself.
 */
export const SeenFile = z.strictObject({
  path: z.string(),
  name: z.string(),
  sha256: Sha256,
  size: z.int(),
  modified: z.iso.datetime(),
});

/** What a watcher of a far source kept of an item, so that its note can be made again from the bytes. */
const SeenItem = z.strictObject({
  account: z.string(),
  folder: z.string(),
  received: z.iso.datetime(),
  /** Bytes at the source. */
  size: z.int(),
  about: z.record(z.string(), Json),
});

export const SeenRecord = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('seen'),
    /** The watcher’s name. */
    source: z.string().regex(/^[a-z0-9]+$/),
    task: Identifier,
    /** The name of the task’s note, without `.md`. */
    note: NoteName,
    title: z.string(),
    origin: Origin,
    /** The address that a message came from; never a display name. */
    sender: z.string().exactOptional(),
    file: SeenFile.exactOptional(),
    /** Attachments, where they are kept in the vault. */
    files: z.array(SeenFile).exactOptional(),
    /** What is the same for every item of one conversation. */
    thread: z.string().exactOptional(),
    /** What rules match on; from the item’s bytes, never from its note. */
    facts: z.record(z.string(), Json).exactOptional(),
    item: SeenItem.exactOptional(),
    /** What tells this arrival from another with the same content. */
    instance: z.string(),
  }),
  z.strictObject({ kind: z.literal('written'), task: Identifier }),
  /** Whom the person wrote to, as a mail in their folder of sent mail shows (`wrote-to.ts`). It is no task. */
  z.strictObject({
    kind: z.literal('wrote_to'),
    /** The mail’s Message-ID, or what else tells it from others. */
    message: z.string().max(1000),
    /** Bare addresses. */
    addresses: z.array(z.string().max(320)).max(100),
    /** The day of the mail, by the clock of its sender. */
    day: z.iso.date(),
  }),
  /** The same content while its first task is still open. */
  z.strictObject({ kind: z.literal('duplicate'), of: Identifier, instance: z.string(), path: z.string() }),
]);
export type SeenRecord = z.infer<typeof SeenRecord>;
export type Seen = Extract<SeenRecord, { kind: 'seen' }>;

const fileOf = (folder: string, source: string): string => path.join(folder, `${source}.journal`);

export class SeenJournal {
  readonly #journal: Journal<SeenRecord>;

  constructor(folder: string, source: string, tmp: string, now: () => Date, replay: (record: SeenRecord) => void) {
    this.#journal = Journal.open(fileOf(folder, source), tmp, SeenRecord, now, ({ body }) => replay(body));
  }

  /** On disk when this returns. */
  record(body: SeenRecord): void {
    this.#journal.appendNow(SeenRecord.parse(body));
  }

  /** Several at once, with one sync. They may hold what a stranger wrote. */
  recordTogether(bodies: readonly SeenRecord[]): void {
    if (bodies.length > 0) this.#journal.appendTogether(bodies.map(body => SeenRecord.parse(wellFormed(body))));
  }

  close(): void {
    this.#journal.close();
  }
}

type Arrival = { readonly file: string; readonly from: Position };

/**
 * What all watchers have put on record, by the name of its note. It is known where each record stands, and the record is
 * read when it is asked for: a note that moves back into the vault years later is still known, and costs nothing till then.
 */
export class Arrivals {
  readonly #folder: string;
  readonly #readers = new Map<string, JournalReader<SeenRecord>>();
  readonly #notes = new Map<string, Arrival>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes in what is new. */
  refresh(): void {
    for (const name of readdirSync(this.#folder)) {
      const source = /^([a-z0-9]+)\.journal$/.exec(name)?.[1];
      if (source === undefined) continue;
      const file = fileOf(this.#folder, source);
      const reader = this.#readers.get(file) ?? new JournalReader(file, SeenRecord);
      this.#readers.set(file, reader);
      let from = reader.head;
      for (const { body } of reader.each()) {
        if (body.kind === 'seen') this.#notes.set(body.note, { file, from });
        from = reader.head;
      }
    }
  }

  /** What came in under the name of a note, without `.md`. */
  get(note: string): Seen | undefined {
    const known = this.#notes.get(note);
    if (known === undefined) return undefined;
    for (const { body } of new JournalReader(known.file, SeenRecord, known.from).each())
      return body.kind === 'seen' ? body : undefined;
    return undefined;
  }

  /** What came in as a task. */
  ofTask(task: string): Seen | undefined {
    // The name of a note ends in the mark of its task.
    const mark = task.slice(task.lastIndexOf('-'));
    for (const note of this.#notes.keys()) {
      const seen = note.endsWith(mark) ? this.get(note) : undefined;
      if (seen?.task === task) return seen;
    }
    return undefined;
  }
}
