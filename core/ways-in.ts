import { ChannelHealth } from './channel-health.ts';
import { type Failure, fail, type Result } from './outcome.ts';
import { reasonOf } from './system-error.ts';
import type { Proof, WatcherContext, WayIn } from './watcher.ts';

/**
 * Keeps how each way in of one watcher stands, and proves it where it is time to: the same for every watcher. That it
 * cannot be put on record, as on a full disk, keeps nothing from coming in.
 */
export class WaysIn {
  readonly #log: WatcherContext['log'];
  readonly #health: ChannelHealth;
  readonly #isProving: boolean;

  /** `quiet`: milliseconds between two looks, where the watcher looks more seldom than every ten minutes. */
  constructor(
    context: Pick<WatcherContext, 'state' | 'config' | 'log' | 'now' | 'monotonic'>,
    watcher: string,
    quiet = 0,
  ) {
    const { state, config, log, now, monotonic } = context;
    const every = config.canary_hours * 3_600_000;
    this.#log = log;
    this.#isProving = every > 0;
    this.#health = new ChannelHealth(state, watcher, now, every, monotonic, quiet);
    this.#noted(() => this.#health.starts());
  }

  begins(name: string): void {
    this.#noted(() => this.#health.begins(name));
  }

  works(name: string): void {
    this.#noted(() => this.#health.works(name));
  }

  failed(name: string, failure: Failure): void {
    this.#noted(() => this.#health.failed(name, failure));
  }

  /** A canary of this way was found at its end. */
  came(name: string, mark: string): void {
    this.#noted(() => this.#health.came(name, mark));
    this.#log.clear(`way ${name}`);
  }

  /** What was put down did not get through, or would not, and it is known why: told until one does. */
  lost(name: string, why: string): void {
    // Without canaries nothing would ever show that it is mended.
    if (this.#isProving) this.#noted(() => this.#health.lost(name, why));
    else this.#log.trouble(`way ${name}`, `${name}: ${why}`);
  }

  /** Whether Steward put it down itself, now or before: anybody can write a mark. */
  isCanary(name: string, mark: string): boolean {
    return this.#health.isCanary(name, mark);
  }

  /** Whether it is the one that is on its way now. */
  isAwaited(name: string, mark: string): boolean {
    return this.#health.isAwaited(name, mark);
  }

  /** Proves a way where it is time to. A canary that could not be put down shows nothing of what comes in. */
  async prove(way: WayIn, signal: AbortSignal): Promise<void> {
    const mark = this.#noted(() => this.#health.due(way.name));
    if (mark === undefined) return;
    const proof = await provenBy(way, mark, signal);
    if (signal.aborted) return;
    if (!proof.ok) this.#noted(() => this.#health.notPlaced(way.name));
    else if (proof.value === 'proved') this.came(way.name, mark);
    else if (proof.value !== 'placed') this.lost(way.name, proof.value.lost);
  }

  /** Tells, once, of what does not get through or has gone silent. */
  look(): void {
    const told = this.#noted(() => this.#health.look());
    for (const [name, text] of told ?? []) this.#log.trouble(`way ${name}`, text);
  }

  #noted<T>(note: () => T): T | undefined {
    try {
      const noted = note();
      this.#log.clear('channels');
      return noted;
    } catch (error) {
      this.#log.trouble('channels', `How the channels stand could not be put on record: ${reasonOf(error)}`);
      return undefined;
    }
  }
}

async function provenBy(way: WayIn, mark: string, signal: AbortSignal): Promise<Result<Proof>> {
  try {
    return await way.prove(mark, signal);
  } catch (error) {
    return fail('retryable', reasonOf(error));
  }
}
