/** Milliseconds for which changes are gathered before the first commit of a burst, and between two later ones at most. */
const GATHER = 25;
const FIRST_GAP = 150;
const LONGEST_GAP = 4000;
/** Milliseconds after which a burst is over. */
const QUIET = 20_000;

/**
 * When the next commit may be made: at once where there is calm, and more rarely the more there were just now, so that
 * a burst of a thousand changes is a few commits. Times are monotonic milliseconds.
 */
export class Pace {
  #sent = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** Something was sent. */
  sent(now: number): void {
    this.#sent = now - this.#last > QUIET ? 1 : this.#sent + 1;
    this.#last = now;
  }

  /** Milliseconds to wait with what changed at `since`. */
  wait(now: number, since: number): number {
    const gap = Math.min(FIRST_GAP * 2 ** (this.#sent - 1), LONGEST_GAP);
    const calm = now - this.#last > QUIET ? 0 : this.#last + gap - now;
    return Math.max(0, calm, since + GATHER - now);
  }
}
