import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { Sha256 } from './digest.ts';
import { Journal, JournalReader } from './journal.ts';
import type { StateFolder } from './state-folder.ts';

/**
 * What sync has put into the vault: on record before the file is written, so that nobody takes it for something that was
 * done by hand on this machine. `by` is the node whose signed commit brought it; it is missing where nobody signed for it.
 */
const BroughtRecord = z.strictObject({ path: z.string(), sha256: Sha256, by: z.string().exactOptional() });
export type BroughtRecord = z.infer<typeof BroughtRecord>;

const fileOf = ({ root }: Pick<StateFolder, 'root'>): string => path.join(root, 'sync', 'brought.journal');

/** Writes the record. For the process that syncs alone. */
export class BroughtJournal {
  readonly #journal: Journal<BroughtRecord>;

  constructor(state: Pick<StateFolder, 'root' | 'tmp'>, now: () => Date) {
    mkdirSync(path.dirname(fileOf(state)), { recursive: true, mode: 0o700 });
    this.#journal = Journal.open(fileOf(state), state.tmp, BroughtRecord, now, () => undefined);
  }

  /** On disk when this returns, with one sync for all of them. */
  record(brought: readonly BroughtRecord[]): void {
    if (brought.length > 0) this.#journal.appendTogether(brought);
  }

  close(): void {
    this.#journal.close();
  }
}

/** Knows what sync has brought. Asked again and again: what is new on record is read each time. */
export class Brought {
  readonly #reader: JournalReader<BroughtRecord>;
  readonly #places = new Map<string, string | undefined>();
  readonly #contents = new Set<string>();

  constructor(state: Pick<StateFolder, 'root'>) {
    this.#reader = new JournalReader(fileOf(state), BroughtRecord);
  }

  /** Whether sync put exactly these bytes into this place: then their being there is nobody’s decision here. */
  isHere(place: string, sha256: string): boolean {
    this.#refresh();
    return this.#places.has(keyOf(place, sha256));
  }

  /** Whether sync put these bytes anywhere: then what they say was not written here. */
  isAnywhere(sha256: string): boolean {
    this.#refresh();
    return this.#contents.has(sha256);
  }

  /** The node that signed for these bytes in this place; undefined where nobody did, or sync did not bring them. */
  by(place: string, sha256: string): string | undefined {
    this.#refresh();
    return this.#places.get(keyOf(place, sha256));
  }

  #refresh(): void {
    for (const { body } of this.#reader.each()) {
      this.#places.set(keyOf(body.path, body.sha256), body.by);
      this.#contents.add(body.sha256);
    }
  }
}

const keyOf = (place: string, sha256: string): string => `${sha256} ${place}`;
