import { publishStanding, readWants, type Wants } from '../../core/claims.ts';
import { answerEffect, askedEffects } from '../../core/effect-claims.ts';
import { instanceOf } from '../../core/instance.ts';
import type { Log } from '../../core/log.ts';
import { notice, syncNotices } from '../../core/notices.ts';
import { type Result, sentence } from '../../core/outcome.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { NodeName, Role } from '../../core/sync-settings.ts';
import type { SyncStatus } from '../../core/sync-status.ts';
import { uptime } from '../../core/uptime.ts';
import { Claims, type Want } from './claims.ts';
import { firstToDo } from './effects.ts';
import { Presence } from './presence.ts';
import type { RefStore } from './ref-store.ts';
import { silenceOf } from './silence.ts';

export type ClaimingSetup = {
  readonly state: StateFolder;
  readonly node: NodeName;
  readonly role: Role;
  /** Seconds. */
  readonly lease: number;
  readonly refs: RefStore;
  readonly log: Pick<Log, 'event' | 'trouble' | 'clear'>;
  readonly now: () => Date;
  readonly uptime?: () => number;
};

/** Seconds between two turns that nobody asked for. */
const PAUSE = 10;

/**
 * The claims of this node between two rounds of sync: `before` a round it claims what the planner wants, `after` it the
 * planner learns what it may think about, since by then everything has been taken in that the others did before.
 */
export class Claiming {
  readonly #setup: ClaimingSetup;
  readonly #presence: Presence;
  readonly #claims: Claims;
  readonly #uptime: () => number;
  readonly #instance: string;
  /** What the planner let go while the last rounds went on, and since then a round has sent what it filed. */
  #letGo: ReadonlySet<string> = new Set();
  #released: ReadonlySet<string> = new Set();
  #said: Wants | undefined;
  #wanted: ReadonlySet<string> = new Set();
  #silent: ReadonlySet<NodeName> = new Set();
  #turnedAt = Number.NEGATIVE_INFINITY;

  constructor(setup: ClaimingSetup) {
    this.#setup = setup;
    this.#uptime = setup.uptime ?? uptime;
    const { node, role, lease, state, refs } = setup;
    this.#instance = instanceOf(state);
    this.#presence = new Presence({ node, role, lease, instance: this.#instance });
    this.#claims = new Claims({ node, role, refs, presence: this.#presence, uptime: this.#uptime });
    // What an earlier process said holds until its lease is over; nothing is said before this one knows.
  }

  /** In a few words how this node is, for the others. */
  set health(health: string) {
    this.#presence.health = health;
  }

  /** Claims what is wanted and looks who is there. Whether something was won that a round must confirm. */
  async before(): Promise<boolean> {
    const wants = new Map<string, Want>();
    const asked = this.#asked;
    for (const [name, { stem, state }] of Object.entries(asked ?? {})) wants.set(name, { name, stem, state });
    const gone = [...this.#wanted].filter(name => !wants.has(name));
    this.#letGo = new Set([...this.#letGo, ...gone].filter(name => !wants.has(name)));
    // After a start, what is held and not wanted was let go by a planner that nobody listened to.
    for (const name of this.#claims.held)
      if (asked !== undefined && !wants.has(name)) this.#letGo = new Set([...this.#letGo, name]);
    this.#wanted = new Set(wants.keys());
    const known = new Set(this.#claims.held);
    this.#turnedAt = this.#uptime();
    const turned = await this.#claims.turn(wants, this.#released);
    if (turned.ok) {
      const held = new Set(this.#claims.held);
      this.#letGo = new Set([...this.#letGo].filter(name => held.has(name)));
      this.#released = new Set([...this.#released].filter(name => held.has(name)));
    }
    this.#tell(turned);
    return this.#claims.held.some(name => !known.has(name));
  }

  /**
   * After a round that took everything in: what was claimed before it counts. Where it also sent everything, what was
   * filed may be let go: nobody would find the task’s note still waiting.
   */
  after(isAllSent = true): void {
    this.#claims.confirm();
    if (isAllSent) this.#released = this.#letGo;
    this.publish();
  }

  /** Tells the planner. Also without a round: that the remote is out of reach, or that a claim was lost. */
  publish(): void {
    const mine: Record<string, number> = {};
    const theirs: Record<string, { node: NodeName; epoch: number }> = {};
    for (const [name, standing] of this.#claims.standing) {
      if (standing.kind === 'mine') mine[name] = standing.epoch;
      else theirs[name] = { node: standing.node, epoch: standing.epoch };
    }
    publishStanding(this.#setup.state, {
      until: Number.isFinite(this.#presence.until) ? this.#presence.until : 0,
      unreachable: this.#claims.unreachableSince ?? null,
      ...{ mine, theirs, silent: [...this.#silent] },
    });
  }

  /** Finds out for the executor which node does what either may do. What cannot be known now is asked again. */
  async answerEffects(): Promise<void> {
    const { state, node, refs } = this.#setup;
    for (const digest of askedEffects(state)) {
      const first = await firstToDo(digest, refs, { node, instance: this.#instance });
      if (!first.ok) continue;
      const isMine = first.value === 'mine';
      answerEffect(state, digest, { node: first.value === 'mine' ? node : first.value.of, mine: isMine });
    }
  }

  /** The node that works on the task whose notes share a stem. */
  holder(stem: string): NodeName | undefined {
    return this.#claims.holder(stem);
  }

  /** The other nodes, with what each said of itself last. */
  get nodes(): SyncStatus['nodes'] {
    return [...this.#presence.others].map(([node, { role, health }]) => {
      return { node, role, health, silent: this.#silent.has(node) };
    });
  }

  /** Milliseconds until the lease wants renewing: a turn is due then at the latest. */
  get dueIn(): number {
    // Where the lease cannot be had, as beside a twin, that is no reason to ask all the time.
    const soonest = Math.max(this.#presence.renewAt, this.#turnedAt + PAUSE);
    return Math.max(0, (soonest - this.#uptime()) * 1000);
  }

  /** Whether the planner wants something else than what was claimed, so that a turn is due. */
  get isAsked(): boolean {
    const wants = Object.keys(this.#asked ?? {});
    return wants.length !== this.#wanted.size || wants.some(name => !this.#wanted.has(name)) || this.#released.size > 0;
  }

  /** What the planner says last, also where its file cannot be read just now. */
  get #asked(): Wants | undefined {
    this.#said = readWants(this.#setup.state) ?? this.#said;
    return this.#said;
  }

  #tell(turned: Result<'done'>): void {
    const { log, state, node } = this.#setup;
    if (!turned.ok && turned.failure.kind !== 'retryable') log.trouble('claims', sentence(turned.failure));
    else log.clear('claims');
    const twin = `Another computer calls itself “${node}” too, so that this one claims no work. Give one of them another name: \`node:\` in ${state.config}.`;
    notice(syncNotices(state), 'twin', this.#presence.isTaken ? twin : undefined);
    if (!turned.ok) return;
    const { silent, told } = silenceOf(this.#presence, this.#setup.now());
    for (const name of new Set([...this.#silent, ...silent])) {
      if (this.#silent.has(name) === silent.has(name)) continue;
      notice(syncNotices(state), `silent ${name}`, told.get(name));
      log.event(silent.has(name) ? `silent     ${name} has not been heard of` : `back       ${name} is there again`);
    }
    this.#silent = silent;
  }
}
