import type { EmergencyLimits } from '../../core/emergency.ts';
import type { Envelope } from '../../core/envelope.ts';
import type { ActionRecord } from '../../core/ledger-record.ts';
import { isFollowing } from '../../core/reach.ts';
import { amountOf } from '../decide/policy/amount.ts';

/** Why Steward stops by itself. `why`: what happened; `mend`: what to look at before it is resumed. */
export type Alarm = { readonly why: string; readonly mend: string; readonly about?: string };

type Heard = { readonly id: string; readonly envelope: Envelope; readonly way: string | undefined };

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** How far above what is usual counts as far, and how far what is usual may lift the limit at most. */
const FAR = 3;
const MOST = 5;
/** What an action does to the world that spends nothing, whatever amount it names: an invoice that is only written. */
const SPENDS_NOTHING: ReadonlySet<string> = new Set(['read', 'create', 'draft']);

/**
 * What happened lately, as far as an emergency is judged by it: from the ledger’s records alone, so that a restart
 * forgets nothing. A time counts as lately on either side of now: a clock that was set back makes nothing vanish. Once a
 * person resumes, the count begins anew, and what tripped it was theirs.
 */
export class Lately {
  /** What each effect that was begun and is not proven undone has spent. */
  readonly #spent = new Map<string, { readonly at: number; readonly amount: number }>();
  /** Effects that failed, or of which nobody knows. */
  readonly #failed = new Map<string, number>();
  readonly #begun = new Set<string>();
  /** When effects began that no person had decided on: those of the last minute, and how many in each minute of a day. */
  #unasked: number[] = [];
  readonly #minutes = new Map<number, number>();
  #about: string | undefined;
  readonly #granted = new Set<string>();

  /** Takes in a record about an action. */
  hear(record: ActionRecord, at: string, heard: Heard): void {
    const time = Date.parse(at);
    const { id } = heard;
    switch (record.kind) {
      case 'INTENT':
        this.#begun.add(id);
        // What a person let happen although it was too much takes no room from what comes after it.
        this.#spend(id, time, this.#granted.has(id) ? 0 : spendOf(heard.envelope));
        // What follows from an effect that a person decided on needs no word of its own.
        if (heard.way === 'policy' && !isFollowing(heard.envelope.reach)) this.#count(time);
        break;
      case 'UNKNOWN':
        this.#failed.set(id, time);
        break;
      case 'NOT_SENT':
        // What never began did not fail; and what nobody knew of was counted when that came up.
        if (this.#begun.has(id) && !this.#failed.has(id)) this.#failed.set(id, time);
        this.#end(id);
        break;
      case 'NOT_SENT_RETRY':
        this.#failed.delete(id);
        this.#spent.delete(id);
        break;
      case 'CONFIRMED':
        this.#failed.delete(id);
        this.#begun.delete(id);
        break;
      default:
        break;
    }
    forget(this.#spent, ({ at: then }) => time - then > DAY);
    forget(this.#failed, then => time - then > DAY);
  }

  #spend(id: string, at: number, amount: number): void {
    if (amount === 0) this.#spent.delete(id);
    else this.#spent.set(id, { at, amount });
  }

  #end(id: string): void {
    this.#begun.delete(id);
    this.#spent.delete(id);
  }

  #count(time: number): void {
    this.#unasked = [...this.#unasked.filter(then => Math.abs(time - then) < MINUTE), time];
    const minute = Math.floor(time / MINUTE);
    this.#minutes.set(minute, (this.#minutes.get(minute) ?? 0) + 1);
    forget(this.#minutes, (_, then) => minute - then > DAY / MINUTE);
  }

  /** Takes in a stop; `about` is the action that would have been too much. */
  stop(about: string | undefined): void {
    this.#about = about;
  }

  /** Takes in that a person resumed, having been told why. */
  resume(): void {
    if (this.#about !== undefined) this.#granted.add(this.#about);
    this.#about = undefined;
    this.#spent.clear();
    this.#failed.clear();
    this.#unasked = [];
  }

  /** What must stop everything as things stand; `now` in milliseconds since the epoch. */
  alarm(limits: EmergencyLimits, now: number): Alarm | undefined {
    const { failures, failures_minutes: minutes, effects_per_minute: most } = limits;
    const failed = [...this.#failed.values()].filter(then => Math.abs(now - then) <= minutes * MINUTE).length;
    if (failed >= failures) {
      return {
        why: `${failed} actions failed, or nobody knows what became of them, within ${minutes} minutes.`,
        mend: 'See in Failed/, Questions/ and steward doctor what is wrong, and mend it.',
      };
    }
    const unasked = this.#unasked.filter(then => Math.abs(now - then) < MINUTE).length;
    const usual = this.#usual(now);
    if (unasked > Math.min(Math.max(most, FAR * usual), MOST * most)) {
      const rate = `${unasked} actions began within a minute without a word of yours on each`;
      return {
        why: `${rate}; ${most} are allowed, and about ${Math.round(usual)} are usual in a busy minute here.`,
        mend: 'See in Logs/ what they were. If that was too much, make Policies.md stricter; if not, raise emergency.effects_per_minute in config.yaml.',
      };
    }
    return undefined;
  }

  /**
   * What must stop everything before one action begins: with it, more would be spent than is allowed in a day. Where
   * nothing must, the action counts as spent from here on, so that two servers cannot both take the last of it.
   */
  alarmBefore({ id, envelope }: Omit<Heard, 'way'>, limits: EmergencyLimits, now: number): Alarm | undefined {
    const amount = spendOf(envelope);
    if (amount === 0 || this.#granted.has(id)) return undefined;
    const earlier = [...this.#spent]
      .filter(([other, { at }]) => other !== id && Math.abs(now - at) <= DAY)
      .reduce((sum, [, spent]) => sum + spent.amount, 0);
    const most = limits.spend_per_day;
    if (earlier + amount <= most) {
      this.#spent.set(id, { at: now, amount });
      return undefined;
    }
    const told = Number.isFinite(amount) ? `would spend ${amount}` : 'would spend an amount that cannot be read';
    return {
      why: `“${envelope.title}” ${told}, after ${earlier} in the last 24 hours; the limit is ${most}.`,
      mend: 'It was not begun. If you want it all the same, resume, and it is done; if not, reject it first.',
      about: id,
    };
  }

  /** The mean of the minutes of the last day in which anything began unasked, but for the last two. */
  #usual(now: number): number {
    const minute = Math.floor(now / MINUTE);
    const busy = [...this.#minutes]
      .filter(([then]) => then < minute - 1 && minute - then <= DAY / MINUTE)
      .map(([, count]) => count);
    return busy.length === 0 ? 0 : busy.reduce((sum, count) => sum + count, 0) / busy.length;
  }
}

/** What an action spends; more than any limit where it names an amount that is none. */
function spendOf({ reach, arguments: given }: Envelope): number {
  if (reach === undefined || SPENDS_NOTHING.has(reach.does)) return 0;
  const amount = amountOf(reach, given);
  if (amount === undefined) return 0;
  return Number.isNaN(amount.value) ? Number.POSITIVE_INFINITY : Math.abs(amount.value);
}

function forget<K, V>(map: Map<K, V>, isOld: (value: V, key: K) => boolean): void {
  for (const [key, value] of map) {
    if (!isOld(value, key)) return;
    map.delete(key);
  }
}
