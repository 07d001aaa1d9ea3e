import { type Swept, sooner } from '../../core/loop.ts';
import { notice, syncNotices } from '../../core/notices.ts';
import { type Failure, sentence } from '../../core/outcome.ts';
import type { SyncStatus } from '../../core/sync-status.ts';
import { writeSyncStatus } from '../../core/sync-status.ts';
import type { Claiming } from './claiming.ts';
import { Pace } from './pace.ts';
import type { Sync, SyncSetup } from './round.ts';
import { pollAfter } from './wake.ts';

/** Milliseconds until the remote is tried again after the first failure, and at most. */
const FIRST_TRY = 2000;
const LONGEST_TRY = 5 * 60_000;
/** Milliseconds between two looks through the whole vault, for what no event told. */
const SCAN = 60 * 60_000;
/** Milliseconds of calm before the history is packed, and between two times. */
const CALM = 5 * 60_000;
const TIDY = 6 * 60 * 60_000;
/** Milliseconds that the remote may be out of reach before the person is told. */
const PATIENCE = 15 * 60_000;

type Setup = Pick<SyncSetup, 'state' | 'sync' | 'log' | 'now'> & {
  readonly monotonic?: () => number;
  readonly claiming?: Pick<Claiming, 'before' | 'after' | 'publish' | 'dueIn' | 'isAsked' | 'nodes'>;
  /** Whether the remote would tell now that it changed. */
  readonly isCalled?: () => boolean;
};

/**
 * Decides when a round is due: soon after a change, together with what comes right behind it; when the remote calls; now
 * and then where nobody does; and more and more rarely while the remote cannot be reached.
 */
export class SyncDriver {
  readonly #sync: Sync;
  readonly #setup: Setup;
  readonly #clock: () => number;
  readonly #pace = new Pace();
  #changedAt: number | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #scannedAt: number;
  #movedAt: number;
  #called = false;
  #failures = 0;
  #tidiedAt = Number.NEGATIVE_INFINITY;
  #notBefore = 0;
  #settlesIn: number | undefined;
  #status: SyncStatus;

  constructor(sync: Sync, setup: Setup) {
    this.#sync = sync;
    this.#setup = setup;
    this.#clock = setup.monotonic ?? (() => performance.now());
    this.#scannedAt = this.#clock();
    this.#movedAt = this.#clock();
    this.#status = {
      remote: setup.sync.remote,
      waiting: 0,
      held: [],
      nodes: [],
      rounds: 0,
      at: setup.now().toISOString(),
    };
  }

  /** Something in the vault changed. Returns the milliseconds until a look is worth while. */
  changed(): number {
    const now = this.#clock();
    this.#changedAt ??= now;
    return Math.max(this.#pace.wait(now, this.#changedAt), this.#notBefore - now);
  }

  /** The remote has something new, or somebody wants a round now. */
  called(): void {
    this.#called = true;
    this.#notBefore = 0;
  }

  /** Why it does not work, where it does not. */
  get trouble(): string | undefined {
    return this.#status.trouble?.why;
  }

  /** Milliseconds until something that was too fresh in the last round may be quiet. */
  get settlesIn(): number | undefined {
    return this.#settlesIn;
  }

  async sweep(): Promise<Swept> {
    const now = this.#clock();
    const { claiming } = this.#setup;
    const isPoll = now - this.#lookedAt >= this.#every(now);
    const isDue = this.#called || isPoll;
    if (now < this.#notBefore) return { moved: false, settlesIn: this.#notBefore - now };
    const early = this.#changedAt === undefined ? 0 : this.#pace.wait(now, this.#changedAt);
    if (!isDue && early > 0) return { moved: false, settlesIn: early };
    this.#changedAt = undefined;
    this.#called = false;
    // A call is about the vault: whose a task is, is looked at with the lease, or where the planner asks.
    if (claiming !== undefined && (isPoll || claiming.isAsked || claiming.dueIn <= 0)) {
      const won = await claiming.before();
      if (won) this.#sync.remoteChanged();
    }
    if (isDue) this.#sync.remoteChanged();
    if (now - this.#scannedAt > SCAN) {
      this.#scannedAt = now;
      await this.#sync.scan();
    }
    const done = await this.#sync.round();
    if (!done.ok) {
      if (isDue) this.#called = true;
      claiming?.publish();
      return this.#failed(done.failure);
    }
    claiming?.after(this.#sync.waiting === 0);
    this.#failures = 0;
    if (isDue) this.#lookedAt = now;
    if (done.value.sent || done.value.taken) this.#movedAt = now;
    if (done.value.sent) this.#pace.sent(this.#clock());
    this.#settlesIn = done.value.settlesIn;
    this.#record(done.value);
    this.#tidy(now);
    const next = Math.max(5, this.#lookedAt + this.#every(now) - this.#clock());
    const settles = sooner(done.value.settlesIn, claiming?.dueIn);
    return { moved: false, settlesIn: sooner(next, settles) };
  }

  /** Has the history packed, now and then and while nothing else is going on. */
  #tidy(now: number): void {
    const isCalm = now - this.#movedAt > CALM && now - this.#tidiedAt > TIDY;
    if (!isCalm || this.#sync.waiting > 0 || !this.#sync.repository.isUntidy) return;
    this.#tidiedAt = now;
    // It is only tidying: where it does not work out, the next calm finds it.
    this.#sync.repository.tidy().catch(() => undefined);
  }

  /** Milliseconds between two looks at the remote where nothing else asks for one. */
  #every(now: number): number {
    const { sync, isCalled } = this.#setup;
    return pollAfter(sync.every, isCalled?.() ?? false, (now - this.#movedAt) / 1000) * 1000;
  }

  #failed(failure: Failure): Swept {
    this.#failures += 1;
    const wait = Math.min(FIRST_TRY * 2 ** (this.#failures - 1), LONGEST_TRY) * (0.75 + Math.random() / 2);
    this.#notBefore = this.#clock() + wait;
    const why = sentence(failure);
    const at = this.#setup.now();
    const since = this.#status.trouble?.since ?? at.toISOString();
    this.#setup.log.trouble('sync', `${why} What is done here goes on, and is sent later.`);
    const isLong = at.getTime() - Date.parse(since) > PATIENCE || failure.kind !== 'retryable';
    notice(syncNotices(this.#setup.state), 'sync', isLong ? `${why} What is done here is sent later.` : undefined);
    this.#write({ ...this.#status, trouble: { since, why }, rounds: this.#status.rounds + 1 });
    return { moved: false, settlesIn: wait };
  }

  #record({ sent, taken, looked }: { sent: boolean; taken: boolean; looked: boolean }): void {
    const { log, state, now } = this.#setup;
    log.clear('sync');
    notice(syncNotices(state), 'sync', undefined);
    const at = now().toISOString();
    const { trouble, ...before } = this.#status;
    if (trouble !== undefined) log.event('sync       the remote is reached again');
    const held = this.#sync.held.map(one => ({ ...one, since: new Date(one.since).toISOString() }));
    this.#tellHeld(held);
    const commit = this.#sync.repository.base;
    const status: SyncStatus = {
      ...before,
      ...(sent || looked ? { reached: at } : {}),
      ...(sent ? { sent: at } : {}),
      ...(taken ? { taken: at } : {}),
      ...(commit === undefined ? {} : { commit }),
      waiting: this.#sync.waiting,
      held,
      nodes: this.#setup.claiming?.nodes ?? [],
      rounds: before.rounds + 1,
      at,
    };
    this.#write(status);
  }

  #tellHeld(held: SyncStatus['held']): void {
    const { log, state } = this.#setup;
    const [first] = held;
    const told =
      first === undefined
        ? undefined
        : held.length === 1
          ? `“${first.path}” is not synced: ${first.why}`
          : `${held.length} files are not synced, such as “${first.path}”: ${first.why} All of them:  steward sync status`;
    notice(syncNotices(state), 'held', told);
    if (told === undefined) log.clear('sync held');
    else log.trouble('sync held', told);
  }

  #write(status: SyncStatus): void {
    this.#status = status;
    writeSyncStatus(this.#setup.state, status);
  }
}
