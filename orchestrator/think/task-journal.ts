import { readdirSync, renameSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { type Exchange, ToolResult, Turn } from '../../core/brain.ts';
import { Json, Sha256, wellFormed } from '../../core/digest.ts';
import { lstatOf, syncFolder } from '../../core/durable.ts';
import { Identifier, Origin } from '../../core/envelope.ts';
import { Exposure, joined } from '../../core/exposure.ts';
import { Journal, JournalReader, type Recorded } from '../../core/journal.ts';
import { SeenFile } from '../../core/seen.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { exposedByResult, exposedByTaking } from './exposure.ts';
import type { Source } from './provenance.ts';

const Taken = z.strictObject({
  kind: z.literal('TAKEN'),
  id: Identifier,
  stem: z.string(),
  title: z.string(),
  source: z.string(),
  /** Where the note lay when it was taken. A person’s own note stays there until the work is filed. */
  note: z.string(),
  own: z.boolean(),
  sha256: Sha256,
  origin: Origin,
  sender: z.string().optional(),
  file: SeenFile.optional(),
});
export type Taken = z.infer<typeof Taken>;

const Asked = z.strictObject({
  kind: z.literal('ASKED'),
  call: z.string(),
  question: Identifier,
  note: z.string(),
  title: z.string(),
  context: z.string(),
  choices: z.array(z.string()),
});
export type Asked = z.infer<typeof Asked>;

/** What a task’s journal holds: each turn and each result is on disk before the next step. */
export const TaskRecord = z.discriminatedUnion('kind', [
  Taken,
  z.strictObject({ kind: z.literal('TURN'), turn: Turn }),
  z.strictObject({ kind: z.literal('RESULT'), result: ToolResult }),
  /** What the brain is shown from here on, beside the task and what its calls gave. */
  z.strictObject({ kind: z.literal('SHOWN'), exposure: Exposure }),
  z.strictObject({ kind: z.literal('PROPOSED'), call: z.string(), action: Identifier, note: z.string() }),
  Asked,
  z.strictObject({ kind: z.literal('ANSWERED'), question: Identifier, answer: z.string() }),
  /** The person rewrote their note: thinking starts again from the new text. */
  z.strictObject({ kind: z.literal('REVISED'), sha256: Sha256 }),
  z.strictObject({ kind: z.literal('BRAIN_DOWN'), why: z.string(), next: z.iso.datetime() }),
  /** The plan is written for the last time: from here on its notes are the executor’s. */
  z.strictObject({ kind: z.literal('HANDED') }),
  z.strictObject({ kind: z.literal('CLOSING'), verdict: z.enum(['done', 'rejected', 'failed']), why: z.string() }),
]);
export type TaskRecord = z.infer<typeof TaskRecord>;
const TaskJson: z.ZodType<TaskRecord & Json> = TaskRecord.and(Json);

export type Proposed = Extract<TaskRecord, { kind: 'PROPOSED' }>;
export type Closing = Extract<TaskRecord, { kind: 'CLOSING' }>;

/** One task as its journal tells it. */
export class TaskJournal {
  readonly taken: Taken;
  noteHash: string;
  exchanges: (Exchange & { results: ToolResult[] })[] = [];
  readonly proposed: Proposed[] = [];
  readonly asked: Asked[] = [];
  readonly answers = new Map<string, string>();
  /** What the brain was shown, ever: it may have kept it, also where thinking started again. */
  exposure: Exposure;
  /** What its calls have told it that others may have written. */
  readonly readings: Source[] = [];
  /** The text of the file that this is about, once it was read. */
  fileText = '';
  revisions = 0;
  turns = 0;
  down: { why: string; next: string } | undefined;
  closing: Closing | undefined;
  isHanded = false;
  /** The plan as it was last written, so that it is written only when it changed. */
  shown: string | undefined;
  /** Monotonic milliseconds since when the person’s own note is gone. */
  missingSince: number | undefined;
  readonly since: string;
  #journal: Journal<TaskRecord & Json> | undefined;

  private constructor(taken: Taken, since: string) {
    this.taken = taken;
    this.noteHash = taken.sha256;
    this.exposure = exposedByTaking(taken);
    this.since = since;
  }

  static path(state: StateFolder, id: string): string {
    return path.join(state.tasks, `${id}.journal`);
  }

  static isClosed(state: StateFolder, id: string): boolean {
    return lstatOf(path.join(state.closedTasks, `${id}.journal`)) !== undefined;
  }

  /** Whether there is a task of this id, open or closed. One that was cut before its first record is none yet. */
  static isKnown(state: StateFolder, id: string): boolean {
    return TaskJournal.isClosed(state, id) || TaskJournal.read(state, id) !== undefined;
  }

  /** Opens the journal of a task, or begins it with `taken`. Undefined for one that was cut before its first record. */
  static open(state: StateFolder, id: string, now: () => Date, taken?: Taken): TaskJournal | undefined {
    const records: Recorded<TaskRecord>[] = [];
    const journal = Journal.open(TaskJournal.path(state, id), state.tmp, TaskJson, now, record => records.push(record));
    if (records.length === 0 && taken !== undefined) records.push(journal.appendNow(TaskJson.parse(wellFormed(taken))));
    const first = records[0];
    if (first?.body.kind !== 'TAKEN') {
      journal.close();
      return undefined;
    }
    const task = new TaskJournal(first.body, first.at);
    for (const { body } of records.slice(1)) task.#apply(body);
    task.#journal = journal;
    return task;
  }

  /** The records of a task, open or closed, as they stand. */
  static recordsOf(state: StateFolder, id: string): readonly Recorded<TaskRecord>[] {
    const file = TaskJournal.isClosed(state, id)
      ? path.join(state.closedTasks, `${id}.journal`)
      : TaskJournal.path(state, id);
    return new JournalReader(file, TaskRecord).next();
  }

  /** Reads the journal of a task, open or closed, without touching it. */
  static read(state: StateFolder, id: string): TaskJournal | undefined {
    const [first, ...rest] = TaskJournal.recordsOf(state, id);
    if (first?.body.kind !== 'TAKEN') return undefined;
    const task = new TaskJournal(first.body, first.at);
    for (const { body } of rest) task.#apply(body);
    return task;
  }

  /** The ids of every task, open and closed. */
  static ids(state: StateFolder): readonly string[] {
    return [state.tasks, state.closedTasks].flatMap(folder =>
      readdirSync(folder).flatMap(name => (name.endsWith('.journal') ? [name.slice(0, -'.journal'.length)] : [])),
    );
  }

  /** The tasks that are open, read without touching them. */
  static readOpen(state: StateFolder): readonly TaskJournal[] {
    return readdirSync(state.tasks).flatMap(name => {
      const task = name.endsWith('.journal') ? TaskJournal.read(state, name.slice(0, -'.journal'.length)) : undefined;
      return task === undefined ? [] : [task];
    });
  }

  get id(): string {
    return this.taken.id;
  }

  /** On disk when this returns. */
  record(body: TaskRecord): void {
    const sound = TaskJson.parse(wellFormed(body));
    // What is on record, and not what was said, is what counts: it holds no secret.
    this.#apply(this.#journal?.appendNow(sound).body ?? sound);
  }

  /** Puts the journal of a closed task away. */
  close(state: StateFolder): void {
    this.#journal?.close();
    this.#journal = undefined;
    const open = TaskJournal.path(state, this.id);
    renameSync(open, path.join(state.closedTasks, `${this.id}.journal`));
    // A power cut may leave both names of the one file, and then renaming does nothing.
    if (lstatOf(open) !== undefined) unlinkSync(open);
    syncFolder(state.closedTasks);
    syncFolder(state.tasks);
  }

  /** The calls of the last turn that have no result yet. */
  get openCalls(): Turn['calls'] {
    const last = this.exchanges.at(-1);
    if (last === undefined) return [];
    return last.turn.calls.filter(call => !last.results.some(result => result.call === call.id));
  }

  #expose(more: Exposure): void {
    this.exposure = joined(this.exposure, more);
  }

  #apply(body: TaskRecord): void {
    switch (body.kind) {
      case 'TAKEN':
        return;
      case 'TURN':
        this.exchanges.push({ turn: body.turn, results: [] });
        this.turns += 1;
        this.down = undefined;
        return;
      case 'RESULT':
        this.exchanges.at(-1)?.results.push(body.result);
        this.#expose(exposedByResult(body.result.origin));
        if (body.result.origin !== undefined)
          this.readings.push({ origin: body.result.origin, text: body.result.text });
        return;
      case 'SHOWN':
        this.#expose(body.exposure);
        return;
      case 'PROPOSED':
        this.proposed.push(body);
        return;
      case 'ASKED':
        this.asked.push(body);
        return;
      case 'ANSWERED':
        this.answers.set(body.question, body.answer);
        return;
      case 'REVISED':
        this.noteHash = body.sha256;
        this.exchanges = [];
        // New words also reopen a task that was about to end.
        this.closing = undefined;
        this.revisions += 1;
        return;
      case 'BRAIN_DOWN':
        this.down = { why: body.why, next: body.next };
        return;
      case 'HANDED':
        this.isHanded = true;
        return;
      case 'CLOSING':
        this.closing = body;
        return;
    }
  }
}
