import type { Cursors } from './cursors.ts';
import type { Intake, Prepared } from './intake.ts';
import type { Swept } from './loop.ts';
import type { Channel } from './networked-watcher.ts';
import { type Failure, fail, type Result, sentence } from './outcome.ts';
import { clauseOf, reasonOf } from './system-error.ts';
import { takeBatches } from './take-batches.ts';
import type { RunningWatcher, WatcherContext } from './watcher.ts';
import type { WaysIn } from './ways-in.ts';

/** Milliseconds between tries: what passes by itself, and what only the person can mend. */
const PAUSES = {
  transient: { first: 1000, longest: 5 * 60_000 },
  authentication: { first: 30 * 60_000, longest: 6 * 60 * 60_000 },
};
/** Milliseconds after which a connection that held counts as good. */
const STEADY = 60_000;
/** How soon whoever works once looks again for the end of the first round. */
const SOON = 25;

/** How long to wait after so many failures in a row: doubled each time, and never at the same moment as others. */
export function pauseAfter(failures: number, failure: Failure, chance: number): number {
  const { first, longest } = failure.fault === 'authentication' ? PAUSES.authentication : PAUSES.transient;
  return Math.min(first * 2 ** Math.min(failures - 1, 30), longest) * (0.5 + chance / 2);
}

/**
 * Runs the channels of one watcher, each on its own, so that one that is down holds up no other: fetch until there is no
 * more, wait until the source says that there is, and after a failure try again later and later. What comes is taken in
 * batch by batch, and the cursor is moved once a batch is on disk.
 */
export class WatchedChannels implements RunningWatcher {
  readonly #context: WatcherContext;
  readonly #intake: Intake;
  readonly #cursors: Cursors;
  readonly #ways: WaysIn;
  readonly #ending = new AbortController();
  readonly ways: readonly Channel[];
  readonly #runs: readonly Promise<void>[];
  /** Channels whose first round has not ended. */
  readonly #fresh: Set<Channel>;
  #moved = false;
  #gate: Promise<unknown> = Promise.resolve();

  constructor(
    context: WatcherContext,
    channels: readonly Channel[],
    given: { readonly intake: Intake; readonly cursors: Cursors; readonly ways: WaysIn },
  ) {
    this.#context = context;
    this.#intake = given.intake;
    this.#cursors = given.cursors;
    this.#ways = given.ways;
    this.ways = channels;
    this.#fresh = new Set(channels);
    this.#runs = channels.map(channel => this.#run(channel));
  }

  /** What came in since the last look. The channels run by themselves; only their first round is waited for. */
  async sweep(): Promise<Swept> {
    this.#ways.look();
    this.#intake.tidy();
    const moved = this.#moved;
    this.#moved = false;
    return { moved, settlesIn: this.#fresh.size > 0 ? SOON : undefined };
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.ways.map(channel => channel.close()));
    await Promise.all(this.#runs);
    await this.#gate;
    await this.#intake.close();
  }

  async #run(channel: Channel): Promise<void> {
    const { log } = this.#context;
    const { signal } = this.#ending;
    const cause = `channel ${channel.name}`;
    let failures = 0;
    let isDown = false;
    this.#ways.begins(channel.name);
    while (!signal.aborted) {
      let failure = await this.#round(channel);
      this.#fresh.delete(channel);
      if (signal.aborted) break;
      if (failure === undefined) {
        if (isDown) log.event(`again      ${channel.name} answers`);
        isDown = false;
        log.clear(cause);
        this.#ways.works(channel.name);
        await this.#ways.prove(channel, signal);
        const from = performance.now();
        const waited = await caught(() => channel.wait(signal));
        // Whoever lets in and breaks off at once is not to be asked every second.
        if (performance.now() - from > STEADY) failures = 0;
        if (waited.ok || signal.aborted) continue;
        failure = waited.failure;
      } else {
        isDown = true;
        log.trouble(cause, `${channel.name}: ${sentence(failure)}`);
      }
      failures += 1;
      this.#ways.failed(channel.name, failure);
      await channel.close();
      await pause(pauseAfter(failures, failure, Math.random()), signal);
    }
  }

  /** Takes in what there is; returns why it could not. */
  async #round(channel: Channel): Promise<Failure | undefined> {
    const { signal } = this.#ending;
    try {
      const finished = await this.#alone(() => this.#intake.finish());
      if (!finished.ok) return finished.failure;
      const failure = await takeBatches(channel.fetch(this.#cursors.get(channel.name), signal), signal, {
        prepare: batch => this.#intake.prepare(batch),
        take: prepared => this.#take(channel, prepared),
      });
      const settled = await this.#alone(async () => this.#intake.settle());
      this.#cursors.keep();
      return failure ?? (settled.ok ? undefined : settled.failure);
    } catch (error) {
      return fail('retryable', `Something went wrong: ${clauseOf(error)}`, 'Nothing was lost; Steward tries again.')
        .failure;
    }
  }

  async #take(channel: Channel, prepared: Prepared): Promise<Failure | undefined> {
    const { batch } = prepared;
    const taken = await this.#alone(() => this.#intake.take(prepared));
    if (!taken.ok) return taken.failure;
    this.#cursors.move(channel.name, batch.cursor);
    for (const mark of batch.canaries ?? []) this.#ways.came(channel.name, mark);
    if (batch.told !== undefined) this.#context.log.event(batch.told);
    if (taken.value > 0) {
      this.#moved = true;
      this.#context.look();
    }
    return undefined;
  }

  /** One at a time over all channels: there is one journal. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#gate.then(work);
    this.#gate = mine.catch(() => undefined);
    return mine;
  }
}

async function caught<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    return fail('retryable', `The connection was lost: ${reasonOf(error)}.`);
  }
}

/** Ends early with the signal. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
