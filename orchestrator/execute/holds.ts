import { sooner } from '../../core/loop.ts';
import { FOLDERS } from '../../core/states.ts';
import type { FoundNote } from '../approve/approval-folders.ts';
import { judgeFound } from '../approve/known-text.ts';
import { askAnew, byPolicy } from '../approve/propose.ts';
import { policyThatHolds } from '../decide/held-policy.ts';
import { stricterThan } from '../decide/last-check.ts';
import type { Action } from './book.ts';
import type { Brake } from './brake.ts';
import type { ExecutorContext } from './context.ts';
import { HoldClock } from './hold-clock.ts';

/** A time that is shown may be off by this many milliseconds before it is corrected. */
const SHOWN_WITHIN = 45_000;

/** What policy lets through by itself: at once, or after a hold in which the person can say no. */
export class Holds {
  readonly #context: ExecutorContext;
  readonly #brake: Brake;
  readonly #clock: HoldClock;
  #settlesIn: number | undefined;

  constructor(context: ExecutorContext, brake: Brake) {
    this.#context = context;
    this.#brake = brake;
    this.#clock = new HoldClock(() => context.now().getTime(), context.monotonic ?? (() => performance.now()));
  }

  /** Milliseconds until the next hold ends, as found by this look; undefined where none is under way. */
  get settlesIn(): number | undefined {
    return this.#settlesIn;
  }

  /** To be called once at each look around, before any action is advanced. */
  look(): void {
    this.#settlesIn = undefined;
    const held = [...this.#context.ledger.book.actions.values()].filter(({ state }) => state === 'held');
    this.#clock.forgetAllBut(new Set(held.map(({ id }) => id)));
    this.#clock.look(this.#brake.isOn);
  }

  /** An action that was prepared as green or yellow and goes on from there; also where a crash cut that off. */
  async letThrough(action: Action): Promise<boolean> {
    const { ledger, log, now } = this.#context;
    const stricter = stricterThan(action, this.#context);
    if (stricter !== undefined) return askAnew(action.proposed, stricter, this.#context);
    if (action.proposed.zone === 'green') return byPolicy(action, this.#context);
    const length = policyThatHolds(ledger.book).policy.hold_minutes * 60_000;
    const until = new Date(now().getTime() + length);
    await ledger.record({ kind: 'HELD', id: action.id, until: until.toISOString() });
    this.#clock.begin(action.id, length);
    log.event(`holds      ${action.envelope.title}  →  ${FOLDERS.outbox}/${action.envelope.note}.md`);
    return true;
  }

  /** What is next for a held action: its time is corrected, it waits on, it is asked anew, or it may be done. */
  async advance(action: Action, found: readonly FoundNote[]): Promise<boolean> {
    const { ledger, now } = this.#context;
    if (action.held === undefined) return false;
    const left = this.#clock.left(action.id, action.held);
    const until = now().getTime() + left;
    if (!this.#brake.isOn && Math.abs(Date.parse(action.held.until) - until) > SHOWN_WITHIN) {
      await ledger.record({ kind: 'HELD', id: action.id, until: new Date(until).toISOString() });
      return true;
    }
    if (left > 0 || this.#brake.isOn) {
      if (!this.#brake.isOn) this.#settlesIn = sooner(this.#settlesIn, left);
      return false;
    }
    if (Date.parse(action.envelope.expires) <= now().getTime())
      return askAnew(action.proposed, 'Its time had passed while it was held.', this.#context);
    const wait = this.#quiet(action, found);
    if (wait !== 0) {
      if (wait !== undefined) this.#settlesIn = sooner(this.#settlesIn, wait);
      return false;
    }
    const stricter = stricterThan(action, this.#context);
    if (stricter !== undefined) return askAnew(action.proposed, stricter, this.#context);
    return byPolicy(action, this.#context);
  }

  /** A held action whose note had to be written again was perhaps deleted to say no: there is time to say so again. */
  prolong(id: string): void {
    this.#clock.prolong(id);
  }

  /**
   * 0 where its note lies where it was put and nobody is at it; milliseconds until that may be so; undefined where it
   * waits for the person: the note was taken elsewhere, or a value was changed.
   */
  #quiet(action: Action, found: readonly FoundNote[]): number | undefined {
    const { settle, config, log } = this.#context;
    const mine = found.filter(one => one.note.ok && one.note.value.id === action.id);
    for (const { folder, note, path, stats, sha256 } of mine) {
      const isSame = note.ok && judgeFound(action.proposed, note.value, sha256).kind === 'same';
      if ((folder === FOLDERS.outbox || folder === FOLDERS.approved) && isSame && note.value.decision !== 'rejected') {
        const wait = settle.wait(path, stats, config.settle.tick * 1000);
        if (wait > 0) return wait;
      } else {
        const why = 'its note was changed or taken elsewhere, so it waits for your yes or no.';
        log.trouble(`hold ${action.id}`, `${action.envelope.title}: ${why}`);
        return undefined;
      }
    }
    return mine.length === 0 ? undefined : 0;
  }
}
