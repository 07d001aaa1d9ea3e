import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Brain } from '../core/brain.ts';
import { readEnvironment } from '../core/config.ts';
import { executorKey, publicHalf } from '../core/grant.ts';
import { createLog } from '../core/log.ts';
import type { Swept } from '../core/loop.ts';
import { openVault } from '../core/open-vault.ts';
import { type Result, sentence } from '../core/outcome.ts';
import { Settle } from '../core/settle.ts';
import { Spool } from '../core/spool.ts';
import { openStateFolder, vaultIdentity } from '../core/state-folder.ts';
import { Vault } from '../core/vault.ts';
import { Brake } from '../orchestrator/execute/brake.ts';
import type { ExecutorContext } from '../orchestrator/execute/context.ts';
import { Ledger } from '../orchestrator/execute/ledger.ts';
import { checkPins, publishOffers } from '../orchestrator/execute/pins.ts';
import { ActionServers } from '../orchestrator/execute/servers.ts';
import { Executor } from '../orchestrator/execute/sweep.ts';
import { Planner } from '../orchestrator/planner.ts';
import { LogWriter } from '../orchestrator/report/log-writer.ts';
import { LedgerView } from '../orchestrator/think/ledger-view.ts';
import { makeVault } from '../scripts/commands/init.ts';
import { theRulebook } from '../test/helpers/rulebook.ts';
import { TempFolder } from '../test/helpers/temp.ts';
import filesystem from '../watchers/filesystem/index.ts';

type Part = { readonly sweep: () => Promise<Swept> };

const taken = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(sentence(result.failure));
  return result.value;
};

/** The rulebook, with the time that it takes: a task’s machine time is without it. */
class TimedBrain implements Brain {
  readonly #brain = theRulebook();
  readonly name = this.#brain.name;
  readonly label = this.#brain.label;
  readonly staysHere = true;
  spent = 0;

  readonly next: Brain['next'] = async (request, signal) => {
    const begun = performance.now();
    const answer = await this.#brain.next(request, signal);
    this.spent += performance.now() - begun;
    return answer;
  };
}

/**
 * Watcher, planner and executor over a real vault, with the real files server, in one process and without anything to
 * wait for: what it takes is what the machine does. They live as long as it does, as in a Steward that runs.
 */
export class Pipeline {
  readonly #base = new TempFolder();
  readonly root = path.join(this.#base.path, 'vault');
  readonly brain = new TimedBrain();
  readonly #ends: (() => unknown)[] = [];
  #parts: readonly Part[] = [];
  #executor: Executor | undefined;
  #dropped = 0;

  static async open(): Promise<Pipeline> {
    const made = new Pipeline();
    await made.#open();
    // The lifted caps are a looser policy, which waits for a person’s word.
    await made.work();
    made.approve();
    await made.work();
    return made;
  }

  async #open(): Promise<void> {
    const environment = readEnvironment({
      STEWARD_HOME: path.join(this.#base.path, 'state'),
      STEWARD_VAULT: this.root,
    });
    taken(makeVault(environment, false));
    const made = taken(openStateFolder(environment.home, this.root, taken(vaultIdentity(this.root))));
    writeFileSync(made.config, 'settle: { note: 0, tick: 0, drop: 0 }\nbriefing: off\n');
    const { root, state, config } = taken(openVault(environment));
    this.#liftCaps();
    mkdirSync(path.join(root, 'Accounting', '2026'), { recursive: true });
    const log = createLog(() => undefined, {});
    const now = (): Date => new Date();
    const logs = new LogWriter(new Vault(root, 'executor'), config.node, log);
    const ledger = Ledger.open(state.ledger, state.tmp, now, record => logs.heard(record));
    const key = executorKey(state.keys, state.tmp);
    const servers = new ActionServers(
      () => ({ vault: root, dropFolders: [], state: '', settings: null, grantKey: publicHalf(key), secrets: {} }),
      (server, definitions) => checkPins(ledger, server, definitions),
      log,
    );
    const context: ExecutorContext = {
      ...{ vault: new Vault(root, 'executor'), state, config, ledger, servers, key, log, now, settle: new Settle() },
      ...{ person: 'bench', syncers: () => [] },
    };
    await publishOffers(context);
    const nobody = (): void => undefined;
    const spool = new Spool(state.executorSpool, state.tmp);
    this.#executor = new Executor(context, spool, new Brake(context, true), logs, nobody);
    const planner = new Planner(
      {
        ...{ state, config, log, now, vault: new Vault(root, 'planner'), settle: new Settle(), brain: this.brain },
        ...{ ledger: new LedgerView(state.ledger), executor: spool, signal: new AbortController().signal },
      },
      new Spool(state.plannerSpool, state.tmp),
    );
    const watcher = { state, config, log, now, secrets: {}, vault: new Vault(root, 'watcher'), look: nobody };
    const watching = await filesystem.start(watcher);
    if (watching === undefined) throw new Error('the drop folder is not watched');
    this.#parts = [watching, planner, this.#executor];
    this.#ends.push(
      () => watching.close(),
      () => servers.close(),
      () => ledger.close(),
    );
  }

  /** The caps that a person would never reach in a day stay in force, and are counted, with room for what is measured. */
  #liftCaps(): void {
    const file = path.join(this.root, 'Policies.md');
    const text = readFileSync(file, 'utf8');
    const lifted = text.replace(/^( {4}per_(?:hour|day)): \d+$/gm, '$1: 1000000');
    if (lifted === text) throw new Error('Policies.md has no caps to lift');
    writeFileSync(file, lifted);
  }

  /** Drops invoices into `Inbox/`, as a person does. */
  drop(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.#dropped += 1;
      const name = `invoice-2026-01-02-${this.#dropped}.txt`;
      writeFileSync(path.join(this.root, 'Inbox', name), `Invoice ${this.#dropped}`);
    }
  }

  /** Moves every approval that waits into `Approved/`, as a person does. Returns how many. */
  approve(): number {
    const folder = path.join(this.root, 'Pending_Approval');
    const names = readdirSync(folder).filter(name => name !== 'README.md');
    for (const name of names) renameSync(path.join(folder, name), path.join(this.root, 'Approved', name));
    return names.length;
  }

  /** Works until nothing moves, by itself, any more. */
  async work(): Promise<void> {
    for (let moved = true; moved; ) {
      moved = false;
      for (const part of this.#parts) moved = (await part.sweep()).moved || moved;
      moved = ((await this.#executor?.finish()) ?? false) || moved;
    }
  }

  /** Takes tasks from the drop to `Done/`, so many at a time. */
  async through(count: number): Promise<void> {
    this.drop(count);
    await this.work();
    const approved = this.approve();
    if (approved !== count) throw new Error(`${approved} of ${count} drops led to an approval`);
    await this.work();
    const left = readdirSync(path.join(this.root, 'Plans')).filter(name => name !== 'README.md');
    if (left.length > 0) throw new Error(`${left.length} of ${count} tasks did not end: ${left[0]}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) await end();
    this.#base[Symbol.dispose]();
  }
}
