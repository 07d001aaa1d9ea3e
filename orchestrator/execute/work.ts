import { reasonOf } from '../../core/system-error.ts';
import { type Approved, isExpired } from '../approve/decisions.ts';
import { advance } from './action.ts';
import type { Action } from './book.ts';
import type { Brake } from './brake.ts';
import { Channels } from './channels.ts';
import type { ExecutorContext } from './context.ts';
import { mayBeginAtOnce } from './may-begin.ts';
import { carryOut, perform, reconcile } from './perform.ts';

/** What is done at action servers, in the background: one effect at a time for each. */
export class Work {
  readonly channels: Channels;
  readonly #context: ExecutorContext;
  readonly #brake: Brake;
  readonly #look: () => void;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #reconciled = new Set<string>();

  /** `look` is called when work at a server has ended. */
  constructor(context: ExecutorContext, brake: Brake, look: () => void) {
    this.#context = context;
    this.#brake = brake;
    this.#look = look;
    this.channels = new Channels(context);
  }

  isBusy(server: string): boolean {
    return this.#busy.has(server);
  }

  get isAnyBusy(): boolean {
    return this.#busy.size > 0;
  }

  /** Whether it was asked in this process what became of an action. */
  wasReconciled({ id }: Action): boolean {
    return this.#reconciled.has(id);
  }

  /** Waits for what servers are doing now. True where anything was. */
  async finish(): Promise<boolean> {
    const working = [...this.#busy.values()];
    await Promise.all(working);
    return working.length > 0;
  }

  /** Starts work at a server, unless effects are stopped or the server is at work. */
  start(action: Action, work: 'perform' | 'reconcile'): boolean {
    const { server } = action.envelope;
    if (this.#busy.has(server) || (work === 'perform' && this.#brake.isOn)) return false;
    if (!this.channels.mayBegin(server)) return false;
    if (work === 'reconcile') this.#reconciled.add(action.id);
    this.#occupy(server, action, () => (work === 'perform' ? this.#performFirst(action) : this.#reconcile(action)));
    return true;
  }

  /**
   * Puts an approval on record. Where its effect can begin at this moment, everything that is looked at before an effect
   * is looked at here; then APPROVED and INTENT are on disk with one sync, and the call follows at once.
   */
  async approve(action: Action, approved: Approved): Promise<void> {
    const { ledger, servers, now } = this.#context;
    const { history } = ledger.book;
    const ahead: Action = { ...action };
    advance(ahead, 'approved', approved, now().toISOString());
    const { id, envelope, digest } = ahead;
    const { server } = envelope;
    const isFree = !this.#busy.has(server) && this.channels.mayBegin(server);
    if (!isFree || !servers.isWarm(server) || !mayBeginAtOnce(ahead, this.#context)) return ledger.record(approved);
    const attempt = action.attempts + 1;
    const recorded = Promise.withResolvers<boolean>();
    this.#occupy(server, action, async () => {
      if (!(await recorded.promise)) return false;
      await carryOut(action, attempt, this.#context);
      this.channels.judge(action);
      return true;
    });
    let isBegun = false;
    history.reserve(id, envelope, now());
    try {
      isBegun = await this.#brake.allows(ahead);
      await ledger.record(approved, ...(isBegun ? [{ kind: 'INTENT', id, digest, attempt } as const] : []));
    } catch (error) {
      isBegun = false;
      throw error;
    } finally {
      if (!isBegun) history.release(id);
      recorded.resolve(isBegun);
    }
  }

  /**
   * Does one thing at a server and, where that was tried, whatever else is approved there by then, without a look around
   * in between.
   */
  #occupy(server: string, first: Action, work: () => Promise<boolean>): void {
    const done = this.#workOff(server, first, work).finally(() => {
      this.#busy.delete(server);
      this.#look();
    });
    this.#busy.set(server, done);
  }

  async #workOff(server: string, first: Action, work: () => Promise<boolean>): Promise<void> {
    const context = this.#context;
    this.channels.begin(server);
    try {
      if (!(await work())) return;
      for (;;) {
        const next = context.ledger.book.nextApproved(server);
        if (next === undefined || this.#brake.isOn || isExpired(next, context)) return;
        if (!this.channels.mayBegin(server)) return;
        await this.#perform(next);
      }
    } catch (error) {
      this.channels.rest(server);
      context.log.trouble(first.id, `${first.envelope.title}: ${reasonOf(error)}. It is tried again.`);
    } finally {
      this.channels.end(server);
    }
  }

  async #performFirst(action: Action): Promise<boolean> {
    const { server } = action.envelope;
    // A server that is not warm takes its time to start: a stop and a no that came meanwhile still count.
    const known = await this.#context.servers.definitions(server);
    if (!known.ok && known.failure.kind === 'retryable') {
      this.channels.failed(server, known.failure.message);
      return false;
    }
    if (this.#brake.isOn || !['approved', 'capped', 'retrying'].includes(action.state)) return false;
    if (isExpired(action, this.#context)) return false;
    await this.#perform(action);
    return true;
  }

  /** Does one action, and judges its server by what came of it if it was tried at all. */
  async #perform(action: Action): Promise<void> {
    const { attempts } = action;
    await perform(action, this.#context, () => this.#brake.allows(action));
    if (action.attempts > attempts) this.channels.judge(action);
  }

  async #reconcile(action: Action): Promise<boolean> {
    await reconcile(action, this.#context);
    return true;
  }
}
