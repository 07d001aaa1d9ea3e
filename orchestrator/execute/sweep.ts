import { type Swept, sooner } from '../../core/loop.ts';
import { Spool } from '../../core/spool.ts';
import { FOLDERS } from '../../core/states.ts';
import { reasonOf } from '../../core/system-error.ts';
import { ApprovalFolders, type FoundNote } from '../approve/approval-folders.ts';
import { ask, lookAtQuestions } from '../approve/ask.ts';
import { isExpired, takeDecisions } from '../approve/decisions.ts';
import { render } from '../approve/propose.ts';
import { fileAway, finishMoves } from '../report/file-away.ts';
import type { LogWriter } from '../report/log-writer.ts';
import type { Action } from './book.ts';
import type { Brake } from './brake.ts';
import type { ExecutorContext } from './context.ts';
import { takeMessages } from './messages.ts';
import { isDue, perform, reconcile } from './perform.ts';
import { Reads } from './reads.ts';

/** Milliseconds that an open approval may be missing (a move in progress) before its note is written again. */
const MISSING = 3000;

/** Milliseconds before anything is begun again at a server where something went wrong on our side, as with a full disk. */
const PAUSE = 5000;

/** The executor’s look around: messages, decisions, effects, filing. Everything follows from the ledger and the vault. */
export class Executor {
  readonly #context: ExecutorContext;
  readonly #spool: Spool;
  readonly #brake: Brake;
  readonly #logs: LogWriter;
  readonly #folders: ApprovalFolders;
  readonly #look: () => void;
  readonly #reads: Reads;
  /** Servers that are at work; one effect at a time for each. */
  readonly #busy = new Map<string, Promise<void>>();
  /** Servers where nothing is begun until then, in monotonic milliseconds. */
  readonly #paused = new Map<string, number>();
  readonly #missing = new Map<string, number>();
  readonly #shown = new Set<string>();
  readonly #reconciled = new Set<string>();

  constructor(context: ExecutorContext, spool: Spool, brake: Brake, logs: LogWriter, look: () => void) {
    this.#context = context;
    this.#spool = spool;
    this.#brake = brake;
    this.#logs = logs;
    this.#look = look;
    const { plannerSpool, tmp } = context.state;
    this.#reads = new Reads(context, brake, spool, new Spool(plannerSpool, tmp), look);
    this.#folders = new ApprovalFolders(context.vault);
  }

  async sweep(): Promise<Swept> {
    const context = this.#context;
    let moved = await takeMessages(this.#spool, this.#brake, this.#reads, context);
    await this.#brake.look();
    const looked = this.#folders.look((path, why) => context.log.trouble(path, `${path} ${why}`));
    const found = finishMoves(looked, context);
    const decided = await takeDecisions(found, context);
    moved ||= decided.moved;
    for (const action of [...context.ledger.book.actions.values()]) moved = (await this.#advance(action)) || moved;
    const asked = await lookAtQuestions(context);
    const shown = this.#showOpen(found);
    moved = (await fileAway(found, context)) || moved || asked.moved;
    this.#logs.flush();
    const busy = this.#busy.size > 0 ? 25 : undefined;
    return {
      moved,
      settlesIn: [decided.settlesIn, asked.settlesIn, shown, busy, this.#reads.settlesIn].reduce(sooner),
    };
  }

  /** Waits for what servers are doing now. True where anything was. */
  async finish(): Promise<boolean> {
    const working = [...this.#busy.values()];
    await Promise.all(working);
    const hasRead = await this.#reads.finish();
    this.#logs.flush();
    return working.length > 0 || hasRead;
  }

  /** What the ledger says has to happen next to one action. */
  async #advance(action: Action): Promise<boolean> {
    const context = this.#context;
    switch (action.state) {
      case 'proposed':
      case 'wanted':
        if (!isExpired(action, context)) return false;
        await context.ledger.record({ kind: 'EXPIRED', id: action.id });
        context.log.event(`lapsed     ${action.envelope.title}`);
        return true;
      case 'expired':
        if (action.asked) return false;
        await ask(action, 'lapsed', context);
        return true;
      case 'approved':
        if (isExpired(action, context)) {
          await context.ledger.record({ kind: 'EXPIRED', id: action.id });
          return true;
        }
        return this.#start(action, perform);
      case 'retrying':
        if (!isDue(action.next, context.now())) return false;
        return this.#start(action, perform);
      case 'executing':
        if (this.#busy.has(action.envelope.server)) return false;
        await context.ledger.record({
          kind: 'UNKNOWN',
          id: action.id,
          why: 'Steward was interrupted before an answer came.',
        });
        return true;
      case 'unknown':
        if (action.asked || this.#busy.has(action.envelope.server)) return false;
        if (!this.#reconciled.has(action.id)) return this.#start(action, reconcile);
        await ask(action, 'unknown', context);
        return true;
      default:
        return false;
    }
  }

  /** Starts work at a server in the background, unless effects are stopped or the server is at work. */
  #start(action: Action, work: (action: Action, context: ExecutorContext) => Promise<void>): boolean {
    const { server } = action.envelope;
    if (this.#busy.has(server) || (work === perform && this.#brake.isOn)) return false;
    if ((this.#paused.get(server) ?? 0) > performance.now()) return false;
    if (work === reconcile) this.#reconciled.add(action.id);
    const done = this.#workOff(action, work).finally(() => {
      this.#busy.delete(server);
      this.#look();
    });
    this.#busy.set(server, done);
    return true;
  }

  /** Does one thing at a server, then whatever else is approved there by then, without a look around in between. */
  async #workOff(first: Action, work: (action: Action, context: ExecutorContext) => Promise<void>): Promise<void> {
    const context = this.#context;
    const { server } = first.envelope;
    try {
      if (work === perform) {
        // A server that is not warm takes its time to start: a stop and a no that came meanwhile still count.
        await context.servers.definitions(server);
        if (this.#brake.isOn || (first.state !== 'approved' && first.state !== 'retrying')) return;
      }
      await work(first, context);
      for (;;) {
        const next = context.ledger.book.nextApproved(server);
        if (next === undefined || this.#brake.isOn || isExpired(next, context)) return;
        await perform(next, context);
      }
    } catch (error) {
      this.#paused.set(server, performance.now() + PAUSE);
      context.log.trouble(first.id, `${first.envelope.title}: ${reasonOf(error)}. It is tried again.`);
    }
  }

  /** An open approval that lies nowhere is written again: only a decision ends it. */
  #showOpen(found: readonly FoundNote[]): number | undefined {
    const present = new Set(found.flatMap(one => (one.note.ok ? [one.note.value.id] : [])));
    let settlesIn: number | undefined;
    for (const action of this.#context.ledger.book.actions.values()) {
      if (!['proposed', 'wanted', 'expired'].includes(action.state)) continue;
      if (present.has(action.id)) {
        this.#shown.add(action.id);
        this.#missing.delete(action.id);
        continue;
      }
      const home = `${FOLDERS.pending}/${action.proposed.note}.md`;
      const there = found.find(({ path }) => path === home);
      // Written since this look began; or broken by hand, and then its place is free once it was set aside.
      if (there === undefined && this.#context.vault.exists(home)) settlesIn = sooner(settlesIn, 5);
      if (there === undefined ? this.#context.vault.exists(home) : !there.note.ok) continue;
      const since = this.#missing.get(action.id) ?? performance.now();
      this.#missing.set(action.id, since);
      const left = this.#shown.has(action.id) ? MISSING - (performance.now() - since) : 0;
      if (left > 0) settlesIn = sooner(settlesIn, left);
      else render(action, this.#context);
    }
    return settlesIn;
  }
}
