import { randomBytes } from 'node:crypto';
import { ok, type Result } from '../../core/outcome.ts';
import type { NodeName, Role } from '../../core/sync-settings.ts';
import { ClaimRecord, readRecordText } from './claim-record.ts';
import type { Presence } from './presence.ts';
import type { Known, RefStore, Swap, Swapped } from './ref-store.ts';

/** A task that the planner of this node thinks about, or wants to. */
export type Want = { readonly name: string; readonly stem: string; readonly state: ClaimRecord['state'] };

export type Standing =
  /** Ours in this epoch, and what the others did before it has been taken in. */
  | { readonly kind: 'mine'; readonly epoch: number }
  | { readonly kind: 'theirs'; readonly node: NodeName; readonly epoch: number };

export type ClaimsSetup = {
  readonly node: NodeName;
  readonly role: Role;
  readonly refs: RefStore;
  readonly presence: Presence;
  /** Seconds of a clock that nobody sets. */
  readonly uptime: () => number;
};

const PREFIX = 'claims/';
/** Turns within one turn: begin a lease, give a silent node up, take what was its. */
const MOST_STEPS = 4;

/**
 * Who thinks about what. A claim is a record at the remote that is only ever made where none is, or swapped for the one
 * that was looked at; each new holder has a higher epoch. It counts as long as its holder’s lease (`Presence`), so that
 * renewing costs one swap, however many tasks a node has.
 */
export class Claims {
  readonly #setup: ClaimsSetup;
  #records: ReadonlyMap<string, Known> = new Map();
  #held = new Map<string, ClaimRecord>();
  /** What was claimed before the last look at the vault’s own history: only that has everything been taken in for. */
  readonly #confirmed = new Set<string>();
  readonly #epochs = new Map<string, number>();
  #unreachableSince: number | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(setup: ClaimsSetup) {
    this.#setup = setup;
  }

  /** Seconds of uptime since which the remote could not be reached; undefined while it can. */
  get unreachableSince(): number | undefined {
    return this.#unreachableSince;
  }

  /** Seconds of uptime at which the remote was last looked at. */
  get lookedAt(): number {
    return this.#lookedAt;
  }

  /**
   * One turn: looks what stands at the remote, renews the lease, claims what is wanted, takes over what a silent node
   * left, and lets go of what was released. What it could not get, the next turn tries again.
   */
  async turn(wants: ReadonlyMap<string, Want>, released: ReadonlySet<string>): Promise<Result<'done'>> {
    const { node, presence, refs } = this.#setup;
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const looked = await this.#look();
      if (!looked.ok) return looked;
      const hadLease = presence.life !== undefined;
      const swaps = this.#swaps(wants, released);
      if (swaps.length === 0) break;
      const swapped = await refs.swap(swaps);
      if (!swapped.ok) return this.#unreachable(swapped);
      this.#takeIn(swaps, swapped.value);
      // A lease that was begun, or a node that was given up, is what the next step waits for.
      const gaveUp = swaps.some(({ name }) => name.startsWith('presence/') && name !== `presence/${node}`);
      if (hadLease && !gaveUp) break;
    }
    return ok('done');
  }

  /** Everything that the others did before what is claimed now has been taken into the vault. */
  confirm(): void {
    for (const name of this.#held.keys()) this.#confirmed.add(name);
  }

  /** Every claim that is known, by the name of its task. */
  get standing(): ReadonlyMap<string, Standing> {
    const { node: me, presence } = this.#setup;
    const found = new Map<string, Standing>();
    for (const [name, { node, epoch, life }] of this.#claims()) {
      if (node === me) {
        if (life === presence.life && this.#confirmed.has(name)) found.set(name, { kind: 'mine', epoch });
      } else if (!presence.isVoid(node, life)) found.set(name, { kind: 'theirs', node, epoch });
    }
    return found;
  }

  /** The names of what is this node’s at the remote, confirmed or not. */
  get held(): readonly string[] {
    return [...this.#held.keys()];
  }

  /** The node that works on the task whose notes share a stem; undefined where no claim is known. */
  holder(stem: string): NodeName | undefined {
    for (const [, claim] of this.#claims()) if (claim.stem === stem) return claim.node;
    return undefined;
  }

  async #look(): Promise<Result<'done'>> {
    const { refs, presence, uptime } = this.#setup;
    const asked = uptime();
    const listed = await refs.list();
    if (!listed.ok) return this.#unreachable(listed);
    this.#unreachableSince = undefined;
    this.#lookedAt = asked;
    this.#records = listed.value;
    presence.see(listed.value, { asked, there: uptime() });
    this.#hold();
    return ok('done');
  }

  #unreachable<T extends Result<unknown>>(failure: T): T {
    this.#unreachableSince ??= this.#setup.uptime();
    return failure;
  }

  *#claims(): Generator<[string, ClaimRecord]> {
    for (const [name, { text }] of this.#records) {
      if (!name.startsWith(PREFIX)) continue;
      const claim = readRecordText(ClaimRecord, text);
      if (claim !== undefined) yield [name.slice(PREFIX.length), claim];
    }
  }

  /** What is ours by what stands there. What is no longer ours must be confirmed anew. */
  #hold(): void {
    const { node, presence } = this.#setup;
    const held = new Map<string, ClaimRecord>();
    for (const [name, claim] of this.#claims()) {
      this.#epochs.set(name, Math.max(claim.epoch, this.#epochs.get(name) ?? 0));
      if (claim.node === node && claim.life === presence.life) held.set(name, claim);
    }
    for (const name of this.#confirmed)
      if (held.get(name)?.epoch !== this.#held.get(name)?.epoch) this.#confirmed.delete(name);
    this.#held = held;
  }

  #swaps(wants: ReadonlyMap<string, Want>, released: ReadonlySet<string>): readonly Swap[] {
    const { presence, uptime } = this.#setup;
    const gone: Swap[] = [];
    for (const name of released) {
      const there = this.#records.get(PREFIX + name);
      const claim = this.#held.get(name);
      if (claim === undefined || there === undefined || wants.has(name)) continue;
      // First the others learn up to which epoch there was one: no epoch has two holders.
      if (presence.tells(claim.epoch)) gone.push({ name: PREFIX + name, expected: there.oid, text: undefined });
    }
    const renewal = presence.renewal(this.#records, uptime());
    const life = presence.life;
    // Without a lease nothing that is claimed would count.
    if (life === undefined) return renewal === undefined ? [] : [renewal];
    const swaps = new Map<string, Swap>();
    if (renewal !== undefined) swaps.set(renewal.name, renewal);
    for (const want of wants.values()) {
      const swap = this.#claim(want, life);
      if (swap !== undefined) swaps.set(swap.name, swap);
    }
    for (const swap of gone) swaps.set(swap.name, swap);
    return [...swaps.values()];
  }

  /** What brings a task nearer to being this node’s; undefined where nothing may be done, or need be. */
  #claim({ name, stem, state }: Want, life: number): Swap | undefined {
    const { node, role, presence } = this.#setup;
    const there = this.#records.get(PREFIX + name);
    const claim = there === undefined ? undefined : readRecordText(ClaimRecord, there.text);
    // What a newer version wrote there is somebody’s.
    if (there !== undefined && claim === undefined) return undefined;
    const swap = (epoch: number): Swap => {
      const record: ClaimRecord = { node, epoch, life, stem, state, nonce: randomBytes(8).toString('hex') };
      return { name: PREFIX + name, expected: there?.oid, text: JSON.stringify(record) };
    };
    if (claim === undefined) return swap(Math.max(this.#epochs.get(name) ?? 0, presence.highest) + 1);
    if (claim.node === node && claim.life === life) return claim.state === state ? undefined : swap(claim.epoch);
    // What waits for the person is the person’s node’s to take over: elsewhere it would only be thought about twice.
    if (claim.node !== node && claim.state === 'waiting' && role !== 'local') return undefined;
    if (presence.isVoid(claim.node, claim.life)) return swap(claim.epoch + 1);
    return presence.fence(this.#records, claim.node, claim.life);
  }

  #takeIn(swaps: readonly Swap[], done: ReadonlyMap<string, Swapped>): void {
    const records = new Map(this.#records);
    for (const { name, text } of swaps) {
      const became = done.get(name);
      if (became === undefined || became === 'refused') continue;
      if (text === undefined || became.oid === undefined) records.delete(name);
      else {
        records.set(name, { oid: became.oid, text });
        if (name === `presence/${this.#setup.node}`) this.#setup.presence.renewed(became.oid);
      }
    }
    this.#records = records;
    this.#hold();
  }
}
