import { sentence } from '../../core/outcome.ts';
import { FILES } from '../../core/states.ts';
import { clauseOf } from '../../core/system-error.ts';
import { renderStop, type Stop } from '../report/stop-note.ts';
import type { Action } from './book.ts';
import type { ExecutorContext } from './context.ts';
import type { Alarm } from './emergency.ts';
import { LedgerWatch } from './ledger-watch.ts';

/** What to do where the ledger on disk is not the one that was written. */
const RESTORE =
  'Find out who changed it. Keep a copy of the vault and of its state folder, restore both from one backup, start Steward, and see that steward verify finds nothing.';

/**
 * Stop latches: once asked for, by `STOP.md`, by `STEWARD_ENABLED=false`, by `steward stop` or by Steward itself, no
 * effect begins until a person on this machine says `steward resume`. It holds across restarts, because it is in the
 * ledger, and it is looked at right before every effect.
 */
export class Brake {
  readonly #context: ExecutorContext;
  readonly #enabled: boolean;
  readonly #watch: LedgerWatch;
  /** Said once, not at every look. */
  #hasTold = false;

  constructor(context: ExecutorContext, enabled: boolean) {
    this.#context = context;
    this.#enabled = enabled;
    const every = context.config.emergency.ledger_minutes * 60_000;
    this.#watch = new LedgerWatch(context.state.ledger, context.ledger, every, performance.now());
  }

  /** Whether effects are stopped at this moment. Never cached. */
  get isOn(): boolean {
    const { ledger, vault } = this.#context;
    if (!this.#enabled || ledger.distrusted !== undefined || ledger.book.stopped !== undefined) return true;
    return vault.spelled(FILES.stop).length > 0;
  }

  /** Whether this one effect may begin: neither stopped, nor a reason to stop now. */
  async allows(action: Action): Promise<boolean> {
    const { ledger, config, now } = this.#context;
    this.#lookAtLedger();
    if (this.isOn) return false;
    const { lately } = ledger.book;
    const time = now().getTime();
    const alarm = lately.alarm(config.emergency, time) ?? lately.alarmBefore(action, config.emergency, time);
    if (alarm === undefined) return true;
    await this.#stopFor(alarm);
    return false;
  }

  /**
   * Puts a stop that was asked for in the vault or the environment, or that has a reason, on record, and shows it in the
   * vault. False where nothing can go on record any more: the ledger on disk is not the one that was written.
   */
  async look(): Promise<boolean> {
    const { ledger, vault, config, now } = this.#context;
    this.#lookAtLedger();
    if (ledger.distrusted !== undefined) {
      this.#show({ why: ledger.distrusted, by: 'steward', mend: RESTORE });
      return false;
    }
    if (ledger.book.stopped === undefined) {
      const alarm = ledger.book.lately.alarm(config.emergency, now().getTime());
      if (!this.#enabled) await this.stop('STEWARD_ENABLED is false.', 'environment');
      else if (vault.spelled(FILES.stop).length > 0) await this.stop(`${FILES.stop} is in the vault.`, 'person');
      else if (alarm !== undefined) await this.#stopFor(alarm);
    }
    if (ledger.book.stopped !== undefined) this.#show(ledger.book.stopped);
    return true;
  }

  /** `mend`: what to do before it is resumed, where Steward stops by itself. */
  async stop(why: string, by: string, mend?: string): Promise<void> {
    await this.#latch({ kind: 'STOPPED', why, by, ...(mend === undefined ? {} : { mend }) });
  }

  async resume(by: string): Promise<void> {
    const { ledger, vault, log } = this.#context;
    if (ledger.distrusted !== undefined) {
      log.event(`not resumed: ${ledger.distrusted} ${RESTORE}`);
      return;
    }
    for (const name of vault.spelled(FILES.stop)) {
      const removed = vault.remove(name);
      if (!removed.ok) throw new Error(sentence(removed.failure));
    }
    if (ledger.book.stopped === undefined) return;
    await ledger.record({ kind: 'RESUMED', by });
    log.event(this.#enabled ? 'resumed' : 'resumed, but STEWARD_ENABLED is still false');
  }

  #stopFor({ why, mend, about }: Alarm): Promise<void> {
    return this.#latch({ kind: 'STOPPED', why, by: 'steward', mend, ...(about === undefined ? {} : { about }) });
  }

  async #latch(stopped: { kind: 'STOPPED'; why: string; by: string; mend?: string; about?: string }): Promise<void> {
    const { ledger, log } = this.#context;
    if (ledger.book.stopped !== undefined) return;
    // The note first: where the disk has no room for the record any more, it is the stop.
    if (stopped.by === 'steward') this.#show(stopped);
    await ledger.record(stopped);
    this.#show(stopped);
    log.event(`STOPPED    ${told(stopped)}`);
  }

  /** Whatever else the disk says: from the first sign on nothing is done, and nothing is written behind what was changed. */
  #lookAtLedger(): void {
    const { ledger, log } = this.#context;
    if (ledger.distrusted === undefined) {
      const wrong = this.#watch.look(() => performance.now());
      if (wrong === undefined) return;
      ledger.distrust(`The ledger on disk was changed by something other than Steward: ${wrong}.`);
    }
    const why = ledger.distrusted;
    if (this.#hasTold || why === undefined) return;
    this.#hasTold = true;
    const stopped = { why, by: 'steward', mend: RESTORE };
    this.#show(stopped);
    log.event(`STOPPED    ${told(stopped)}`);
  }

  #show(stop: Stop): void {
    const { vault, log, now } = this.#context;
    if (vault.spelled(FILES.stop).length > 0) return;
    const made = vault.create(FILES.stop, renderStop(stop, now()));
    if (!made.ok) log.trouble(FILES.stop, `${FILES.stop} could not be written: ${clauseOf(sentence(made.failure))}`);
  }
}

const told = ({ why, mend }: Stop): string =>
  `${why} ${mend === undefined ? '' : `${mend} `}Nothing is done until  steward resume`;
