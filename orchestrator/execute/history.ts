import { keptOr, shorten } from '../../core/bounded.ts';
import { identify, keyOf } from '../../core/contacts.ts';
import type { Envelope } from '../../core/envelope.ts';
import type { Exposure } from '../../core/exposure.ts';
import type { ActionRecord } from '../../core/ledger-record.ts';
import { dayOf } from '../../core/names.ts';
import type { Effect, Facts } from '../../core/policy.ts';
import type { Reach } from '../../core/reach.ts';
import { factsKnowing, factsOf, type Judged, type Known, type Payment, payeesOf, RECURS } from '../decide/facts.ts';

/** Caps look back a day; a clock that jumps ahead of a day and back shall forget nothing. */
const KEPT = 3 * 24 * 3_600_000;
/** The most that is kept of each. Whoever is forgotten is new again, and asked about. */
const MOST_EFFECTS = 20_000;
const MOST_MET = 50_000;
const MOST_PAYMENTS = 5000;

/** Thousands of these are held: no more of each than policy judges by. */
type Begun = {
  readonly id: string;
  readonly at: number;
  readonly met: ReadonlySet<string>;
  /** Paths of its attachments. */
  readonly files: readonly string[];
  /** What policy was told of it last, knowing whom: worked out again only where that has changed. */
  facts: Facts;
  knowing: Knowing;
};
/** What of whom is known may change the facts of what was begun before. */
type Knowing = Pick<Known, 'own' | 'people' | 'payments'>;
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
  /** How often something was proven not to have happened, so that room in a cap was given back. */
  freed = 0;
  /** Effects that are about to be put on record: another server may not take the same room in a cap meanwhile. */
  readonly #reserved = new Map<string, Begun>();
  #knowing: Knowing = NOBODY;

  /** Takes in a record about an action, as it stands after that record. */
  hear(record: ActionRecord, at: string, { id, envelope, byPerson }: Heard): void {
    switch (record.kind) {
      case 'INTENT':
        this.#reserved.delete(id);
        this.#begun.delete(id);
        this.#keep(this.#begin(id, envelope, Date.parse(at)), keysOf(envelope));
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
    if (this.#reserved.delete(id)) this.freed += 1;
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
    const knowing = this.#knowingOf(known);
    const found: Effect[] = [];
    const take = (begun: Begun): void => {
      if (begun.id !== but) found.push({ facts: factsThen(begun, known, knowing), at: begun.at });
    };
    for (const last of new Set(keysOf(about).flatMap(key => this.#last.get(key) ?? [])))
      if (!this.#begun.has(last.id)) take(last);
    for (const begun of this.#begun.values()) take(begun);
    for (const begun of this.#reserved.values()) take(begun);
    return found;
  }

  /** How many `effects` there are at most, without looking at them. */
  mostEffects(about: Judged): number {
    return this.#begun.size + this.#reserved.size + keysOf(about).length;
  }

  /** One for all effects, as long as it is the same. */
  #knowingOf({ own, people, payments }: Known): Knowing {
    const last = this.#knowing;
    if (last.own !== own || last.people !== people || last.payments !== payments)
      this.#knowing = { own, people, payments };
    return this.#knowing;
  }

  #begin(id: string, envelope: Envelope, at: number): Begun {
    const keys = keysOf(envelope).filter(key => this.#met.has(key));
    const judged = judgedOf(envelope);
    const facts = factsOf(judged, new Date(at), NOBODY);
    return {
      id,
      at,
      met: keys.length === 0 ? NO_KEYS : new Set(keys),
      files: judged.attachments.length === 0 ? NO_FILES : judged.attachments.map(({ path }) => path),
      facts: { ...facts, action: once(words, facts.action), source: once(words, facts.source) },
      knowing: NOBODY,
    };
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

  #keep(begun: Begun, keys: readonly string[]): void {
    this.#begun.set(begun.id, begun);
    for (const [id, { at }] of this.#begun) {
      if (begun.at - at <= KEPT && this.#begun.size <= MOST_EFFECTS) break;
      this.#begun.delete(id);
    }
    for (const key of keys) {
      this.#last.delete(key);
      this.#last.set(key, begun);
    }
    shorten(this.#last, MOST_MET);
  }

  #drop(id: string, envelope: Envelope): void {
    this.freed += 1;
    this.#begun.delete(id);
    for (const key of keysOf(envelope)) if (this.#last.get(key)?.id === id) this.#last.delete(key);
  }
}

const NOBODY: Known = { own: new Set(), people: new Map(), met: new Map(), compared: [], payments: [] };
const plainFacts = (about: Judged, at: string): Facts => factsOf(about, new Date(at), NOBODY);

const keysOf = (about: Judged): readonly string[] =>
  factsOf(about, new Date(0), NOBODY)
    .destinations.filter(({ standing }) => standing !== 'self')
    .map(({ value }) => keyOf(identify(value)));

/** With who was known as things stood when it was begun. */
function factsThen(begun: Begun, known: Known, knowing: Knowing): Facts {
  const { facts, met, files, knowing: before } = begun;
  const isSame = before.own === knowing.own && before.people === knowing.people;
  if (isSame && (facts.amount === undefined || before.payments === knowing.payments)) return facts;
  const metThen = new Map([...met].map(key => [key, '']));
  begun.facts = factsKnowing(facts, files, new Date(begun.at), { ...known, met: metThen, compared: [] });
  begun.knowing = knowing;
  return begun.facts;
}

const NO_FILES: readonly string[] = [];
const NO_KEYS: ReadonlySet<string> = new Set();

/** Long words of an action weigh much and decide nothing that caps count. */
const LONGEST = 2000;

/** Only what policy judges by. */
function judgedOf({
  server,
  tool,
  arguments: given,
  origins,
  attachments,
  reach,
  exposure,
  source,
  role,
}: Envelope): Judged {
  const kept = Object.entries(given).filter(
    ([name, value]) => reach?.routing.includes(name) || typeof value !== 'string' || value.length <= LONGEST,
  );
  return {
    ...{ server, tool, origins, source, role },
    arguments: Object.fromEntries(kept),
    attachments: attachments.map(({ path }) => ({ path })),
    reach: reach === undefined ? undefined : once(reaches, reach),
    exposure: exposure === undefined ? undefined : once(exposures, exposure),
  };
}

/** How many are told apart of what stands in thousands of envelopes alike, were there one that changes all the time. */
const MOST_ALIKE = 500;

/** The one of what is the same as this that was there first. */
const once = <T>(known: Map<string, T>, one: T): T => keptOr(known, JSON.stringify(one), MOST_ALIKE, () => one);

const words = new Map<string, string>();
/** The same for every call of a tool. */
const reaches = new Map<string, Reach>();
/** The same for every task that was shown nothing but one file, one mail … */
const exposures = new Map<string, Exposure>();
