import path from 'node:path';
import { z } from 'zod';
import { Json, Sha256 } from './digest.ts';
import { Identifier, NoteName, Origin } from './envelope.ts';
import { Journal, JournalReader } from './journal.ts';

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
    sender: z.string().optional(),
    file: SeenFile.optional(),
    /** What tells this arrival from another with the same content. */
    instance: z.string(),
  }),
  z.strictObject({ kind: z.literal('written'), task: Identifier }),
  /** The same content while its first task is still open. */
  z.strictObject({ kind: z.literal('duplicate'), of: Identifier, instance: z.string(), path: z.string() }),
]);
export type SeenRecord = z.infer<typeof SeenRecord>;
export type Seen = Extract<SeenRecord, { kind: 'seen' }>;

const SeenJson: z.ZodType<SeenRecord & Json> = SeenRecord.and(Json);
const fileOf = (folder: string, source: string): string => path.join(folder, `${source}.journal`);

export class SeenJournal {
  readonly #journal: Journal<SeenRecord & Json>;

  constructor(folder: string, source: string, tmp: string, now: () => Date, replay: (record: SeenRecord) => void) {
    this.#journal = Journal.open(fileOf(folder, source), tmp, SeenJson, now, ({ body }) => replay(body));
  }

  /** On disk when this returns. */
  record(body: SeenRecord): void {
    this.#journal.appendNow(SeenJson.parse(body));
  }

  close(): void {
    this.#journal.close();
  }
}

export const followSeen = (folder: string, source: string): JournalReader<SeenRecord> =>
  new JournalReader(fileOf(folder, source), SeenRecord);
