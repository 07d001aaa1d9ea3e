import { writeNote } from '../../core/front-matter.ts';
import { localTime } from '../../core/names.ts';
import { FILES } from '../../core/states.ts';
import type { ExecutorContext } from './context.ts';

/**
 * Stop latches: once asked for, by `STOP.md`, by `STEWARD_ENABLED=false`, by `steward stop` or by Steward itself, no
 * effect begins until a person on this machine says `steward resume`. It holds across restarts, because it is in the
 * ledger, and it is looked at right before every effect.
 */
export class Brake {
  readonly #context: ExecutorContext;
  readonly #enabled: boolean;

  constructor(context: ExecutorContext, enabled: boolean) {
    this.#context = context;
    this.#enabled = enabled;
  }

  /** Whether effects are stopped at this moment. Never cached. */
  get isOn(): boolean {
    return !this.#enabled || this.#context.ledger.book.stopped !== undefined || this.#context.vault.exists(FILES.stop);
  }

  /** Puts a stop that was asked for in the vault or the environment on record, and shows it in the vault. */
  async look(): Promise<void> {
    const { ledger, vault } = this.#context;
    if (ledger.book.stopped === undefined) {
      if (!this.#enabled) await this.stop('STEWARD_ENABLED is false.', 'environment');
      else if (vault.exists(FILES.stop)) await this.stop(`${FILES.stop} is in the vault.`, 'person');
    }
    if (ledger.book.stopped !== undefined && !vault.exists(FILES.stop)) this.#show(ledger.book.stopped.why);
  }

  async stop(why: string, by: string): Promise<void> {
    const { ledger, log } = this.#context;
    if (ledger.book.stopped !== undefined) return;
    await ledger.record({ kind: 'STOPPED', why, by });
    log.event(`STOPPED    ${why} Nothing is done until  steward resume`);
  }

  async resume(by: string): Promise<void> {
    const { ledger, vault, log } = this.#context;
    vault.remove(FILES.stop);
    if (ledger.book.stopped === undefined) return;
    await ledger.record({ kind: 'RESUMED', by });
    log.event(this.#enabled ? 'resumed' : 'resumed, but STEWARD_ENABLED is still false');
  }

  #show(why: string): void {
    const body = [
      '# Stopped',
      '',
      '> [!danger] Nothing is done',
      `> ${why} No effect begins and nothing is thought about; what you drop is kept and waits.`,
      '',
      'Deleting this note does not start Steward again. Run `steward resume` on this computer.',
      '',
    ];
    const properties = { type: 'stop', format: 1, created: localTime(this.#context.now()) };
    this.#context.vault.create(FILES.stop, writeNote(properties, body.join('\n')));
  }
}
