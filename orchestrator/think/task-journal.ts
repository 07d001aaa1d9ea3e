import { readdirSync, renameSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import type { Exchange, Remembered, ToolResult, Turn } from '../../core/brain.ts';
import { type Json, wellFormed } from '../../core/digest.ts';
import { lstatOf } from '../../core/durable.ts';
import { isTrustedOrigin } from '../../core/envelope.ts';
import { type Exposure, joined } from '../../core/exposure.ts';
import { Journal, JournalReader, type Recorded } from '../../core/journal.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { exposedByResult, exposedByTaking } from './exposure.ts';
import type { Source } from './provenance.ts';
import {
  type Asked,
  type Closing,
  type FellBack,
  type Proposed,
  type Taken,
  TaskJson,
  TaskRecord,
} from './task-record.ts';
import { addThinker, type Thinker } from './thinkers.ts';

/** One task as its journal tells it. */
export class TaskJournal {
  readonly taken: Taken;
  noteHash: string;
  exchanges: (Exchange & { results: ToolResult[]; readonly brain: string | undefined })[] = [];
  /** Who thought about it so far, in the order in which they came to it, also before it was rewritten. */
  readonly thinkers: Thinker[] = [];
  readonly proposed: Proposed[] = [];
  readonly asked: Asked[] = [];
  readonly answers = new Map<string, string>();
  /** What the brain was shown, ever: it may have kept it, also where thinking started again. */
  exposure: Exposure;
  /** What its calls have told it that others may have written. */
  readonly readings: Source[] = [];
  /** What its calls have told it that is the person’s own: it vouches for a value. */
  readonly vouching: Source[] = [];
  recalled: readonly Remembered[] | undefined;
  /** The text of the file that this is about, once it was read. */
  fileText = '';
  revisions = 0;
  turns = 0;
  down: { why: string; next: string } | undefined;
  fellBack: FellBack | undefined;
  /** Whether it must not leave this machine. */
  isPrivate = false;
  paused: { readonly why: string; readonly by: string; readonly at: string } | undefined;
  closing: Closing | undefined;
  isHanded = false;
  /** The node that ends and files it in place of this one. */
  handedTo: string | undefined;
  /** Whether its note is the person’s own word, written on this machine as far as anybody can tell. */
  isOwnWord: boolean;
  /** Questions whose answers came from another device. */
  readonly answeredElsewhere = new Set<string>();
  /** The plan as it was last written, so that it is written only when it changed. */
  shown: string | undefined;
  /** Monotonic milliseconds since when the person’s own note is gone. */
  missingSince: number | undefined;
  readonly since: string;
  #journal: Journal<TaskRecord & Json> | undefined;

  private constructor(taken: Taken, since: string) {
    this.taken = taken;
    this.noteHash = taken.sha256;
    this.isOwnWord = taken.own && isTrustedOrigin(taken.origin);
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
    for (const record of records.slice(1)) task.#apply(record);
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
    for (const record of rest) task.#apply(record);
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

  /** On disk when this returns; several together, with one sync. */
  record(...bodies: readonly TaskRecord[]): void {
    const sound = bodies.map(body => TaskJson.parse(wellFormed(body)));
    // What is on record, and not what was said, is what counts: it holds no secret.
    const written = this.#journal?.appendTogether(sound) ?? sound.map(body => ({ body, at: this.since }));
    for (const record of written) this.#apply(record);
  }

  /** What follows from the ledger and this journal, and would be found again: on disk with the next record. */
  recordDerived(...bodies: readonly TaskRecord[]): void {
    const sound = bodies.map(body => TaskJson.parse(wellFormed(body)));
    const written = this.#journal?.appendDerived(sound) ?? sound.map(body => ({ body, at: this.since }));
    for (const record of written) this.#apply(record);
  }

  /** The same is in its way as before, which is on record: it is looked at again then. */
  stillDown(next: string): void {
    if (this.down !== undefined) this.down = { ...this.down, next };
  }

  /** The brain that made a call of this task. */
  callerOf(call: string): string | undefined {
    return this.exchanges.findLast(({ turn }) => turn.calls.some(({ id }) => id === call))?.brain;
  }

  /**
   * Puts the journal of a closed task away. Not synced: where a power cut undoes it, the task is open again, the ledger says
   * that it was closed and filed, and it is put away again.
   */
  close(state: StateFolder): void {
    this.#journal?.close();
    this.#journal = undefined;
    const open = TaskJournal.path(state, this.id);
    renameSync(open, path.join(state.closedTasks, `${this.id}.journal`));
    // A power cut may leave both names of the one file, and then renaming does nothing.
    if (lstatOf(open) !== undefined) unlinkSync(open);
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

  #heard(source: Source): void {
    (isTrustedOrigin(source.origin) ? this.vouching : this.readings).push(source);
  }

  #apply({ body, at }: Pick<Recorded<TaskRecord>, 'body' | 'at'>): void {
    switch (body.kind) {
      case 'TAKEN':
        return;
      case 'TURN':
        this.exchanges.push({ turn: body.turn, results: [], brain: body.brain });
        addThinker(this.thinkers, body);
        this.turns += 1;
        this.down = undefined;
        return;
      case 'RESULT':
        this.exchanges.at(-1)?.results.push(body.result);
        this.#expose(exposedByResult(body.result.origin));
        if (body.result.origin !== undefined) this.#heard({ origin: body.result.origin, text: body.result.text });
        return;
      case 'RECALLED':
        this.recalled = body.notes;
        for (const { origin, title, text } of body.notes) {
          this.#expose(exposedByResult(origin));
          this.#heard({ origin, text: `${title}\n${text}` });
        }
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
        if (body.elsewhere === true) {
          this.answeredElsewhere.add(body.question);
          this.#expose({ untrusted: ['an answer from another device'], private: [] });
        }
        return;
      case 'REVISED':
        this.noteHash = body.sha256;
        if (body.elsewhere === true) {
          this.isOwnWord = false;
          this.#expose({ untrusted: [this.taken.source], private: [] });
        }
        this.exchanges = [];
        this.recalled = undefined;
        // New words also reopen a task that was about to end.
        this.closing = undefined;
        this.revisions += 1;
        return;
      case 'BRAIN_DOWN':
        this.down = { why: body.why, next: body.next };
        return;
      case 'FELL_BACK':
        this.fellBack = body;
        this.down = undefined;
        return;
      case 'PRIVATE':
        this.isPrivate = body.is;
        return;
      case 'PAUSED':
        this.paused = { why: body.why, by: body.by, at };
        return;
      case 'UNPAUSED':
        this.paused = undefined;
        return;
      case 'HANDED':
        this.isHanded = true;
        return;
      case 'HANDED_OVER':
        this.handedTo = body.to;
        return;
      case 'CLOSING':
        this.closing = body;
        return;
    }
  }
}
