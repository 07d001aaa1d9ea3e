import type { Outcome } from '../../core/action-server.ts';
import { createLog } from '../../core/log.ts';
import type { Swept } from '../../core/loop.ts';
import { type Failure, ok, type Result } from '../../core/outcome.ts';
import { type Reach, UNTOLD } from '../../core/reach.ts';
import { Spool } from '../../core/spool.ts';
import { propose } from '../../orchestrator/approve/propose.ts';
import type { Proposal } from '../../orchestrator/decide/prepare.ts';
import { Brake } from '../../orchestrator/execute/brake.ts';
import type { ExecutorContext } from '../../orchestrator/execute/context.ts';
import { ActionServers, type Described } from '../../orchestrator/execute/servers.ts';
import { Executor } from '../../orchestrator/execute/sweep.ts';
import { LogWriter } from '../../orchestrator/report/log-writer.ts';
import type { InProcess } from './in-process.ts';

/** Action servers whose far end does what a test says, and counts what it was asked. */
class ScriptedServers extends ActionServers {
  /** What becomes of an effect; the last one goes on for ever. */
  outcomes: Outcome[] = [{ outcome: 'confirmed', receipt: { id: 'r' } }];
  found: Outcome = { outcome: 'unknown', why: 'nobody can tell' };
  /** Why nothing can be prepared. */
  down: Failure | undefined;
  performed = 0;
  restarted = 0;
  /** Why the server does not start. */
  broken: Failure | undefined;
  /** What happens while a server starts; one that has to is not warm. */
  starting: (() => void) | undefined;
  title = 'Send a mail';
  reach: Reach = UNTOLD;

  constructor() {
    super(
      () => ({ vault: '', dropFolders: [], state: '', settings: null, grantKey: '', secrets: {} }),
      () => Promise.resolve(ok('same')),
      createLog(() => undefined, {}),
    );
  }

  override isWarm(): boolean {
    return this.broken === undefined && this.starting === undefined;
  }

  override definitions(): ReturnType<ActionServers['definitions']> {
    this.starting?.();
    return Promise.resolve(this.broken === undefined ? ok(new Map()) : { ok: false, failure: this.broken });
  }

  override dryRun(): Promise<Result<Described>> {
    if (this.down !== undefined) return Promise.resolve({ ok: false, failure: this.down });
    const described = { outcome: 'prepared' as const, title: this.title, account: '', attachments: [] };
    return Promise.resolve(ok({ ...described, definition: '0'.repeat(64), reach: this.reach }));
  }

  override perform(): Promise<Outcome> {
    this.performed += 1;
    const next = this.outcomes.length > 1 ? this.outcomes.shift() : this.outcomes[0];
    return Promise.resolve(next ?? this.found);
  }

  override restart(): Promise<void> {
    this.restarted += 1;
    return Promise.resolve();
  }

  override reconcile(): Promise<Outcome> {
    return Promise.resolve(this.found);
  }
}

/** An executor over a vault and a far end that obeys a test. */
export class ScriptedExecutor {
  readonly servers = new ScriptedServers();
  readonly context: ExecutorContext;
  readonly spool: Spool;
  readonly #executor: Executor;

  constructor(vault: InProcess, changed: Partial<ExecutorContext> = {}) {
    this.context = { ...vault.context, servers: this.servers, ...changed };
    const { state, config, log } = this.context;
    this.spool = new Spool(state.executorSpool, state.tmp);
    const logs = new LogWriter(this.context.vault, config.node, log);
    this.#executor = new Executor(this.context, this.spool, new Brake(this.context, true), logs, () => undefined);
  }

  /** Puts the one action of the task `tester-0123456789ab` before the person. */
  async propose(id = 'tester-0123456789ab-a1', part: Partial<Proposal> = {}): Promise<void> {
    const stem = 'letter-01234567';
    await propose(
      {
        ...{ id, task: 'tester-0123456789ab', task_note: stem, plan_note: `${stem}-plan` },
        ...{ note: `${stem}-approval-${id.at(-1)}`, server: 'email', tool: 'send', arguments: {}, origins: {} },
        brain: 'tester',
        exposure: { untrusted: [], private: [] },
        source: 'person',
        ...part,
      },
      this.context,
    );
  }

  /** Looks around once. */
  look(): Promise<Swept> {
    return this.#executor.sweep();
  }

  /** Looks around until nothing moves; how often that was. Throws where there is no end. */
  async drain(): Promise<number> {
    for (let looks = 1; looks < 200; looks += 1) {
      const swept = await this.#executor.sweep();
      await this.#executor.finish();
      if (!swept.moved && (swept.settlesIn ?? Number.POSITIVE_INFINITY) > 100) return looks;
    }
    throw new Error('there is no end to it');
  }
}
