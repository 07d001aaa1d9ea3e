import { randomBytes } from 'node:crypto';
import type { NodeName, Role } from '../../core/sync-settings.ts';
import { PresenceRecord, readRecordText } from './claim-record.ts';
import type { Known, Swap } from './ref-store.ts';

/** When a list of records was asked for and when it was there, in seconds of a clock that nobody sets. */
export type Moment = { readonly asked: number; readonly there: number };

/** Part of a lease after which it is renewed, and until which its holder goes by it: clocks do not run alike. */
const RENEW_AFTER = 1 / 3;
const HELD_FOR = 0.9;
/** How much longer than a lease its silence must last: the same, from the other side. */
const GIVEN_UP_AFTER = 1.1;
const nonce = (): string => randomBytes(8).toString('hex');
const nameOf = (node: NodeName): string => `presence/${node}`;

type Watched = { readonly oid: string; readonly since: number; readonly last: number };

export type PresenceSetup = {
  readonly node: NodeName;
  readonly role: Role;
  /** Told from every other state folder. */
  readonly instance: string;
  readonly lease: number;
};

/**
 * Which nodes are there. A node’s record is its lease: renewed by compare-and-swap by itself alone, given up by another
 * only by compare-and-swap too, after it was seen unchanged for longer than it counts. So whoever renews knows that nobody
 * has given it up, and whoever gives it up knows that it was not renewed. Wall clocks have no part in it.
 */
export class Presence {
  readonly #me: PresenceSetup;
  readonly #watched = new Map<NodeName, Watched>();
  #others = new Map<NodeName, PresenceRecord>();
  #mine: { readonly oid: string; readonly record: PresenceRecord; readonly until: number } | undefined;
  /** What was pushed last, and when: the reply may have been lost. */
  #pushed: { readonly text: string; readonly at: number } | undefined;
  #health = '';
  /** Whether another computer goes by this node’s name. */
  #isTaken = false;
  #seenAt = 0;
  /** The highest epoch that this node has to tell of, and the highest of all that were told. */
  #highest = 0;
  #told = 0;

  constructor(me: PresenceSetup) {
    this.#me = me;
  }

  /** The life that this node’s claims belong to; undefined while it has none. */
  get life(): number | undefined {
    return this.#mine?.record.life;
  }

  /** Seconds of uptime until which this node may go by what it claimed. */
  get until(): number {
    return this.#mine?.until ?? Number.NEGATIVE_INFINITY;
  }

  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** What the others are told of this node with the next renewal. */
  set health(health: string) {
    this.#health = health.slice(0, 200);
  }

  /** The highest epoch of a claim that was ever taken away, as far as it is told. */
  get highest(): number {
    return this.#told;
  }

  /** Whether the others are told already that claims up to an epoch were taken away; where not, the next renewal does. */
  tells(epoch: number): boolean {
    this.#highest = Math.max(this.#highest, epoch);
    return (this.#mine?.record.highest ?? -1) >= epoch;
  }

  /** Seconds of uptime at which the lease should be renewed. */
  get renewAt(): number {
    if (this.#mine === undefined || this.#mine.record.highest < this.#highest) return 0;
    return this.until - this.#me.lease * (HELD_FOR - RENEW_AFTER);
  }

  /** Takes in what stands at the remote. */
  see(records: ReadonlyMap<string, Known>, moment: Moment): void {
    this.#seenAt = moment.there;
    const others = new Map<NodeName, PresenceRecord>();
    for (const [name, { oid, text }] of records) {
      if (!name.startsWith('presence/')) continue;
      const record = readRecordText(PresenceRecord, text);
      if (record === undefined || nameOf(record.node) !== name) continue;
      this.#told = Math.max(this.#told, record.highest);
      if (record.node === this.#me.node) continue;
      others.set(record.node, record);
      this.#watch(record.node, oid, moment);
    }
    for (const node of this.#watched.keys())
      if (!others.has(node) && node !== this.#me.node) this.#watch(node, '', moment);
    this.#others = others;
    this.#seeMine(records.get(nameOf(this.#me.node)), moment);
  }

  #watch(node: NodeName, oid: string, { asked, there }: Moment): void {
    const known = this.#watched.get(node);
    // From when it was certainly there the first time to when it was certainly still there.
    if (known?.oid === oid) this.#watched.set(node, { ...known, last: asked });
    else this.#watched.set(node, { oid, since: there, last: there });
  }

  #seeMine(there: Known | undefined, moment: Moment): void {
    const record = there === undefined ? undefined : readRecordText(PresenceRecord, there.text);
    this.#watch(this.#me.node, there?.oid ?? '', moment);
    if (there !== undefined && there.oid === this.#mine?.oid) return;
    if (there !== undefined && record !== undefined && there.text === this.#pushed?.text) {
      this.#mine = { oid: there.oid, record, until: this.#pushed.at + this.#me.lease * HELD_FOR };
      this.#isTaken = false;
      return;
    }
    this.#mine = undefined;
    this.#isTaken = record !== undefined && record.state === 'here' && record.instance !== this.#me.instance;
  }

  /**
   * The swap that begins or renews this node’s lease, at a moment of uptime; undefined where none is due or allowed. What
   * stands there is what `see` was given last.
   */
  renewal(records: ReadonlyMap<string, Known>, now: number): Swap | undefined {
    const there = records.get(nameOf(this.#me.node));
    const known = there === undefined ? undefined : readRecordText(PresenceRecord, there.text);
    if (this.#mine !== undefined && now < this.renewAt) return undefined;
    if (this.#isTaken && !this.isSilent(this.#me.node)) return undefined;
    // After a pause beyond the lease it may go on in the same life: nobody has given it up, or it would stand there.
    const goesOn = known?.state === 'here' && known.instance === this.#me.instance;
    const life = known === undefined ? (this.#pushedLife ?? 0) + 1 : known.life + (goesOn ? 0 : 1);
    const { lease, node, role, instance } = this.#me;
    const highest = Math.max(this.#highest, known?.highest ?? 0);
    const record: PresenceRecord = {
      ...{ node, role, instance, life, lease, state: 'here', highest, health: this.#health, nonce: nonce() },
    };
    const text = JSON.stringify(record);
    this.#pushed = { text, at: now };
    return { name: nameOf(node), expected: there?.oid, text };
  }

  get #pushedLife(): number | undefined {
    return this.#pushed === undefined ? undefined : readRecordText(PresenceRecord, this.#pushed.text)?.life;
  }

  /** Whether a node’s record has stood unchanged, as far as this node saw, for longer than it counts. */
  isSilent(node: NodeName): boolean {
    return this.silence(node) >= (this.#others.get(node)?.lease ?? this.#me.lease) * GIVEN_UP_AFTER;
  }

  /** Seconds for which a node’s record has stood unchanged, as far as this node saw. */
  silence(node: NodeName): number {
    const watched = this.#watched.get(node);
    return watched === undefined ? 0 : Math.max(0, watched.last - watched.since);
  }

  /** Every other node that has a record. */
  get others(): ReadonlyMap<NodeName, PresenceRecord> {
    return this.#others;
  }

  /** Whether what a node claimed in one of its lives is void. */
  isVoid(node: NodeName, life: number): boolean {
    if (node === this.#me.node) return life !== this.life;
    const record = this.#others.get(node);
    if (record === undefined) return false;
    return record.life > life || (record.life === life && record.state === 'fenced');
  }

  /** The swap by which a node that is silent is given up, so that what it claimed is void; undefined while it is not. */
  fence(records: ReadonlyMap<string, Known>, node: NodeName, life: number): Swap | undefined {
    this.#watchFor(node, records);
    if (!this.isSilent(node)) return undefined;
    const there = records.get(nameOf(node));
    const record = this.#others.get(node);
    const { lease, role, instance } = this.#me;
    const never = { node, role, instance, life, lease, highest: 0, health: '', nonce: '00000000' };
    const last = record ?? never;
    const fenced: PresenceRecord = { ...last, state: 'fenced', life: Math.max(life, last.life), nonce: nonce() };
    return { name: nameOf(node), expected: there?.oid, text: JSON.stringify(fenced) };
  }

  /** A node that claims and has no record is watched by that. */
  #watchFor(node: NodeName, records: ReadonlyMap<string, Known>): void {
    const [since, last] = [this.#seenAt, this.#seenAt];
    if (!this.#watched.has(node) && !records.has(nameOf(node))) this.#watched.set(node, { oid: '', since, last });
  }

  /** What was swapped for this node’s lease stands there. */
  renewed(oid: string): void {
    const record = this.#pushed === undefined ? undefined : readRecordText(PresenceRecord, this.#pushed.text);
    if (this.#pushed === undefined || record === undefined) return;
    this.#mine = { oid, record, until: this.#pushed.at + this.#me.lease * HELD_FOR };
  }
}
