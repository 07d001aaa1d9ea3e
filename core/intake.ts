import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { arrivalRecord } from './arrival-record.ts';
import { attachmentPath } from './attachment-path.ts';
import { sha256 } from './digest.ts';
import { ensureFolder, lstatOf, moveFileExactly, readStart, syncFile } from './durable.ts';
import { createFiles, type NewFile } from './durable-many.ts';
import { KeptItems } from './kept-items.ts';
import { taskId } from './names.ts';
import type { Arrived, Batch, FetchedItem, NoteContext, RawItem } from './networked-watcher.ts';
import { fail, ok, type Result, sentence } from './outcome.ts';
import { type Seen, SeenJournal, type SeenRecord } from './seen.ts';
import { FOLDERS } from './states.ts';
import { clauseOf, mendOf, systemFailure } from './system-error.ts';
import { unreadableNote } from './unreadable-note.ts';
import type { WatcherContext } from './watcher.ts';

const noteOf = ({ note }: Seen): string => `${FOLDERS.needsAction}/${note}.md`;

type Place = Omit<RawItem, 'bytes' | 'key'>;
type Made = { readonly seen: Seen; readonly arrived: Arrived };
/** A batch whose bytes are on disk and whose notes are made: what is left is to put it on record and into the vault. */
export type Prepared = { readonly batch: Batch; readonly made: readonly Made[] };
/** The number that a task’s id ends in: what is remembered of a hundred thousand of them fits into a few megabytes. */
const numberOf = (task: string): number => Number.parseInt(task.slice(-12), 16);

export type MakeNote = (item: RawItem, context: NoteContext) => Promise<Result<Arrived>>;

/** What an intake is told of its source. */
export type IntakeSource = {
  /** The watcher’s name: also the kind of its tasks. */
  readonly name: string;
  /** How the kept bytes of an item are called: `eml`. */
  readonly extension: string;
  readonly make: MakeNote;
  readonly known: () => NoteContext['known'];
};

/** Bytes of an item that are read into memory to make a note of it: a mail with attachments of 50 MB. */
const LARGEST = 100 * 1024 * 1024;

/**
 * Brings what a source fetched onto the disk, each item once, on whatever node: its bytes, the record, its attachments,
 * its note, the record that the note stands. It may die between any two steps: what is on record goes on from its bytes,
 * what is not is fetched again, since the cursor is moved last. What a batch needs before its record, `prepare` does, also
 * while the batch before is being written.
 */
export class Intake {
  readonly #context: WatcherContext;
  readonly #source: IntakeSource;
  readonly #journal: SeenJournal;
  readonly #folder: string;
  readonly #kept: KeptItems;
  /** Tasks that are on record, as the numbers in their names. */
  readonly #known = new Set<number>();
  readonly #unwritten = new Map<string, Seen>();
  /** That these notes stand goes on record with whatever does next: until then they would be looked for once more. */
  #stand: readonly SeenRecord[] = [];
  /** Whom the person wrote to, as far as that is on record. */
  readonly #written = new Set<string>();

  constructor(context: WatcherContext, source: IntakeSource) {
    this.#context = context;
    this.#source = source;
    const { state, now } = context;
    this.#folder = path.join(state.root, source.name);
    ensureFolder(this.#folder);
    this.#journal = new SeenJournal(state.seen, source.name, state.tmp, now, record => this.#remember(record));
    const standing = (task: string): 'unwritten' | 'written' | undefined =>
      this.#unwritten.has(task) ? 'unwritten' : this.#known.has(numberOf(task)) ? 'written' : undefined;
    this.#kept = new KeptItems({ ...{ folder: this.#folder, extension: source.extension }, state, standing, now });
  }

  /** Whether an item is on record. */
  has(account: string, key: string): boolean {
    return this.#known.has(numberOf(this.#taskOf(account, key)));
  }

  /** Keeps the bytes of what is new in a batch, and makes its notes. Where it fails, the batch is to be fetched again. */
  async prepare(batch: Batch): Promise<Result<Prepared>> {
    try {
      const fresh = this.#freshIn(batch.items);
      const [, made] = await Promise.all([this.#keep(fresh), this.#make(fresh)]);
      return made.ok ? ok({ batch, made: made.value }) : made;
    } catch (error) {
      return notWritten(error);
    }
  }

  /** Takes a batch; how many tasks it made. Where it fails, the batch is to be fetched again. One at a time. */
  async take({ batch, made }: Prepared): Promise<Result<number>> {
    try {
      const finished = await this.finish();
      if (!finished.ok) return finished;
      // Another folder may have brought the same meanwhile.
      const fresh = made.filter(({ seen }) => !this.#known.has(numberOf(seen.task)));
      this.#put([...fresh.map(({ seen }) => seen), ...this.#newlyWritten(batch)]);
      return await this.#write(fresh);
    } catch (error) {
      return notWritten(error);
    }
  }

  /** Puts on record what still waits for that. */
  settle(): Result<'settled'> {
    try {
      this.#put([]);
      return ok('settled');
    } catch (error) {
      return notWritten(error);
    }
  }

  /** Writes the notes that are on record and do not stand yet. */
  async finish(): Promise<Result<number>> {
    const left = [...this.#unwritten.values()];
    if (left.length === 0) return ok(0);
    const made: Made[] = [];
    for (const seen of left) {
      const one = await this.#again(seen);
      if (!one.ok) return one;
      made.push({ seen, arrived: one.value });
    }
    return this.#write(made);
  }

  /** Lets go of what was kept of tasks that ended long ago, where it is time to. */
  tidy(): void {
    this.#kept.look();
  }

  async close(): Promise<void> {
    await this.#kept.close();
    // Where it fails, the notes are looked for when it starts again.
    this.settle();
    this.#journal.close();
  }

  #taskOf(account: string, key: string): string {
    return taskId(this.#source.name, sha256(`${this.#source.name}\n${account}\n${key}`));
  }

  #freshIn(items: readonly FetchedItem[]): readonly { task: string; item: FetchedItem }[] {
    const fresh = new Map<string, FetchedItem>();
    for (const item of items) {
      const task = this.#taskOf(item.account, item.key);
      if (!this.#known.has(numberOf(task)) && !fresh.has(task)) fresh.set(task, item);
    }
    return [...fresh].map(([task, item]) => ({ task, item }));
  }

  /** Where the bytes of an item are kept. */
  #fileOf(task: string): string {
    return path.join(this.#folder, `${task}.${this.#source.extension}`);
  }

  async #keep(fresh: readonly { task: string; item: FetchedItem }[]): Promise<void> {
    const files: NewFile[] = [];
    for (const { task, item } of fresh) {
      const [target, { body }] = [this.#fileOf(task), item];
      if (body instanceof Uint8Array) files.push({ target, data: body });
      else if ('file' in body) {
        syncFile(body.file);
        // Left by a round that died before it put this on record: the same bytes.
        if (moveFileExactly(body.file, target) === 'taken') rmSync(body.file, { force: true });
      }
    }
    await createFiles(this.#context.state.tmp, files);
  }

  /** Of what is too large to be taken apart, the beginning. */
  #bytesOf(task: string): Uint8Array {
    const file = this.#fileOf(task);
    const size = lstatOf(file)?.size ?? 0;
    return size <= LARGEST ? readFileSync(file) : readStart(file, 1024 * 1024);
  }

  async #make(items: readonly { task: string; item: FetchedItem }[]): Promise<Result<readonly Made[]>> {
    const known = this.#source.known();
    const asked = items.map(({ task, item: { body, ...item } }): Promise<Result<Arrived>> => {
      if ('why' in body) return Promise.resolve(fail('invalid', body.why));
      const bytes = body instanceof Uint8Array ? body : this.#bytesOf(task);
      return this.#source.make({ ...item, bytes }, { task, known });
    });
    const made: Made[] = [];
    for (const [index, { task, item }] of items.entries()) {
      const arrived = this.#readable(task, item, (await asked[index]) ?? fail('invalid', 'It is damaged.'));
      if (!arrived.ok) return arrived;
      made.push({ seen: arrivalRecord(this.#source.name, task, item, arrived.value), arrived: arrived.value });
    }
    return ok(made);
  }

  /** What cannot be read becomes a task that says so; what this computer lacks is tried again. */
  #readable(task: string, { account, folder, received, size, about }: Place, made: Result<Arrived>): Result<Arrived> {
    if (made.ok || made.failure.kind === 'retryable') return made;
    const kept = lstatOf(this.#fileOf(task)) === undefined ? undefined : this.#fileOf(task);
    const item = { account, folder, received, size, about };
    return ok(unreadableNote(item, { task, source: this.#source.name, why: made.failure.message, kept }));
  }

  /** What an item on record says, from the bytes that are kept of it. */
  async #again(seen: Seen): Promise<Result<Arrived>> {
    const { task, instance: key, item } = seen;
    if (item === undefined) return fail('permanent', `${task} is on record without what it was.`);
    if (lstatOf(this.#fileOf(task)) === undefined)
      return this.#readable(task, item, fail('invalid', 'What was kept of it is gone.'));
    const raw = { ...item, key, bytes: this.#bytesOf(task) };
    return this.#readable(task, item, await this.#source.make(raw, { task, known: this.#source.known() }));
  }

  /** Attachments first, so that no note links what is not there. */
  async #write(made: readonly Made[]): Promise<Result<number>> {
    const { vault, log } = this.#context;
    const open = made.filter(({ seen }) => !this.#isTaken(seen));
    const kept = open.flatMap(({ arrived: { attachments } }) => attachments);
    const attached = kept.map(({ name, sha256: hash, bytes }) => ({ path: attachmentPath(hash, name), data: bytes }));
    const once = [...new Map(attached.map(file => [file.path, file])).values()];
    const notes = open.map(({ seen, arrived }) => ({ path: noteOf(seen), data: arrived.note }));
    const done = await vault.createTogether([...once, ...notes]);
    const failed = done.find(one => !one.ok && one.failure.kind !== 'denied');
    if (failed?.ok === false) return failed;
    for (const [index, one] of done.entries()) {
      // It may hold a secret of the person’s: the message itself has it still.
      if (!one.ok) log.trouble(`kept ${once[index]?.path ?? ''}`, sentence(one.failure));
      const written = one.ok && one.value === 'created' ? open[index - once.length] : undefined;
      if (written !== undefined) log.event(`arrived    ${written.seen.title}`);
    }
    for (const { seen } of made) this.#unwritten.delete(seen.task);
    this.#stand = [...this.#stand, ...made.map(({ seen }) => ({ kind: 'written', task: seen.task }) as const)];
    return ok(made.length);
  }

  /** Whether its note stood before: the planner moves it, and the record of it was lost. */
  #isTaken({ task }: Seen): boolean {
    const { state } = this.#context;
    return [state.tasks, state.closedTasks].some(folder => lstatOf(path.join(folder, `${task}.journal`)) !== undefined);
  }

  #newlyWritten({ wroteTo = [] }: Batch): readonly SeenRecord[] {
    const records: SeenRecord[] = [];
    for (const { message, addresses, day } of wroteTo) {
      const fresh = addresses.filter(address => !this.#written.has(address.toLowerCase()));
      for (const address of fresh) this.#written.add(address.toLowerCase());
      if (fresh.length > 0) records.push({ kind: 'wrote_to', message: message.slice(0, 1000), addresses: fresh, day });
    }
    return records;
  }

  #put(records: readonly SeenRecord[]): void {
    this.#journal.recordTogether([...this.#stand, ...records]);
    this.#stand = [];
    for (const record of records) this.#remember(record);
  }

  #remember(record: SeenRecord): void {
    switch (record.kind) {
      case 'seen':
        this.#known.add(numberOf(record.task));
        this.#unwritten.set(record.task, record);
        return;
      case 'written':
        this.#unwritten.delete(record.task);
        return;
      case 'wrote_to':
        for (const address of record.addresses) this.#written.add(address.toLowerCase());
        return;
      case 'duplicate':
        return;
    }
  }
}

const notWritten = (error: unknown): ReturnType<typeof systemFailure> =>
  systemFailure(`What arrived could not be written: ${clauseOf(error)}`, error, mendOf(error));
