import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { z } from 'zod';
import { type Environment, handOverToExecutor } from '../../core/config.ts';
import { keptByLauncher } from '../../core/kept-by-launcher.ts';
import { tellOn } from '../../core/live-line.ts';
import { createLog, type Log } from '../../core/log.ts';
import { type Loop, type Swept, sooner } from '../../core/loop.ts';
import { faultsOfNode } from '../../core/node-role.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { runWatchers, watcherNames } from '../../core/run-watchers.ts';
import { keptNames } from '../../core/secret-store/index.ts';
import { holdSecrets } from '../../core/secrets.ts';
import { Spool } from '../../core/spool.ts';
import { type StateFolder, takeLock, vaultIdentity } from '../../core/state-folder.ts';
import { FOLDERS } from '../../core/states.ts';
import { Vault } from '../../core/vault.ts';
import { openPlanner } from '../../orchestrator/open-planner.ts';
import { quote } from '../doctor/finding.ts';
import { readInstalled } from '../service/record.ts';
import { makeVault } from './init.ts';
import { printWaiting, readStatus } from './status.ts';
import { SyncerProcess } from './syncer-process.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '..', '..');
const EXECUTOR = path.join(REPOSITORY, 'orchestrator', 'executor.ts');
/** `--once` waits this long at most for something that is still being written, in milliseconds. */
const LONGEST_SETTLE = 30_000;

/** Milliseconds after which whoever waits is told what for. */
const PATIENCE = 1000;

/** Starts watchers and planner here and the executor as a process of its own. */
export async function start(given: Environment, once: boolean): Promise<number> {
  if (!vaultIdentity(given.vault).ok) {
    const made = makeVault(given, false);
    if (!made.ok) return complain(sentence(made.failure), EXIT.usage);
    process.stdout.write(`Made the vault ${given.vault}\n`);
  }
  const opened = openVault(given);
  if (!opened.ok) return complain(sentence(opened.failure), EXIT.usage);
  const { root, state, config } = opened.value;
  if (takeLock(state, 'planner') === undefined || takeLock(state, 'watchers') === undefined) {
    const service = readInstalled(state);
    const asService = service.ok && service.value !== undefined ? ' It runs as a service:  steward service status' : '';
    return complain(`Another Steward has the vault ${root}.${asService}`, EXIT.taken);
  }
  const kept = await keptByLauncher(given);
  const faults = faultsOfNode(config, {
    secrets: [...Object.keys({ ...given.secrets, ...kept }), ...keptNames(state)],
    ...{ servers: Object.keys(config.servers), watchers: Object.keys(config.watchers), approving: [] },
  });
  if (faults.length > 0) return complain(faults.join('\n'), EXIT.usage);
  const whole = { ...given, secrets: { ...given.secrets, ...kept } };
  const { environment, report } = await holdSecrets(whole, state, { owners: watcherNames(), thinks: true });
  const { secrets } = environment;
  const log = createLog(tellOn(process.stdout, given.colour), secrets);
  report(log);
  const slow = setTimeout(
    () => say('Starting: reading the records, watching the folders, preparing the action servers …'),
    PATIENCE,
  );
  // With a launcher that keeps them, nothing here holds the servers’ secrets but while the executor is started.
  const handed = async (): Promise<NodeJS.ProcessEnv> =>
    handOverToExecutor(given, given.launcherKeeps ? await keptByLauncher(given) : given.secrets);
  const executor = new ExecutorProcess(handed, once, log);
  const planner = await openPlanner(opened.value, environment, log);
  if (!planner.ok) {
    executor.stop();
    return complain(sentence(planner.failure), EXIT.usage);
  }
  // It has to know every secret, so that none is ever sent.
  const toSyncer = async (): Promise<NodeJS.ProcessEnv> => ({ ...(await handed()), ...given.secrets });
  const syncer = config.sync === undefined ? undefined : new SyncerProcess(toSyncer, log);
  if (once) await syncer?.once();
  const vault = new Vault(root, 'watcher');
  const watchers = await runWatchers({ vault, state, config, secrets, log, now: () => new Date() });
  const ready = await executor.ready;
  clearTimeout(slow);
  if (!ready.ok) return complain(sentence(ready.failure), executor.exitCode ?? EXIT.failure);
  if (once) return workOnce([watchers, planner.value], executor, { environment, state }, syncer);
  await syncer?.start();
  greet(root, environment);
  watchers.start();
  planner.value.start();
  return new Promise<number>(resolve => {
    let ending = false;
    const end = (): void => {
      if (ending) return;
      ending = true;
      executor.stop();
      syncer?.stop();
      process.stdout.write(process.stdout.isTTY ? `\n${farewell(environment)}\n` : `${STOPPED}\n`);
      resolve(EXIT.ok);
      setImmediate(() => process.exit(EXIT.ok));
    };
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
    process.on('SIGHUP', end);
    // Started by the launcher under another Node, or by a process manager: without it, nobody could stop us.
    process.on('disconnect', end);
    process.channel?.unref();
    if (process.send !== undefined && !process.connected) end();
  });
}

/** For the person who watches; what scripts read stands on standard output. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function complain(why: string, code: number): number {
  process.stderr.write(`${why}\n`);
  return code;
}

/** A vault in which nothing has been done yet gets the first steps, any other how things stand. */
function greet(root: string, environment: Environment): void {
  const example = path.join(REPOSITORY, 'examples', 'invoice.pdf');
  const read = readStatus(environment);
  const waiting = read.ok ? read.value.waiting.length : 0;
  const isUsed = waiting > 0 || new Vault(root, 'planner').list(FOLDERS.done).some(({ kind }) => kind === 'folder');
  const firstSteps = [
    '  Obsidian → Open folder as vault → that folder, then read Welcome.md',
    '  Try it:',
    `    cp ${quote(example)} ${quote(path.join(root, 'Inbox'))}/`,
    '  then move the note that appears in Pending_Approval/ into Approved/.',
  ];
  const stand = `  ${waiting === 0 ? 'Nothing waits' : waiting === 1 ? '1 thing waits' : `${waiting} things wait`} for you: see Dashboard.md`;
  const lines = [
    `Steward is ready. Your vault: ${root}`,
    ...(isUsed ? [stand] : firstSteps),
    ...(read.ok && read.value.stopped !== null
      ? [`  Stopped: ${read.value.stopped} Nothing is done until  steward resume`]
      : []),
    '  To stop: press Ctrl-C. What is open goes on at the next start.',
    '',
  ];
  process.stdout.write(lines.join('\n'));
}

/** What a log says; whoever kills waits for nothing that has to be read first. */
const STOPPED = 'Stopped. Whatever is open goes on at the next start.';

/** What the person who stops everything may rely on. */
function farewell(environment: Environment): string {
  const read = readStatus(environment);
  if (!read.ok) return STOPPED;
  const { waiting, working } = read.value;
  const count = (many: number, one: string, more: string): string => (many === 1 ? `1 ${one}` : `${many} ${more}`);
  const open = [
    ...(waiting.length === 0 ? [] : [count(waiting.length, 'thing waits', 'things wait')]),
    ...(working.length === 0 ? [] : [`${count(working.length, 'task is', 'tasks are')} open`]),
  ];
  const kept = open.length === 0 ? 'Nothing was open.' : `${open.join(' and ')}, and kept:`;
  const next = open.length === 0 ? ' What you decide or drop meanwhile is taken' : ' it goes on';
  return `Stopped. ${kept}${next} at the next start.`;
}

/** Rounds of looking around until no part moves anything and nothing is about to settle. */
async function workOnce(
  loops: readonly Loop[],
  executor: ExecutorProcess,
  { environment, state }: { readonly environment: Environment; readonly state: StateFolder },
  syncer: SyncerProcess | undefined,
): Promise<number> {
  let told = false;
  for (;;) {
    let all: Swept = { moved: false, settlesIn: undefined };
    for (const look of [...loops.map(loop => () => loop.now()), () => executor.sweep()]) {
      const one = await look();
      all = { moved: all.moved || one.moved, settlesIn: sooner(all.settlesIn, one.settlesIn) };
    }
    if (all.moved) continue;
    if (all.settlesIn === undefined || all.settlesIn > LONGEST_SETTLE) break;
    if (all.settlesIn > PATIENCE && !told) {
      say(`Waiting up to ${Math.ceil(all.settlesIn / 1000)} s until what is being written is quiet …`);
      told = true;
    }
    await new Promise(resolve => setTimeout(resolve, Math.max(5, Math.min(all.settlesIn ?? 0, 1000))));
  }
  executor.stop();
  const synced = (await syncer?.once()) ?? EXIT.ok;
  const status = readStatus(environment);
  if (!status.ok) return complain(sentence(status.failure), EXIT.failure);
  printWaiting(status.value);
  const { retrying, unbegun } = status.value;
  return synced === EXIT.retry || retrying + unbegun + unprepared(state) > 0 ? EXIT.retry : EXIT.ok;
}

/** How much was proposed and could not be prepared yet, such as for a server that did not start in time. */
const unprepared = ({ executorSpool, tmp }: StateFolder): number =>
  new Spool(executorSpool, tmp).waiting(() => undefined).filter(({ message }) => message.kind === 'propose').length;

const FromExecutor = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ swept: z.object({ moved: z.boolean(), settlesIn: z.number().optional() }) }),
  z.object({ failed: z.string() }),
]);

/** Milliseconds of running after which an end counts as the first one again. */
const STEADY = 60_000;

/** The executor as a child: started again when it dies, gone when we are. */
class ExecutorProcess {
  ready: Promise<Result<'ready'>>;
  exitCode: number | undefined;
  readonly #handed: () => Promise<NodeJS.ProcessEnv>;
  readonly #driven: boolean;
  readonly #log: Log;
  #child: ChildProcess | undefined;
  #stopping = false;
  #isReady = false;
  #failures = 0;
  /** Monotonic milliseconds at which the executor was started last. */
  #begun = 0;
  #swept: { done: (swept: Swept) => void; failed: (error: Error) => void } | undefined;

  constructor(handed: () => Promise<NodeJS.ProcessEnv>, driven: boolean, log: Log) {
    this.#handed = handed;
    this.#driven = driven;
    this.#log = log;
    this.ready = this.#begin();
  }

  async #begin(): Promise<Result<'ready'>> {
    this.#begun = performance.now();
    const env = await this.#handed();
    if (this.#stopping) return fail('permanent', 'The executor did not start.');
    const child = fork(EXECUTOR, this.#driven ? ['--driven'] : [], {
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    return new Promise<Result<'ready'>>(resolve => {
      child.on('message', (message: unknown) => {
        const parsed = FromExecutor.safeParse(message);
        if (!parsed.success) return;
        if ('ready' in parsed.data) {
          this.#isReady = true;
          resolve(ok('ready'));
        } else if ('failed' in parsed.data) this.#swept?.failed(new Error(parsed.data.failed));
        else this.#swept?.done({ moved: parsed.data.swept.moved, settlesIn: parsed.data.swept.settlesIn });
      });
      child.on('exit', code => {
        this.exitCode = code ?? EXIT.failure;
        resolve(fail('permanent', 'The executor did not start.'));
        this.#swept?.failed(new Error('The executor ended.'));
        if (!this.#stopping && this.#isReady && !this.#driven) this.#again();
      });
    });
  }

  /** Crash-only: starting again is recovery. Pauses grow while it keeps dying. */
  #again(): void {
    if (performance.now() - this.#begun > STEADY) this.#failures = 0;
    this.#failures += 1;
    this.#log.event('restart    the executor ended and is started again');
    const pause = Math.min(200 * 2 ** this.#failures, 30_000);
    setTimeout(() => {
      this.ready = this.#begin();
    }, pause).unref();
  }

  sweep(): Promise<Swept> {
    return new Promise((done, failed) => {
      this.#swept = { done, failed };
      if (!this.#child?.connected) failed(new Error('The executor ended.'));
      else this.#child.send('sweep');
    });
  }

  stop(): void {
    this.#stopping = true;
    this.#child?.kill('SIGTERM');
  }
}
