import type { KeyObject } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Brain } from '../../core/brain.ts';
import { readEnvironment } from '../../core/config.ts';
import { sha256 } from '../../core/digest.ts';
import { executorKey, publicHalf } from '../../core/grant.ts';
import { quoted } from '../../core/inert.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { createLog } from '../../core/log.ts';
import { noteStem, taskId } from '../../core/names.ts';
import { openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { type Seen, SeenJournal } from '../../core/seen.ts';
import { Settle } from '../../core/settle.ts';
import { Spool } from '../../core/spool.ts';
import { openStateFolder, vaultIdentity } from '../../core/state-folder.ts';
import { FOLDERS } from '../../core/states.ts';
import { Vault } from '../../core/vault.ts';
import { Brake } from '../../orchestrator/execute/brake.ts';
import type { ExecutorContext } from '../../orchestrator/execute/context.ts';
import { Ledger } from '../../orchestrator/execute/ledger.ts';
import { publishOffers } from '../../orchestrator/execute/pins.ts';
import type { ActionServers } from '../../orchestrator/execute/servers.ts';
import { Executor } from '../../orchestrator/execute/sweep.ts';
import { Planner } from '../../orchestrator/planner.ts';
import { LogWriter } from '../../orchestrator/report/log-writer.ts';
import { LedgerView } from '../../orchestrator/think/ledger-view.ts';
import { makeVault } from '../../scripts/commands/init.ts';
import { dropNote } from '../../watchers/filesystem/drop-note.ts';
import { TempFolder } from '../helpers/temp.ts';

/** How a task comes to Steward. */
export type Entrance = 'note' | 'mail' | 'calendar' | 'file';

const MOST_LOOKS = 5000;

/** The clock on stage, which every part reads. */
export type Clock = { now: number };

/** One vault from the shipped template, with a real planner and a real executor over it, in this process. */
export class Household {
  readonly #base: TempFolder;
  readonly root: string;
  readonly context: ExecutorContext;
  readonly #executor: Executor;
  readonly #planner: Planner;
  readonly #reader: JournalReader<LedgerRecord>;

  private constructor(base: TempFolder, context: ExecutorContext, executor: Executor, planner: Planner) {
    this.#base = base;
    this.root = context.vault.root;
    this.context = context;
    this.#executor = executor;
    this.#planner = planner;
    this.#reader = new JournalReader(context.state.ledger, LedgerRecord);
  }

  /** `key` is the executor’s, so that servers that run already know it. `changed` replaces parts of what it works with. */
  static async open(
    servers: ActionServers,
    key: string,
    brain: Brain,
    clock: Clock,
    changed: (context: ExecutorContext) => ExecutorContext = same => same,
  ): Promise<Household> {
    const base = new TempFolder();
    const now = (): Date => new Date(clock.now);
    const environment = readEnvironment({
      STEWARD_HOME: path.join(base.path, 'state'),
      STEWARD_VAULT: path.join(base.path, 'vault'),
    });
    const made = makeVault(environment, false);
    if (!made.ok) throw new Error(sentence(made.failure));
    const id = vaultIdentity(environment.vault);
    const state = id.ok ? openStateFolder(environment.home, environment.vault, id.value) : id;
    if (!state.ok) throw new Error(sentence(state.failure));
    writeFileSync(state.value.config, 'settle: { note: 0, tick: 0, drop: 0 }\n');
    mkdirSync(state.value.keys, { recursive: true });
    writeFileSync(path.join(state.value.keys, 'executor.pem'), key, { mode: 0o600 });
    const opened = openVault(environment);
    if (!opened.ok) throw new Error(sentence(opened.failure));
    const { root, config } = opened.value;
    const log = createLog(line => {
      if (process.env.AGENTDOJO_LOG !== undefined) process.stderr.write(`${line}\n`);
    }, {});
    const logs = new LogWriter(new Vault(root, 'executor'), config.node, log);
    const ledger = Ledger.open(state.value.ledger, state.value.tmp, now, record => logs.heard(record));
    const context: ExecutorContext = changed({
      ...{ vault: new Vault(root, 'executor'), state: state.value, config, ledger, servers, log, now },
      ...{ key: executorKey(state.value.keys, state.value.tmp), settle: new Settle(), person: 'tester' },
      ...{ syncers: () => [], monotonic: () => clock.now },
    });
    await ledger.record({ kind: 'OPENED', vault: path.basename(state.value.root), version: '0' });
    await publishOffers(context);
    const spool = new Spool(state.value.executorSpool, state.value.tmp);
    const executor = new Executor(context, spool, new Brake(context, true), logs, () => undefined);
    const planner = new Planner(
      {
        ...{ state: state.value, config, log, now, brain, vault: new Vault(root, 'planner'), settle: new Settle() },
        ...{ ledger: new LedgerView(state.value.ledger), executor: spool, signal: new AbortController().signal },
      },
      new Spool(state.value.plannerSpool, state.value.tmp),
    );
    return new Household(base, context, executor, planner);
  }

  /** Works until nothing moves at this moment of the clock. */
  async drain(): Promise<void> {
    let still = 0;
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const planned = await this.#planner.sweep();
      const done = await this.#executor.sweep();
      const worked = await this.#executor.finish();
      const isStill = !planned.moved && !done.moved && !worked;
      // What a file’s change tells settles with the next tick of the real clock.
      const settles = Math.min(planned.settlesIn ?? 100, done.settlesIn ?? 100) < 100;
      still = isStill ? still + 1 : 0;
      if (still >= (settles ? 3 : 1)) return;
      if (isStill) await new Promise(resolve => setTimeout(resolve, 5));
    }
    throw new Error('there is no end to it');
  }

  /** Brings a task in: as a note of the person’s, or as what a watcher found. */
  bring(entrance: Entrance, title: string, text: string): void {
    const { state, vault } = this.context;
    if (entrance === 'note') {
      writeFileSync(path.join(vault.root, FOLDERS.needsAction, `${title}.md`), `${text}\n`);
      return;
    }
    const hash = sha256(`${title}\n${text}`);
    const id = taskId(entrance, hash);
    const inbox = `${FOLDERS.inbox}/${title}.txt`;
    const file = { path: inbox, name: `${title}.txt`, sha256: sha256(text), size: Buffer.byteLength(text) };
    if (entrance === 'file') writeFileSync(path.join(vault.root, inbox), text);
    const seen: Seen = {
      ...{ kind: 'seen', source: entrance, task: id, note: noteStem(title, id), title, instance: hash },
      ...(entrance === 'file'
        ? { origin: { kind: 'dropped', path: inbox }, file: { ...file, modified: this.context.now().toISOString() } }
        : { origin: { kind: 'incoming', source: entrance }, sender: 'stranger@example.net' }),
    };
    const journal = new SeenJournal(state.seen, entrance, state.tmp, this.context.now, () => undefined);
    journal.record(seen);
    journal.close();
    const note = entrance === 'file' ? dropNote(seen, this.context.now()) : `# ${title}\n\n${quoted(text)}\n`;
    writeFileSync(path.join(vault.root, FOLDERS.needsAction, `${seen.note}.md`), note);
  }

  get openTasks(): number {
    return this.#planner.openTasks.length;
  }

  /** What came on record since this was asked last. */
  news(): readonly { readonly at: string; readonly body: LedgerRecord }[] {
    return this.#reader.next();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#executor.finish();
    this.context.ledger.close();
    this.#base[Symbol.dispose]();
  }
}

/** A key for executors whose servers stay warm from one vault to the next, and its public half. */
export function sharedKey(folder: TempFolder): {
  readonly key: KeyObject;
  readonly pem: string;
  readonly publicHalf: string;
} {
  const key = executorKey(folder.path, folder.path);
  return { key, pem: String(key.export({ type: 'pkcs8', format: 'pem' })), publicHalf: publicHalf(key) };
}
