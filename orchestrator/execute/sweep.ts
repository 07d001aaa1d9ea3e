import { type Swept, sooner } from '../../core/loop.ts';
import { Spool } from '../../core/spool.ts';
import { reasonOf } from '../../core/system-error.ts';
import { ApprovalFolders, type FoundNote } from '../approve/approval-folders.ts';
import { ask, lookAtQuestions } from '../approve/ask.ts';
import { isForAnother, sendAcross } from '../approve/crossing.ts';
import { isExpired, takeDecisions } from '../approve/decisions.ts';
import { closeFollowed, proposeFollowing } from '../approve/following.ts';
import { PolicyKeeper } from '../approve/policy-keeper.ts';
import { closeUndone } from '../approve/undo.ts';
import { policyThatHolds } from '../decide/held-policy.ts';
import { fileAway, finishMoves } from '../report/file-away.ts';
import type { LogWriter } from '../report/log-writer.ts';
import type { Action } from './book.ts';
import type { Brake } from './brake.ts';
import type { ExecutorContext } from './context.ts';
import { Holds } from './holds.ts';
import { takeMessages } from './messages.ts';
import { endPauses } from './pauses.ts';
import { isDue } from './perform.ts';
import { Reads } from './reads.ts';
import { Shown } from './shown.ts';
import { Work } from './work.ts';

/** Milliseconds after which what is over a cap is looked at again: a new note on a person may have made room. */
const CAPPED = 300_000;

/** The executor’s look around: messages, decisions, effects, filing. Everything follows from the ledger and the vault. */
export class Executor {
  readonly #context: ExecutorContext;
  readonly #spool: Spool;
  readonly #brake: Brake;
  readonly #logs: LogWriter;
  readonly #folders: ApprovalFolders;
  readonly #reads: Reads;
  readonly #work: Work;
  readonly #holds: Holds;
  readonly #shown: Shown;
  readonly #policy: PolicyKeeper;
  /** When a capped action is looked at again though nothing that it depends on has changed, in monotonic milliseconds. */
  readonly #caps = new Map<string, { readonly at: number; readonly freed: number; readonly policy: string }>();

  constructor(context: ExecutorContext, spool: Spool, brake: Brake, logs: LogWriter, look: () => void) {
    this.#context = context;
    this.#spool = spool;
    this.#brake = brake;
    this.#logs = logs;
    const { plannerSpool, tmp } = context.state;
    this.#work = new Work(context, brake, look);
    this.#reads = new Reads(context, brake, this.#work.channels, spool, new Spool(plannerSpool, tmp), look);
    this.#folders = new ApprovalFolders(context.vault);
    this.#holds = new Holds(context, brake);
    this.#shown = new Shown(context, id => this.#holds.prolong(id));
    this.#policy = new PolicyKeeper(context);
  }

  async sweep(): Promise<Swept> {
    const context = this.#context;
    let moved = await takeMessages(this.#spool, this.#brake, this.#reads, context);
    if (!(await this.#brake.look())) return { moved: false, settlesIn: undefined };
    await endPauses(context);
    const looked = this.#folders.look((path, why) => context.log.trouble(path, `${path} ${why}`));
    const found = finishMoves(looked, context);
    // What is approved begins at once: by what policy says now.
    const policy = await this.#policy.look().catch((error: unknown): Swept => {
      context.log.trouble('policy', `What Policies.md says could not be taken in: ${reasonOf(error)}.`);
      return { moved: false, settlesIn: undefined };
    });
    const decided = await takeDecisions(found, context, (action, approved) => this.#work.approve(action, approved));
    moved ||= policy.moved || decided.moved;
    moved = (await closeUndone(context)) || moved;
    moved = (await proposeFollowing(context)) || moved;
    moved = (await closeFollowed(context)) || moved;
    this.#holds.look();
    for (const id of this.#caps.keys())
      if (context.ledger.book.actions.get(id)?.state !== 'capped') this.#caps.delete(id);
    for (const action of [...context.ledger.book.actions.values()]) moved = (await this.#try(action, found)) || moved;
    const asked = await lookAtQuestions(context);
    const shown = this.#shown.look(found);
    moved = (await fileAway(found, context)) || moved || asked.moved;
    this.#logs.flush();
    const busy = this.#work.isAnyBusy ? 25 : undefined;
    return {
      moved,
      settlesIn: [
        decided.settlesIn,
        asked.settlesIn,
        policy.settlesIn,
        this.#holds.settlesIn,
        shown,
        busy,
        this.#reads.settlesIn,
      ].reduce(sooner),
    };
  }

  /** Waits for what servers are doing now. True where anything was. */
  async finish(): Promise<boolean> {
    const hasWorked = await this.#work.finish();
    const hasRead = await this.#reads.finish();
    this.#logs.flush();
    return hasWorked || hasRead;
  }

  /** Moves one action on. One that cannot go on now holds up no other. */
  async #try(action: Action, found: readonly FoundNote[]): Promise<boolean> {
    const { log } = this.#context;
    try {
      const moved = await this.#advance(action, found);
      log.clear(`advance ${action.id}`);
      return moved;
    } catch (error) {
      log.trouble(`advance ${action.id}`, `${action.envelope.title}: ${reasonOf(error)}. It is tried again.`);
      return false;
    }
  }

  /** What the ledger says has to happen next to one action. */
  async #advance(action: Action, found: readonly FoundNote[]): Promise<boolean> {
    const context = this.#context;
    switch (action.state) {
      case 'proposed':
        if (isForAnother(action.proposed, context)) return sendAcross(action, context);
        if (action.proposed.zone !== 'red') return this.#holds.letThrough(action);
        return this.#lapse(action);
      case 'wanted':
        return this.#lapse(action);
      case 'held':
        return this.#holds.advance(action, found);
      case 'expired':
        if (action.asked) return false;
        await ask(action, 'lapsed', context);
        return true;
      case 'approved':
        if (isExpired(action, context)) {
          await context.ledger.record({ kind: 'EXPIRED', id: action.id });
          return true;
        }
        return this.#work.start(action, 'perform');
      case 'capped':
        if (isExpired(action, context)) return this.#lapse(action);
        if (!this.#mayFit(action)) return false;
        if (this.#work.start(action, 'perform')) return true;
        this.#caps.delete(action.id);
        return false;
      case 'retrying':
        // A channel may be paused for weeks: what was approved before is no longer meant as a matter of course.
        if (isExpired(action, context)) return this.#lapse(action);
        if (!isDue(action.next, context.now())) return false;
        return this.#work.start(action, 'perform');
      case 'executing':
        if (this.#work.isBusy(action.envelope.server)) return false;
        await context.ledger.record({
          kind: 'UNKNOWN',
          id: action.id,
          why: 'Steward was interrupted before an answer came.',
        });
        return true;
      case 'unknown':
        if (action.asked || this.#work.isBusy(action.envelope.server)) return false;
        if (!this.#work.wasReconciled(action)) return this.#work.start(action, 'reconcile');
        await ask(action, 'unknown', context);
        return true;
      default:
        return false;
    }
  }

  async #lapse(action: Action): Promise<boolean> {
    if (!isExpired(action, this.#context)) return false;
    await this.#context.ledger.record({ kind: 'EXPIRED', id: action.id });
    this.#context.log.event(`lapsed     ${action.envelope.title}`);
    return true;
  }

  /**
   * Whether it is time to look again at what is over a cap: its time has come, what took the room is proven not to have
   * happened, policy has changed, or a while has passed. Until then a look costs nothing, however much was done before.
   */
  #mayFit({ id, capped }: Action): boolean {
    const { ledger, now } = this.#context;
    const { sha256: policy } = policyThatHolds(ledger.book);
    const { freed } = ledger.book.history;
    const known = this.#caps.get(id);
    const isTime = capped !== undefined && Date.parse(capped.until) <= now().getTime();
    const isSame = known?.policy === policy && known.freed === freed && performance.now() < known.at;
    if (isSame && !isTime) return false;
    this.#caps.set(id, { at: performance.now() + CAPPED, freed, policy });
    return true;
  }
}
