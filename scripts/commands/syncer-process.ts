import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { childEnvironment, type Environment } from '../../core/config.ts';
import { createLog, type Log } from '../../core/log.ts';
import { EXIT } from '../../core/open-vault.ts';

const SYNCER = path.resolve(import.meta.dirname, '..', '..', 'orchestrator', 'syncer.ts');
/** Milliseconds of running after which an end counts as the first one again. */
const STEADY = 60_000;

/** Syncs a vault once, until everything is quiet, for a command that then ends. Returns the exit code. */
export function syncOnce({ home, secrets }: Environment, vault: string, say: (line: string) => void): Promise<number> {
  const handed = { ...childEnvironment({}), STEWARD_VAULT: vault, STEWARD_HOME: home };
  return new SyncerProcess(() => Promise.resolve(handed), createLog(say, secrets)).once();
}

/** What syncs, as a child: started again when it dies, gone when we are. */
export class SyncerProcess {
  readonly #handed: () => Promise<NodeJS.ProcessEnv>;
  readonly #log: Log;
  #child: ChildProcess | undefined;
  #stopping = false;
  #failures = 0;

  constructor(handed: () => Promise<NodeJS.ProcessEnv>, log: Log) {
    this.#handed = handed;
    this.#log = log;
  }

  /** Syncs once, until everything is quiet. Returns the exit code. */
  async once(): Promise<number> {
    const child = await this.#fork(['--once']);
    return new Promise(resolve => child.once('exit', code => resolve(code ?? EXIT.failure)));
  }

  async start(): Promise<void> {
    const begun = performance.now();
    const child = await this.#fork([]);
    if (this.#stopping) child.kill('SIGTERM');
    this.#child = child;
    child.once('exit', code => {
      if (this.#stopping) return;
      // What it cannot mend by itself it has said; the person’s next start finds out whether that was mended.
      if (code === EXIT.usage || code === EXIT.taken) return;
      if (performance.now() - begun > STEADY) this.#failures = 0;
      this.#failures += 1;
      this.#log.event('restart    what syncs ended and is started again');
      setTimeout(() => void this.start(), Math.min(200 * 2 ** this.#failures, 30_000)).unref();
    });
  }

  async #fork(args: readonly string[]): Promise<ChildProcess> {
    return fork(SYNCER, [...args], { env: await this.#handed(), stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  stop(): void {
    this.#stopping = true;
    this.#child?.kill('SIGTERM');
  }
}
