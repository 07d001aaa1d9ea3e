import type { AllowedKey } from '../../core/allowed-signers.ts';
import { sha256 } from '../../core/digest.ts';
import { actionName, type Envelope } from '../../core/envelope.ts';
import { type Exposure, exposedBy } from '../../core/exposure.ts';
import type { Recorded } from '../../core/journal.ts';
import { type ActionRecord, type AskedQuestion, isActionRecord, type LedgerRecord } from '../../core/ledger-record.ts';
import { type ActionState, nextActionState, type Verdict } from '../../core/states.ts';
import { type Action, advance, newAction } from './action.ts';
import { Lately } from './emergency.ts';
import { History } from './history.ts';

export type { Action } from './action.ts';
export type Follow = NonNullable<Extract<LedgerRecord, { kind: 'CONFIRMED' }>['follow']>;
export type OpenQuestion = AskedQuestion & { readonly about: string };
/** The tools of a server as they were first used, by hash, and by which version of Steward. */
export type Pin = { readonly definitions: Readonly<Record<string, string>>; readonly version: string };
export type Pause = {
  readonly why: string;
  readonly by: string;
  readonly at: string;
  readonly until: string | undefined;
};
export type ClosedTask = {
  readonly task: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly notes: readonly string[];
  readonly at: string;
};

/** The id of the task by which something follows from an action: it follows from that action’s. */
const followingTask = (id: string): string => `after-${sha256(id).slice(0, 12)}`;

/** The action by which the person lets a looser policy hold. */
const OWN_POLICY = 'steward.policy';

/** The ledger, read into memory: what is open, what is known, what still has to be filed. Changes only by records. */
export class Book {
  /** Actions that are not filed yet. */
  readonly actions = new Map<string, Action>();
  /** Every id that was ever proposed and is filed by now: an approval counts once. */
  readonly past = new Map<string, ActionState>();
  readonly questions = new Map<string, OpenQuestion>();
  readonly closing = new Map<string, ClosedTask>();
  readonly refused = new Set<string>();
  readonly pins = new Map<string, Pin>();
  stopped: { readonly why: string; readonly by: string; readonly mend?: string | undefined } | undefined;
  /** Action servers at which nothing is begun. */
  readonly paused = new Map<string, Pause>();
  readonly lately = new Lately();
  /** The policy that was put on record last, and the text that the person would not have instead. */
  policy: { readonly sha256: string; readonly text: string } | undefined;
  refusedPolicy: string | undefined;
  readonly history = new History();
  /** What has to follow from actions that were done and is not proposed yet, by the task that it is to be. */
  readonly following = new Map<string, { readonly done: Envelope; readonly follow: Follow }>();
  /** Whose signed decisions count. */
  keys: readonly AllowedKey[] = [];
  #opened = false;
  readonly #closed = new Set<string>();
  /** What reading tools were used for a task, as `server.tool`. */
  readonly #reads = new Map<string, ReadonlySet<string>>();
  /** States of every action of a task that is not closed. */
  readonly #tasks = new Map<string, Map<string, ActionState>>();

  get isNew(): boolean {
    return !this.#opened;
  }

  isKnown(id: string): boolean {
    return this.actions.has(id) || this.past.has(id) || this.refused.has(id);
  }

  /** Tasks with actions that are not filed as closed. */
  openTasks(): readonly string[] {
    return [...this.#tasks.keys()];
  }

  statesOf(task: string): readonly ActionState[] {
    return [...(this.#tasks.get(task)?.values() ?? [])];
  }

  /** The open actions of a task. */
  actionsOf(task: string): readonly Action[] {
    return [...(this.#tasks.get(task)?.keys() ?? [])].flatMap(id => this.actions.get(id) ?? []);
  }

  /** The action that was approved first and not begun yet, for a server. */
  nextApproved(server: string): Action | undefined {
    for (const action of this.actions.values())
      if (action.state === 'approved' && action.envelope.server === server) return action;
    return undefined;
  }

  /** What a task was shown by way of this executor: reading tools, and what was fetched from outside once approved. */
  exposureOf(task: string): Exposure {
    return exposedBy(this.#reads.get(task) ?? []);
  }

  hasOpenQuestion(task: string): boolean {
    return [...this.questions.values()].some(({ about }) => about === task || this.taskOf(about) === task);
  }

  taskOf(id: string): string | undefined {
    const open = this.actions.get(id);
    if (open !== undefined) return open.envelope.task;
    return [...this.#tasks].find(([, actions]) => actions.has(id))?.[0];
  }

  isTaskClosed(task: string): boolean {
    return this.closing.has(task) || this.#closed.has(task);
  }

  /** Takes in one record. Throws where it does not follow from what came before: the ledger is damaged then. */
  apply({ body, at }: Recorded<LedgerRecord>): void {
    if (isActionRecord(body)) {
      this.#move(body, at);
      return;
    }
    switch (body.kind) {
      case 'OPENED':
        this.#opened = true;
        return;
      case 'PINNED':
        this.pins.set(body.server, { definitions: body.definitions, version: body.version });
        return;
      case 'PROPOSED':
        this.#propose(body.envelope);
        return;
      case 'REFUSED':
        this.refused.add(body.id);
        this.#follows(body.task);
        return;
      case 'ASKED':
        this.questions.set(body.asked.id, { ...body.asked, about: body.about });
        this.#markAsked(body.about);
        return;
      case 'ANSWERED':
        this.questions.delete(body.question);
        this.#askAgain(body.about);
        return;
      case 'CLOSED':
        this.closing.set(body.task, {
          task: body.task,
          title: body.title,
          verdict: body.verdict,
          notes: body.notes,
          at,
        });
        return;
      case 'FILED':
        this.#file(body.what);
        return;
      case 'STOPPED':
        this.stopped = { why: body.why, by: body.by, mend: body.mend };
        this.lately.stop(body.about);
        return;
      case 'RESUMED':
        this.stopped = undefined;
        this.lately.resume();
        return;
      case 'PAUSED':
        this.paused.set(body.channel, { why: body.why, by: body.by, at, until: body.until });
        return;
      case 'UNPAUSED':
        this.paused.delete(body.channel);
        return;
      case 'POLICY':
        this.policy = { sha256: body.sha256, text: body.text };
        this.refusedPolicy = undefined;
        return;
      case 'KEYS':
        this.keys = body.keys;
        return;
      case 'READ':
        this.#read(body.task, body.action);
        return;
      case 'QUARANTINED':
        return;
    }
  }

  #propose(envelope: Envelope): void {
    if (this.isKnown(envelope.id)) throw new Error(`${envelope.id} was proposed twice`);
    this.actions.set(envelope.id, newAction(envelope));
    this.#follows(envelope.task);
    if (actionName(envelope) === OWN_POLICY) this.refusedPolicy = undefined;
    this.#remember(envelope.task, envelope.id, 'proposed');
  }

  #read(task: string, action: string): void {
    this.#reads.set(task, new Set(this.#reads.get(task)).add(action));
  }

  #markAsked(id: string): void {
    const action = this.actions.get(id);
    if (action !== undefined) action.asked = true;
  }

  /** An answer whose consequence a crash cut off leaves the outcome as unknown as before: it is asked for again. */
  #askAgain(id: string): void {
    const action = this.actions.get(id);
    if (action?.state === 'unknown') action.asked = false;
  }

  #remember(task: string, id: string, state: ActionState): void {
    const known = this.#tasks.get(task) ?? new Map<string, ActionState>();
    known.set(id, state);
    this.#tasks.set(task, known);
  }

  #move(record: ActionRecord, at: string): void {
    const action = this.actions.get(record.id);
    const from = action?.state ?? this.past.get(record.id);
    const to = from === undefined ? undefined : nextActionState(from, record.kind);
    if (from === undefined || to === undefined) {
      throw new Error(`${record.kind} does not follow from ${from ?? 'nothing'} for ${record.id}`);
    }
    const task = this.taskOf(record.id);
    if (task !== undefined) this.#remember(task, record.id, to);
    if (action === undefined) {
      this.past.set(record.id, to);
      return;
    }
    const { envelope } = action;
    if (record.kind === 'CONFIRMED' && envelope.reach?.does === 'read') this.#read(envelope.task, actionName(envelope));
    // What follows has nothing that follows in turn.
    if (record.kind === 'CONFIRMED' && record.follow !== undefined && envelope.reach?.by !== 'steward')
      this.following.set(followingTask(record.id), { done: envelope, follow: record.follow });
    advance(action, to, record, at);
    this.lately.hear(record, at, action);
    this.history.hear(record, at, { ...action, byPerson: action.way !== 'policy' });
    if (to === 'rejected' && actionName(action.proposed) === OWN_POLICY)
      this.refusedPolicy = String(action.proposed.arguments.sha256);
  }

  /** What follows is proposed, or refused, once. */
  #follows(task: string): void {
    this.following.delete(task);
  }

  #file(what: string): void {
    const action = this.actions.get(what);
    if (action !== undefined) {
      this.actions.delete(what);
      this.past.set(what, action.state);
      return;
    }
    this.closing.delete(what);
    this.#tasks.delete(what);
    this.#reads.delete(what);
    this.#closed.add(what);
  }
}
