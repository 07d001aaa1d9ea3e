import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureNodeKey, nodeKeyFile } from '../../core/node-key.ts';
import { sentence } from '../../core/outcome.ts';
import { createIdentity, openStateFolder, type StateFolder } from '../../core/state-folder.ts';
import { type Peers, SyncSettings } from '../../core/sync-settings.ts';
import { Sync, type SyncSetup } from '../../orchestrator/sync/round.ts';

/** A bare repository, as it lies on a server. */
export class Bare {
  readonly path: string;

  constructor(folder: string) {
    this.path = path.join(folder, 'vault.git');
    git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', this.path);
  }

  git(...args: string[]): string {
    return git(this.path, ...args);
  }

  /** Every path of the head, each with its blob. */
  get tree(): ReadonlyMap<string, string> {
    const listed = git(this.path, 'ls-tree', '-r', '-z', 'main')
      .split('\0')
      .filter(line => line !== '');
    return new Map(listed.map(line => [line.slice(line.indexOf('\t') + 1), line.split(/[ \t]/)[2] ?? '']));
  }

  get commits(): number {
    return Number(git(this.path, 'rev-list', '--count', 'main'));
  }
}

export function git(folder: string, ...args: string[]): string {
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1' },
    ...{ GIT_AUTHOR_NAME: 'A Person', GIT_AUTHOR_EMAIL: 'person@example.org' },
    ...{ GIT_COMMITTER_NAME: 'A Person', GIT_COMMITTER_EMAIL: 'person@example.org' },
  };
  const ran = spawnSync('git', args, { cwd: folder, env, encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 28 });
  if (ran.status !== 0) throw new Error(`git ${args.join(' ')}: ${ran.stderr}${ran.stdout}`);
  return ran.stdout.trim();
}

/** A node in this process: a vault, a state folder and sync over them. */
export class SyncNode {
  readonly root: string;
  state: StateFolder;
  readonly #base: string;
  #crashes = 0;
  /** Called before each step of a round, by its name; one that throws is a crash there. */
  at: (step: string) => void = () => undefined;
  readonly lines: string[] = [];
  readonly name: string;
  readonly #remote: string;
  readonly #more: Partial<SyncSetup>;
  /** How far this node’s clock is ahead, in milliseconds. */
  ahead = 0;
  sync: Sync;

  constructor(base: string, name: string, remote: string, more: Partial<SyncSetup> = {}) {
    this.name = name;
    this.#base = path.join(base, name);
    this.root = path.join(base, name, 'vault');
    this.#remote = remote;
    this.#more = more;
    mkdirSync(this.root, { recursive: true });
    const id = createIdentity(this.root);
    const state = openStateFolder(path.join(base, name, 'state'), this.root, id);
    if (!state.ok) throw new Error(sentence(state.failure));
    this.state = state.value;
    this.sync = this.#open();
  }

  #open(): Sync {
    return new Sync({
      root: this.root,
      state: this.state,
      node: this.name,
      sync: SyncSettings.parse({ remote: this.#remote }),
      settle: { note: 0, tick: 0 },
      log: {
        event: line => this.lines.push(line),
        trouble: (_cause, line) => this.lines.push(line),
        clear: () => undefined,
      },
      now: () => new Date(Date.now() + this.ahead),
      at: step => this.at(step),
      ...this.#more,
    });
  }

  /** As after a crash or a restart. */
  restart(): void {
    this.sync.close();
    this.sync = this.#open();
  }

  /** As after kill -9: what was not on disk is gone with the process. */
  crash(): void {
    this.#crashes += 1;
    const home = path.join(this.#base, `state-${this.#crashes}`);
    cpSync(path.dirname(this.state.root), home, { recursive: true });
    this.sync.close();
    const state = openStateFolder(home, this.root, path.basename(this.state.root));
    if (!state.ok) throw new Error(sentence(state.failure));
    this.state = state.value;
    this.sync = this.#open();
  }

  write(file: string, text: string | Uint8Array): void {
    mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    writeFileSync(path.join(this.root, file), text);
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  remove(file: string): void {
    rmSync(path.join(this.root, file), { recursive: true });
  }

  /** Looks at everything and syncs once, whatever events came. Throws where it failed. */
  async round(): Promise<void> {
    // What went counts as gone once a second has passed.
    await this.sync.scan();
    this.ahead += 2000;
    this.sync.remoteChanged();
    const done = await this.sync.round();
    if (!done.ok) throw new Error(sentence(done.failure));
    if (done.value.settlesIn === undefined) return;
    this.ahead += 2000;
    const again = await this.sync.round();
    if (!again.ok) throw new Error(sentence(again.failure));
  }

  /** Every file of the vault with its text; without hidden ones, and those whose names are no text. */
  get files(): ReadonlyMap<string, string> {
    const found = readdirSync(this.root, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => path.relative(this.root, path.join(entry.parentPath, entry.name)))
      .filter(file => !file.split('/').some(part => part.startsWith('.')) && !file.includes('\ufffd'))
      .sort();
    return new Map(found.map(file => [file, readFileSync(path.join(this.root, file)).toString('latin1')]));
  }
}

/** A bare repository and two nodes that were paired: each signs its commits, and knows the other’s key. */
export class SyncPair {
  readonly bare: Bare;
  readonly local: SyncNode;
  readonly cloud: SyncNode;

  constructor(folder: string, more: Partial<SyncSetup> = {}) {
    const peers: Peers = {};
    this.bare = new Bare(folder);
    this.local = new SyncNode(folder, 'local', this.bare.path, { ...more, peers });
    this.cloud = new SyncNode(folder, 'cloud', this.bare.path, { ...more, peers });
    for (const node of [this.local, this.cloud]) {
      const key = ensureNodeKey(nodeKeyFile(node.state, undefined), node.name, node.state);
      if (!key.ok) throw new Error(sentence(key.failure));
      const role = node.name === 'cloud' ? 'cloud' : 'local';
      peers[node.name] = { key: `${key.value.type} ${key.value.blob}`, role };
    }
  }

  /** Rounds until both must have everything of each other. */
  async settle(): Promise<void> {
    for (const node of [this.local, this.cloud, this.local]) await node.round();
  }

  [Symbol.dispose](): void {
    this.local.sync.close();
    this.cloud.sync.close();
  }
}

/** A clone that a person works in with plain git, as on a phone: nothing is signed. */
export class Phone {
  readonly root: string;

  constructor(folder: string, remote: string, name = 'phone') {
    this.root = path.join(folder, name);
    git(folder, 'clone', '--quiet', remote, this.root);
  }

  write(file: string, text: string | Uint8Array): void {
    mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    writeFileSync(path.join(this.root, file), text);
  }

  commit(message: string): void {
    git(this.root, 'add', '-A');
    git(this.root, 'commit', '--quiet', '-m', message);
  }

  /** Pulls by merging, as such apps do, and pushes. */
  sync(): void {
    git(this.root, 'pull', '--quiet', '--no-rebase', '--no-edit', 'origin', 'main');
    git(this.root, 'push', '--quiet', 'origin', 'main');
  }
}
