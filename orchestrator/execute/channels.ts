import type { Action } from './book.ts';
import { abandoned, type Breaker, begun, CLOSED, faulted, mayBegin, succeeded } from './breaker.ts';
import type { ExecutorContext } from './context.ts';

/** Milliseconds before anything is begun again at a server where something went wrong on our side, as with a full disk. */
const PAUSE = 5000;

/** Whether anything may begin at an action server now: it is not paused, its breaker lets it, and our own disk works. */
export class Channels {
  readonly #context: ExecutorContext;
  readonly #chance: () => number;
  readonly #breakers = new Map<string, Breaker>();
  /** Servers where nothing is begun until then, because our own records could not be written. */
  readonly #resting = new Map<string, number>();

  constructor(context: ExecutorContext, chance = Math.random) {
    this.#context = context;
    this.#chance = chance;
  }

  mayBegin(server: string): boolean {
    if (this.#context.ledger.book.paused.has(server)) return false;
    return (this.#resting.get(server) ?? 0) <= this.#now() && mayBegin(this.#of(server), this.#now());
  }

  /** Something begins; `end` must follow. */
  begin(server: string): void {
    this.#breakers.set(server, begun(this.#of(server)));
  }

  /** What began is over, whether or not it came to a try. */
  end(server: string): void {
    this.#breakers.set(server, abandoned(this.#of(server), this.#now()));
  }

  /** Judges the server by what became of an action that was tried there. */
  judge(action: Action): void {
    const { server } = action.envelope;
    const { state, fault, reason } = action;
    if (state === 'confirmed') this.wentWell(server);
    else if (state === 'unknown') this.failed(server, reason);
    else if (state === 'retrying' || state === 'failed') {
      const isServers = fault === undefined ? state === 'retrying' : fault === 'transient' || fault === 'system';
      if (isServers) this.failed(server, reason);
      else this.wentWell(server);
    }
  }

  wentWell(server: string): void {
    const { log } = this.#context;
    if (this.#of(server).state !== 'closed') log.event(`goes on    ${server} works again`);
    log.clear(`channel ${server}`);
    this.#breakers.set(server, succeeded());
  }

  /** `why`: what happened, as a sentence. */
  failed(server: string, why: string): void {
    const before = this.#of(server);
    const after = faulted(before, this.#now(), this.#chance());
    this.#breakers.set(server, after);
    if (before.state !== 'closed' || after.state !== 'open') return;
    this.#context.log.trouble(
      `channel ${server}`,
      `${server} failed several times in a row: ${why} What is approved there waits and is tried again by itself.`,
    );
  }

  /** Something went wrong on our side. */
  rest(server: string): void {
    this.#resting.set(server, this.#now() + PAUSE);
  }

  #of(server: string): Breaker {
    return this.#breakers.get(server) ?? CLOSED;
  }

  #now(): number {
    return this.#context.monotonic?.() ?? performance.now();
  }
}
