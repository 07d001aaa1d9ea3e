import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BroughtJournal } from '../../core/brought.ts';
import { finishRemovals } from '../../core/finish-removals.ts';
import type { Log } from '../../core/log.ts';
import { sooner } from '../../core/loop.ts';
import { nodeKeyFile } from '../../core/node-key.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { type NodeName, type Peers, type Role, roleOf, type SyncSettings } from '../../core/sync-settings.ts';
import { mendOf, reasonOf, systemFailure } from '../../core/system-error.ts';
import { Vault } from '../../core/vault.ts';
import { isEqual, lookAtChanges } from './changes.ts';
import type { Signer } from './commit.ts';
import { Git } from './git.ts';
import { everyPath, findGround, finishMove, moveTo, openUnknown, takeForOld, vaultStands } from './ground.ts';
import { finishRenewal, mend, removeLeftovers } from './heal.ts';
import { History } from './history.ts';
import { KnownFiles } from './known.ts';
import { MyFiles } from './mine.ts';
import { perform } from './perform.ts';
import { steers } from './places.ts';
import { plan } from './plan.ts';
import { keepPointers } from './pointers.ts';
import { recordOpen } from './record-open.ts';
import { Repository } from './repository.ts';
import { bytesOf, rulesFor } from './rules.ts';
import { send } from './send.ts';
import { Signers, signerWith } from './signers.ts';
import type { Entry, Step } from './steps.ts';
import { tellAside } from './tell-aside.ts';
import { VaultWatch } from './watch-vault.ts';

/** Times in a row that a push may be refused before the others get a pause. */
const TRIES = 12;

export type SyncSetup = {
  readonly root: string;
  readonly state: StateFolder;
  readonly node: NodeName;
  readonly role?: Role | undefined;
  readonly sync: SyncSettings;
  /** Milliseconds of quiet before something is taken. */
  readonly settle: { readonly note: number; readonly tick: number };
  readonly log: Pick<Log, 'event' | 'trouble' | 'clear'>;
  readonly now: () => Date;
  readonly peers?: Peers;
  /** Which node works on a task, by its claim. */
  readonly holder?: (stem: string) => NodeName | undefined;
  /** How git is to reach the remote (GIT_SSH_COMMAND). */
  readonly ssh?: string;
  /** The program that is git. */
  readonly program?: string;
  /** Called before each step that a crash may fall between, by its name. */
  readonly at?: (step: string) => void;
  /** Called when something changed in the vault. */
  readonly changed?: () => void;
};

/** What a round came to. */
export type Rounded = {
  /** Whether a commit was sent, something was written into the vault, and the remote was asked. */
  readonly sent: boolean;
  readonly taken: boolean;
  readonly looked: boolean;
  /** Milliseconds until something that is being written may be quiet. */
  readonly settlesIn: number | undefined;
};

/** What one try of a round did. */
type Tried = {
  readonly taken: boolean;
  readonly settlesIn: number | undefined;
  readonly push: 'none' | 'pushed' | 'refused';
};

/**
 * Keeps one vault the same as the remote: takes in what changed here, plans it against what changed there, does what was
 * planned, and sends a commit on top of the remote’s head. Everything can be cut off anywhere and is begun again.
 */
export class Sync {
  readonly repository: Repository;
  readonly #setup: SyncSetup;
  readonly #vault: Vault;
  readonly #known: KnownFiles;
  readonly #files: MyFiles;
  readonly #watch: VaultWatch;
  readonly #brought: BroughtJournal;
  readonly #history: History;
  readonly #sign: Signer;
  #remoteIsDue = true;
  #isScanned = false;
  /** Whether the vault was put back from a copy, and not all of it has been looked at since. */
  #isRestored = false;
  #isClosed = false;

  constructor(setup: SyncSetup) {
    this.#setup = setup;
    const { root, state, log } = setup;
    const folder = path.join(state.root, 'sync');
    this.#vault = new Vault(root, 'sync');
    this.#known = new KnownFiles(path.join(folder, 'known.sqlite'));
    this.#files = new MyFiles(this.#vault, this.#known);
    const gitFolder = path.join(folder, 'git');
    finishRenewal(gitFolder);
    removeLeftovers(gitFolder, setup.now());
    this.repository = new Repository(new Git(gitFolder, setup.ssh, setup.program));
    this.repository.prepare(setup.sync.remote);
    const keyFile = nodeKeyFile(state, setup.sync);
    const { allowedSigners, tmp } = state;
    const whose = { node: setup.node, role: roleOf(setup.node, setup.role), peers: setup.peers ?? {} };
    this.#history = new History(this.repository, new Signers({ ...whose, keyFile, allowedSigners, tmp }));
    this.#sign = signerWith(keyFile);
    this.#brought = new BroughtJournal(state, setup.now);
    this.#watch = new VaultWatch(this.#vault, this.#known, this.#files, {
      changed: () => setup.changed?.(),
      failed: error =>
        log.trouble(
          'sync watch',
          `A folder of the vault cannot be watched, so that changes are sent late: ${String(error)}`,
        ),
    });
  }

  /** Looks through the whole vault by times. The first time this also begins to watch it. */
  async scan(watching = true): Promise<void> {
    await this.#watch.scan(watching);
  }

  /** Has the next round look at the remote: a wake-up came, or it is time. */
  remoteChanged(): void {
    this.#remoteIsDue = true;
  }

  #step(name: string): void {
    this.#setup.at?.(name);
  }

  /**
   * One round: afterwards vault and remote agree on everything that is quiet, or the failure says why not. What a crash
   * left behind or a disk damaged is mended first, from the remote and the vault.
   */
  async round(): Promise<Result<Rounded>> {
    const done = await this.#tried();
    if (done.ok) return done;
    const { now, sync, ssh, log } = this.#setup;
    const mended = await mend(done.failure.message, this.repository, sync.remote, ssh, now());
    if (mended === undefined) return done;
    if (!mended.ok) return mended;
    log.event(`sync       ${mended.value}`);
    return this.#tried();
  }

  async #tried(): Promise<Result<Rounded>> {
    try {
      return await this.#rounds();
    } catch (error) {
      this.repository.objects.drop();
      return systemFailure(`Syncing met a problem: ${reasonOf(error)}.`, error, mendOf(error));
    }
  }

  async #rounds(): Promise<Result<Rounded>> {
    const { root, now, log } = this.#setup;
    const stands = vaultStands(root, this.#known);
    if (stands === 'gone') {
      const mend = 'Is its disk there? Nothing is taken for removed meanwhile.';
      return fail('retryable', `The vault ${root} is not there.`, mend);
    }
    if (stands === 'restored') this.#isRestored = true;
    await finishMove(this.repository, this.#known);
    if (!this.#isScanned) await this.#firstScan();
    if (this.#isRestored) {
      log.event(
        'sync       the vault was put back or moved: what is older there than what was sent is brought up to date',
      );
      await this.scan();
      const paths = [...this.#watch.take(), ...(await everyPath(this.repository))];
      await takeForOld(paths, { repository: this.repository, known: this.#known, files: this.#files }, now().getTime());
      this.#isRestored = false;
    }
    this.#noteTouched();
    let [taken, looked] = [false, false];
    let settlesIn: number | undefined;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      if (this.#remoteIsDue) {
        this.#step('fetch');
        const fetched = await this.repository.fetch();
        if (!fetched.ok) return fetched;
        this.#remoteIsDue = false;
        looked = true;
      }
      if (await findGround(this.repository, this.#known, now().getTime()))
        log.event(
          'sync       the history of the remote was rewritten: nothing is taken for removed, and what it lost is sent again',
        );
      const done = await this.#once();
      if (!done.ok) return done;
      taken ||= done.value.taken;
      settlesIn = sooner(done.value.settlesIn, settlesIn);
      const { push } = done.value;
      if (push !== 'refused') return ok({ sent: push === 'pushed', taken, looked, settlesIn });
      this.#remoteIsDue = true;
      await sleep(Math.random() * Math.min(20 * 2 ** attempt, 2000));
    }
    return fail('retryable', 'Others send at the same time all the while; what changed here goes a little later.');
  }

  async #firstScan(): Promise<void> {
    const places = [...(await everyPath(this.repository))];
    finishRemovals(this.#setup.root, places);
    await this.scan();
    openUnknown(places, this.#known, this.#setup.now().getTime());
    this.#isScanned = true;
  }

  /** What events and scans told of becomes open, on disk before the base moves. */
  #noteTouched(): void {
    const since = this.#setup.now().getTime();
    for (const at of this.#watch.take())
      if (!this.#known.open.has(at)) this.#known.setOpen(at, { stands: 'common', why: '', since });
  }

  async #once(): Promise<Result<Tried>> {
    const { repository } = this;
    const [base, theirs] = [repository.base, repository.seen];
    const trees = { base: await repository.treeOf(base), theirs: await repository.treeOf(theirs) };
    if (base === theirs && this.#known.open.size === 0) return ok({ taken: false, settlesIn: undefined, push: 'none' });
    const looked = await lookAtChanges({
      ...trees,
      ...{ files: this.#files, known: this.#known, trees: repository.trees, settle: this.#setup.settle },
      now: this.#setup.now().getTime(),
    });
    const pointers = keepPointers(looked, {
      ...{ vault: this.#vault, node: this.#setup.node, largest: bytesOf(this.#setup.sync) },
    });
    const since = this.#setup.now().getTime();
    for (const at of pointers) this.#known.setOpen(at, { stands: 'common', why: '', since });
    const brought = new Map([...looked.theirs].filter(([at, entry]) => !isEqual(looked.bases.get(at), entry)));
    const whose = await this.#history.whose(base, theirs, brought, steers);
    const steps = plan(
      looked.changes,
      await rulesFor(looked, whose, repository.objects, this.#vault, this.#known, this.#setup),
    );
    this.#step('write');
    const performed = await perform(steps, {
      ...{ vault: this.#vault, files: this.#files, objects: repository.objects, brought: this.#brought },
      by: at => whose.get(at)?.node,
      step: name => this.#step(name),
    });
    const tree = new Map<string, Entry | undefined>();
    for (const one of performed) for (const [at, entry] of one.tree) tree.set(at, entry);
    recordOpen(this.#known, looked, performed, this.#setup.now().getTime());
    this.#step('known');
    const moves = theirs !== undefined && theirs !== base;
    if (moves) {
      moveTo(theirs, this.#known, 'durably');
      this.#step('base');
      repository.base = theirs;
    } else this.#known.save('soon');
    const taken = performed.some(({ step }) => writes(step));
    const { node, now, state, root, role } = this.#setup;
    tellAside(performed, { state, root, role: roleOf(node, role) });
    const sent = await send({ commit: theirs, tree: trees.theirs }, tree, {
      repository,
      files: this.#files,
      known: this.#known,
      node,
      now,
      sign: this.#sign,
      step: name => this.#step(name),
    });
    if (!sent.ok) return sent;
    return ok({ taken, settlesIn: pointers.length > 0 ? 5 : looked.settlesIn, push: sent.value });
  }

  /** How many files changed here and are not sent yet, without what is held. */
  get waiting(): number {
    let waiting = 0;
    for (const { why } of this.#known.open.values()) if (why === '') waiting += 1;
    return waiting;
  }

  /** What is not synced, and why, each since when. */
  get held(): readonly { readonly path: string; readonly why: string; readonly since: number }[] {
    return [...this.#known.open].flatMap(([at, { why, since }]) => (why === '' ? [] : [{ path: at, why, since }]));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
    this.#known.close();
    this.#brought.close();
    this.repository.close();
  }
}

const writes = (step: Step): boolean => !['keep', 'leave', 'hold', 'refuse'].includes(step.do);
