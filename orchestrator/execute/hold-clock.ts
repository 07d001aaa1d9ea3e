/** Wall and monotonic clock apart by more than this between two looks: the computer slept, or its clock was set. */
const DRIFT = 10_000;
/** Longer than this between two looks: this process did not run, whatever the clocks say. */
const GAP = 60_000;
/** Time to say no after a start or a wake-up. */
const AFTER_WAKING = 5 * 60_000;

type Hold = { left: number; readonly length: number };

/**
 * Counts down holds in time during which the computer was awake and Steward at work. After a start, a wake-up, a clock
 * that was set, or a stop that was lifted, each has at least five minutes left, or its whole length where that is
 * shorter. All times are milliseconds.
 */
export class HoldClock {
  readonly #wall: () => number;
  readonly #monotonic: () => number;
  readonly #holds = new Map<string, Hold>();
  #last: { readonly wall: number; readonly monotonic: number; readonly stopped: boolean } | undefined;

  constructor(wall: () => number, monotonic: () => number) {
    this.#wall = wall;
    this.#monotonic = monotonic;
  }

  /** To be called at each look around. */
  look(stopped: boolean): void {
    const now = { wall: this.#wall(), monotonic: this.#monotonic(), stopped };
    const last = this.#last;
    this.#last = now;
    if (last === undefined) return;
    const passed = now.monotonic - last.monotonic;
    const drift = Math.abs(now.wall - last.wall - passed);
    if (drift > DRIFT || passed > GAP || last.stopped) {
      for (const hold of this.#holds.values()) atLeast(hold);
    } else {
      for (const hold of this.#holds.values()) hold.left -= passed;
    }
  }

  /** Begins a hold anew. */
  begin(id: string, length: number): void {
    this.#holds.set(id, { left: length, length });
  }

  /** Milliseconds that a hold has left; one from an earlier run is taken up again from when it was to end. */
  left(id: string, held: { readonly at: string; readonly until: string }): number {
    const known = this.#holds.get(id) ?? this.#takeUp(id, held);
    return Math.max(0, known.left);
  }

  /** Gives time to say no again: its note was gone, and is shown anew. */
  prolong(id: string): void {
    const hold = this.#holds.get(id);
    if (hold !== undefined) atLeast(hold);
  }

  forgetAllBut(held: ReadonlySet<string>): void {
    for (const id of this.#holds.keys()) if (!held.has(id)) this.#holds.delete(id);
  }

  #takeUp(id: string, { at, until }: { readonly at: string; readonly until: string }): Hold {
    const length = Math.max(0, Date.parse(until) - Date.parse(at));
    const hold = { left: Math.min(length, Date.parse(until) - this.#wall()), length };
    atLeast(hold);
    this.#holds.set(id, hold);
    return hold;
  }
}

function atLeast(hold: Hold): void {
  hold.left = Math.max(hold.left, Math.min(AFTER_WAKING, hold.length));
}
