import { reasonOf } from './system-error.ts';

/** What one look around found. */
export type Swept = {
  /** Whether anything was moved on, so that looking again may move more. */
  readonly moved: boolean;
  /** Milliseconds until something that is still being written or done may have settled. */
  readonly settlesIn: number | undefined;
};

/** The smaller of two waits, where undefined means none. */
export function sooner(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : Math.min(one, other);
}

/**
 * Level-triggered work: an event only says “look again”, a timer finds what no event told, and one look runs at a time.
 * A look that throws is reported and tried again with growing pauses; the work it found is still there.
 */
export class Loop {
  readonly #sweep: () => Promise<Swept>;
  readonly #everyMs: number;
  readonly #failed: (why: string) => void;
  #running: Promise<Swept> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #on = false;
  #failures = 0;

  constructor(sweep: () => Promise<Swept>, everyMs: number, failed: (why: string) => void) {
    this.#sweep = sweep;
    this.#everyMs = everyMs;
    this.#failed = failed;
  }

  start(): void {
    this.#on = true;
    this.look();
  }

  async stop(): Promise<void> {
    this.#on = false;
    clearTimeout(this.#timer);
    await this.#running?.catch(() => undefined);
  }

  /** Looks soon. Calls that come while a look is running make one more. */
  look(): void {
    if (!this.#on) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.now().then(
      swept => {
        this.#failures = 0;
        this.#schedule(this.#again || swept.moved ? 0 : (swept.settlesIn ?? this.#everyMs));
      },
      (error: unknown) => {
        this.#failures += 1;
        this.#failed(reasonOf(error));
        this.#schedule(Math.min(1000 * 2 ** this.#failures, 60_000));
      },
    );
  }

  /** One look, after the one that may be running. */
  async now(): Promise<Swept> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
    this.#again = false;
    this.#running = this.#sweep();
    try {
      return await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  #schedule(inMs: number): void {
    if (!this.#on) return;
    clearTimeout(this.#timer);
    if (inMs === 0) setImmediate(() => this.look());
    else this.#timer = setTimeout(() => this.look(), Math.min(Math.max(inMs, 5), this.#everyMs));
  }
}
