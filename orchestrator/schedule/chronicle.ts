import type { LedgerRecord } from '../../core/ledger-record.ts';
import type { Verdict } from '../../core/states.ts';

/** A task that ended. */
export type Ended = {
  readonly at: string;
  readonly task: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly why: string;
  /** The name of its plan; undefined where it had none. */
  readonly plan: string | undefined;
};

/** What happened in a stretch of time, counted. */
export type Counts = Readonly<Record<Verdict | 'byPolicy' | 'byYou', number>>;

/** How far back it is known what happened, in milliseconds. */
const KEPT = 9 * 86_400_000;
/** The most tasks whose titles are kept. */
const TITLES = 200;

/** What happened lately, as the ledger tells it. Takes each record once, in order. */
export class Chronicle {
  /** When the ledger begins. */
  begun: string | undefined;
  /** The tasks that ended last, oldest first. */
  readonly ended: Ended[] = [];
  readonly #moments: Record<keyof Counts, number[]> = { done: [], failed: [], rejected: [], byPolicy: [], byYou: [] };

  apply(body: LedgerRecord, at: string): void {
    this.begun ??= at;
    if (body.kind === 'CLOSED') {
      const { task, title, verdict, why, notes } = body;
      const plan = notes.map(nameOf).find(name => name.endsWith('-plan'));
      this.ended.push({ at, task, title, verdict, why, plan });
      if (this.ended.length > TITLES) this.ended.shift();
      this.#count(verdict, at);
    } else if (body.kind === 'APPROVED' || body.kind === 'REJECTED') {
      this.#count(body.way === 'policy' ? 'byPolicy' : 'byYou', at);
    }
  }

  /** What happened after one moment and up to another, in milliseconds since 1970. */
  between(from: number, to: number): Counts {
    const within = (moments: readonly number[]): number => moments.filter(one => one > from && one <= to).length;
    const { done, failed, rejected, byPolicy, byYou } = this.#moments;
    return {
      ...{ done: within(done), failed: within(failed), rejected: within(rejected) },
      ...{ byPolicy: within(byPolicy), byYou: within(byYou) },
    };
  }

  /**
   * The tasks that failed since a moment and were not taken up again: a task whose note was moved back goes on as
   * `<id>-r2`, `-r3` …
   */
  failedSince(from: number, open: Iterable<string>): readonly Ended[] {
    const again = new Set([...open].map(original));
    return this.ended.filter(({ at, task, verdict }, index) => {
      if (verdict !== 'failed' || Date.parse(at) < from || again.has(original(task))) return false;
      return !this.ended.slice(index + 1).some(later => original(later.task) === original(task));
    });
  }

  #count(what: keyof Counts, at: string): void {
    const moments = this.#moments[what];
    const moment = Date.parse(at);
    moments.push(moment);
    // Now and then, so that a record costs the same however many there are.
    if (moments.length % 1000 === 0) this.#moments[what] = moments.filter(one => one > moment - KEPT);
  }
}

const nameOf = (path: string): string => (path.split('/').at(-1) ?? '').replace(/\.md$/, '');
const original = (task: string): string => task.replace(/-r\d+$/, '');
