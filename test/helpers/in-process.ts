import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Brain } from '../../core/brain.ts';
import { Brought } from '../../core/brought.ts';
import { ALONE, SharedClaims } from '../../core/claims.ts';
import { readEnvironment } from '../../core/config.ts';
import { createFile } from '../../core/durable.ts';
import { executorKey, publicHalf } from '../../core/grant.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { createLog } from '../../core/log.ts';
import { type OpenVault, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { Settle } from '../../core/settle.ts';
import { Spool } from '../../core/spool.ts';
import { openStateFolder, vaultIdentity } from '../../core/state-folder.ts';
import { Vault } from '../../core/vault.ts';
import type { RunningWatcher } from '../../core/watcher.ts';
import { Brake } from '../../orchestrator/execute/brake.ts';
import type { ExecutorContext } from '../../orchestrator/execute/context.ts';
import { Ledger } from '../../orchestrator/execute/ledger.ts';
import { checkPins, publishOffers } from '../../orchestrator/execute/pins.ts';
import { ActionServers } from '../../orchestrator/execute/servers.ts';
import { Executor } from '../../orchestrator/execute/sweep.ts';
import { Planner } from '../../orchestrator/planner.ts';
import { checkRecords } from '../../orchestrator/report/check-records.ts';
import { LogWriter } from '../../orchestrator/report/log-writer.ts';
import { Brains } from '../../orchestrator/think/brains.ts';
import { LedgerView } from '../../orchestrator/think/ledger-view.ts';
import { makeVault } from '../../scripts/commands/init.ts';
import filesystem from '../../watchers/filesystem/index.ts';
import { theRulebook } from './rulebook.ts';
import { TempFolder } from './temp.ts';

/** Watcher, planner and executor in one process over a real vault, with the real files server, and nothing to wait for. */
export class InProcess {
  /** What the servers offer, found out once: it is the same for every vault. */
  static readonly #offers = new Map<string, string>();
  readonly #base = new TempFolder();
  readonly root = path.join(this.#base.path, 'vault');
  readonly lines: string[] = [];
  /** How far the clocks of this process are ahead: the wall’s, and the one that stands still while it sleeps. */
  readonly ahead = { wall: 0, monotonic: 0 };
  readonly now = (): Date => new Date(Date.now() + this.ahead.wall);
  /** The planner’s clock; one that throws is a planner that dies there. */
  plannerNow: () => Date = this.now;
  readonly #log = createLog(line => this.lines.push(line), {});
  readonly opened: OpenVault;
  readonly ledger: Ledger;
  readonly brought: Brought;
  readonly #logs: LogWriter;
  readonly #servers: ActionServers;
  readonly #brain: Brain;
  readonly #brains: Brains;

  /** `brains`: what rules of the routing may name, beside `brain`; `identity`: that of a vault which is on another node too. */
  constructor(
    config = 'settle: { note: 0, tick: 0, drop: 0 }\n',
    brain: Brain = theRulebook(),
    brains = new Brains(brain),
    identity?: string,
  ) {
    this.#brain = brain;
    this.#brains = brains;
    const environment = readEnvironment({
      STEWARD_HOME: path.join(this.#base.path, 'state'),
      STEWARD_VAULT: this.root,
    });
    if (identity !== undefined) {
      mkdirSync(path.join(this.root, '.steward'), { recursive: true });
      writeFileSync(path.join(this.root, '.steward', 'vault.json'), `{"format":1,"id":"${identity}"}\n`);
    }
    const made = makeVault(environment, false);
    if (!made.ok) throw new Error(sentence(made.failure));
    const id = vaultIdentity(this.root);
    const state = id.ok ? openStateFolder(environment.home, this.root, id.value) : id;
    if (!state.ok) throw new Error(sentence(state.failure));
    writeFileSync(state.value.config, config);
    const opened = openVault(environment);
    if (!opened.ok) throw new Error(sentence(opened.failure));
    this.opened = opened.value;
    const { root } = this.opened;
    this.brought = new Brought(state.value);
    this.#logs = new LogWriter(new Vault(root, 'executor'), this.opened.config.node, this.#log);
    this.ledger = Ledger.open(state.value.ledger, state.value.tmp, this.now, record => this.#logs.heard(record));
    const grantKey = publicHalf(executorKey(state.value.keys, state.value.tmp));
    this.#servers = new ActionServers(
      server => ({
        ...{ vault: root, state: path.join(state.value.servers, server), grantKey, secrets: {} },
        dropFolders: this.opened.config.drop_folders,
        settings: this.opened.config.servers[server] ?? null,
        ...(this.opened.config.role === 'cloud' ? { preparesOnly: true } : {}),
      }),
      (server, definitions) => checkPins(this.ledger, server, definitions),
      this.#log,
    );
  }

  get context(): ExecutorContext {
    const { root, state, config } = this.opened;
    return {
      ...{ vault: new Vault(root, 'executor'), state, config, ledger: this.ledger, servers: this.#servers },
      ...{ key: executorKey(state.keys, state.tmp), log: this.#log, now: this.now, settle: new Settle() },
      monotonic: () => performance.now() + this.ahead.monotonic,
      person: 'tester',
      syncers: () => [],
      brought: this.brought,
    };
  }

  /**
   * Starts everything anew, as after a restart, and works until nothing moves. Returns how many rounds moved something;
   * throws where there is no end. With `minutes`, that much time passes too while nothing moves.
   */
  async drain(minutes = 0): Promise<number> {
    const { root, state, config } = this.opened;
    const common = { state, config, log: this.#log, now: this.now };
    const watcher = new Vault(root, 'watcher');
    const watching = await filesystem.start({ ...common, secrets: {}, vault: watcher, look: () => undefined });
    const context = this.context;
    const kind = JSON.stringify(config.servers);
    const offers = InProcess.#offers.get(kind);
    if (offers !== undefined) createFile(state.tmp, state.offers, offers);
    await publishOffers(context);
    if (offers === undefined) InProcess.#offers.set(kind, readFileSync(state.offers, 'utf8'));
    const executor = new Executor(
      context,
      new Spool(state.executorSpool, state.tmp),
      new Brake(context, true),
      this.#logs,
      () => undefined,
    );
    const planner = new Planner(
      {
        ...{ ...common, now: this.plannerNow, vault: new Vault(root, 'planner'), settle: new Settle() },
        brain: this.#brain,
        brains: this.#brains,
        claims: config.sync === undefined ? ALONE : new SharedClaims(state, config.sync.lease),
        brought: this.brought,
        ledger: new LedgerView(state.ledger),
        executor: new Spool(state.executorSpool, state.tmp),
        signal: new AbortController().signal,
      },
      new Spool(state.plannerSpool, state.tmp),
    );
    try {
      let left = minutes * 60_000;
      return await work([watching, planner, executor], () => {
        const step = Math.min(left, 50_000);
        left -= step;
        this.ahead.wall += step;
        this.ahead.monotonic += step;
        return step > 0;
      });
    } finally {
      await executor.finish();
      await watching?.close();
    }
  }

  records(): readonly { readonly seq: number; readonly body: LedgerRecord }[] {
    return new JournalReader(this.opened.state.ledger, LedgerRecord).next();
  }

  /** What `steward verify` would find wrong. */
  problems(): string[] {
    const { state, config } = this.opened;
    const vault = new Vault(this.root, 'executor');
    return [...checkRecords({ ledger: state.ledger, vault, node: config.node }).problems];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#servers.close();
    this.ledger.close();
    this.#base[Symbol.dispose]();
  }
}

/** Rounds of looking around until no part moves anything. The first round always finds the ledger new. */
async function work(
  parts: readonly (Pick<RunningWatcher, 'sweep'> | undefined)[],
  pass: () => boolean,
): Promise<number> {
  let rounds = 0;
  for (let looks = 0; looks < 600; looks += 1) {
    let moved = false;
    let settles = false;
    for (const part of parts) {
      const swept = await part?.sweep();
      moved ||= swept?.moved ?? false;
      settles ||= (swept?.settlesIn ?? Number.POSITIVE_INFINITY) < 1000;
    }
    if (moved) rounds += 1;
    else if (!settles && !pass()) return rounds;
    else if (!settles) continue;
    else await new Promise(resolve => setTimeout(resolve, 5));
  }
  throw new Error('there is no end to it');
}
