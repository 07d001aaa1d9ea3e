import type { Envelope } from '../../core/envelope.ts';
import type { ActionRecord } from '../../core/ledger-record.ts';
import { dayOf } from '../../core/names.ts';
import type { Effect, Facts } from '../../core/policy.ts';
import { identify } from '../decide/contacts.ts';
import { factsOf, type Judged, type Known, type Payment, payeesOf, RECURS } from '../decide/facts.ts';
import { keyOf } from '../decide/standing.ts';

/** Caps look back a day; a clock that jumps ahead of a day and back shall forget nothing. */
const KEPT = 3 * 24 * 3_600_000;
/** The most that is kept of each. Whoever is forgotten is new again, and asked about. */
const MOST_EFFECTS = 20_000;
const MOST_MET = 50_000;
const MOST_PAYMENTS = 5000;

type Begun = {
  readonly id: string;
  readonly envelope: Envelope;
  readonly at: number;
  readonly met: ReadonlySet<string>;
};
type Heard = { readonly id: string; readonly envelope: Envelope; readonly byPerson: boolean };

/**
 * What was begun lately, whom something was done to that a person approved, and what was paid: from the ledger’s
 * records as they are read, so that a restart forgets nothing. Bounded.
 */
export class History {
  readonly #begun = new Map<string, Begun>();
  /** What was begun last for each destination, however long ago. */
  readonly #last = new Map<string, Begun>();
  readonly #met = new Map<string, string>();
  #payments: Payment[] = [];
  /** Effects that are about to be put on record: another server may not take the same room in a cap meanwhile. */
  readonly #reserved = new Map<string, Begun>();

  /** Takes in a record about an action, as it stands after that record. */
  hear(record: ActionRecord, at: string, { id, envelope, byPerson }: Heard): void {
    switch (record.kind) {
      case 'INTENT':
        this.#reserved.delete(id);
        this.#begun.delete(id);
        this.#keep(this.#begin(id, envelope, Date.parse(at)));
        return;
      case 'NOT_SENT':
      case 'NOT_SENT_RETRY':
        this.#drop(id, envelope);
        return;
      case 'CONFIRMED':
        if (byPerson) this.#meet(envelope, at);
        return;
      default:
        return;
    }
  }

  /** Takes room for an effect before its INTENT is on disk; `release` where that fails. */
  reserve(id: string, envelope: Envelope, at: Date): void {
    this.#reserved.set(id, this.#begin(id, envelope, at.getTime()));
  }

  release(id: string): void {
    this.#reserved.delete(id);
  }

  get met(): ReadonlyMap<string, string> {
    return this.#met;
  }

  get payments(): readonly Payment[] {
    return this.#payments;
  }

  /**
   * What was begun and not proven undone, but for one action: all of the last days, and of what lies longer back what
   * went to the same ones as that action. Each with who was known as things stood then.
   */
  effects(but: string, about: Judged, known: Known): readonly Effect[] {
    const earlier = keysOf(about).flatMap(key => this.#last.get(key) ?? []);
    return [...new Set([...earlier, ...this.#begun.values(), ...this.#reserved.values()])]
      .filter(({ id }) => id !== but)
      .map(({ envelope: begun, at, met }) => {
        const then: Known = { ...known, met: new Map([...met].map(key => [key, ''])), compared: [] };
        return { facts: factsOf(begun, new Date(at), then), at };
      });
  }

  #begin(id: string, envelope: Envelope, at: number): Begun {
    const keys = keysOf(envelope).filter(key => this.#met.has(key));
    return { id, envelope: withoutText(envelope), at, met: new Set(keys) };
  }

  /** What went out to somebody makes them known; a draft or a file of the person’s own does not. */
  #meet(envelope: Envelope, at: string): void {
    const { reach } = envelope;
    if (reach === undefined || !(reach.egress || ['send', 'publish', 'pay'].includes(reach.does))) return;
    for (const key of keysOf(envelope)) {
      this.#met.delete(key);
      this.#met.set(key, dayOf(new Date(at)));
    }
    shorten(this.#met, MOST_MET);
    const { amount, destinations } = plainFacts(envelope, at);
    if (reach.does !== 'pay' || amount === undefined) return;
    const now = Date.parse(at);
    this.#payments.push({ payees: payeesOf(destinations), amount: amount.value, currency: amount.currency, at: now });
    this.#payments = this.#payments.filter(one => now - one.at <= RECURS).slice(-MOST_PAYMENTS);
  }

  #keep(begun: Begun): void {
    this.#begun.set(begun.id, begun);
    for (const [id, { at }] of this.#begun) {
      if (begun.at - at <= KEPT && this.#begun.size <= MOST_EFFECTS) break;
      this.#begun.delete(id);
    }
    for (const key of keysOf(begun.envelope)) {
      this.#last.delete(key);
      this.#last.set(key, begun);
    }
    shorten(this.#last, MOST_MET);
  }

  #drop(id: string, envelope: Envelope): void {
    this.#begun.delete(id);
    for (const key of keysOf(envelope)) if (this.#last.get(key)?.id === id) this.#last.delete(key);
  }
}

/** Forgets what was put into a map first, until it is no larger than it may be. */
function shorten(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

const NOBODY: Known = { own: [], people: [], met: new Map(), compared: [], payments: [] };
const plainFacts = (about: Judged, at: string): Facts => factsOf(about, new Date(at), NOBODY);

const keysOf = (about: Judged): readonly string[] =>
  factsOf(about, new Date(0), NOBODY)
    .destinations.filter(({ standing }) => standing !== 'self')
    .map(({ value }) => keyOf(identify(value)));

/** Long words of an action weigh much and decide nothing that caps count. */
const LONGEST = 2000;
const withoutText = (envelope: Envelope): Envelope => ({
  ...envelope,
  arguments: Object.fromEntries(
    Object.entries(envelope.arguments).filter(
      ([name, value]) => envelope.reach?.routing.includes(name) || typeof value !== 'string' || value.length <= LONGEST,
    ),
  ),
});
