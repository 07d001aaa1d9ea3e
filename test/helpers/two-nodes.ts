import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeKeyFile } from '../../core/node-key.ts';
import { sentence } from '../../core/outcome.ts';
import { makeKey } from '../../core/ssh-keygen.ts';
import { Claiming } from '../../orchestrator/sync/claiming.ts';
import { Sync } from '../../orchestrator/sync/round.ts';
import { InProcess } from './in-process.ts';
import { MemoryRefs } from './ref-store.ts';
import { TempFolder } from './temp.ts';

const QUIET = 'settle: { note: 0, tick: 0, drop: 0 }\nbriefing: off\n';
type Side = 'laptop' | 'cloud';

const git = (cwd: string, ...args: readonly string[]): string => execFileSync('git', args, { cwd, encoding: 'utf8' });

/**
 * A laptop and a cloud node in one process, each with its own key, state and policy, and the other’s key in `peers:`.
 * What one has the other gets by `carry`: the real sync over a bare repository.
 */
export class TwoNodes {
  readonly laptop: InProcess;
  readonly cloud: InProcess;
  readonly #keys = new TempFolder();
  /** How far the clock of sync is ahead, in milliseconds: what went could have come back by then. */
  #ahead = 0;
  readonly #remote = path.join(this.#keys.path, 'vault.git');
  readonly #syncs: Readonly<Record<Side, Sync>>;
  readonly #claims: Readonly<Record<Side, Claiming>>;

  /** `more`: further lines of both configurations. */
  constructor(more = '') {
    git(this.#keys.path, 'init', '-q', '--bare', '-b', 'main', this.#remote);
    const identity = randomBytes(8).toString('hex');
    for (const node of ['laptop', 'cloud']) makeKey(path.join(this.#keys.path, node), `steward-${node}`);
    const open = (node: Side, other: Side): InProcess => {
      const key = readFileSync(path.join(this.#keys.path, `${other}.pub`), 'utf8').trim();
      const role = { laptop: 'local', cloud: 'cloud' } as const;
      const peers = `peers: { ${other}: { key: "${key}", role: ${role[other]} } }\n`;
      const opened = new InProcess(
        `${QUIET}node: ${node}\nrole: ${role[node]}\nsync: { remote: ${this.#remote} }\n${peers}${more}`,
        ...[undefined, undefined, identity],
      );
      for (const half of ['', '.pub'])
        copyFileSync(path.join(this.#keys.path, node + half), nodeKeyFile(opened.opened.state, undefined) + half);
      return opened;
    };
    this.laptop = open('laptop', 'cloud');
    this.cloud = open('cloud', 'laptop');
    const syncOf = (side: Side): Sync => {
      const { root, state, config } = this[side].opened;
      const { node, role, sync, peers } = config;
      if (sync === undefined) throw new Error('nothing is synced');
      const silent = { event: () => undefined, trouble: () => undefined, clear: () => undefined };
      return new Sync({
        ...{ root, state, node, role, sync, peers, now: () => new Date(Date.now() + this.#ahead) },
        settle: { note: 0, tick: 0 },
        log: silent,
      });
    };
    this.#syncs = { laptop: syncOf('laptop'), cloud: syncOf('cloud') };
    const refs = new MemoryRefs();
    const claimingOf = (side: Side): Claiming => {
      const { state } = this[side].opened;
      const role = side === 'cloud' ? 'cloud' : 'local';
      const log = { event: () => undefined, trouble: () => undefined, clear: () => undefined };
      return new Claiming({ ...{ state, node: side, role, lease: 300, refs, log }, now: () => new Date() });
    };
    this.#claims = { laptop: claimingOf('laptop'), cloud: claimingOf('cloud') };
  }

  at(side: Side, file: string): string {
    return path.join(this[side].root, file);
  }

  /** Every file of a vault but what is hidden, relative to it. */
  files(side: Side, folder = ''): readonly string[] {
    const top = this.at(side, folder);
    if (!existsSync(top)) return [];
    return readdirSync(top, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => path.relative(this[side].root, path.join(entry.parentPath, entry.name)))
      .filter(
        file => !file.split('/').some(part => part.startsWith('.')) && !(folder !== '' && file.endsWith('README.md')),
      )
      .sort();
  }

  /** The one file in a folder. */
  only(side: Side, folder: string): string {
    const [found, ...more] = this.files(side, folder);
    if (found === undefined || more.length > 0)
      throw new Error(`${side} ${folder}: ${JSON.stringify(this.files(side, folder))}\n${this[side].lines.join('\n')}`);
    return found;
  }

  read(side: Side, file: string): string {
    return readFileSync(this.at(side, file), 'utf8');
  }

  write(side: Side, file: string, text: string): void {
    mkdirSync(path.dirname(this.at(side, file)), { recursive: true });
    writeFileSync(this.at(side, file), text);
  }

  /** One round of sync on each, so that both have what either had. */
  async carry(): Promise<void> {
    for (const side of ['cloud', 'laptop', 'cloud'] as const) await this.round(side);
  }

  /** One round of sync on one of them, with everything that changed there noticed. */
  async round(side: Side): Promise<void> {
    const sync = this.#syncs[side];
    await this.#claims[side].before();
    await sync.scan(false);
    sync.remoteChanged();
    for (let again = true; again; this.#ahead += 1100) {
      const done = await sync.round();
      if (!done.ok) throw new Error(`${side}: ${sentence(done.failure)}`);
      again = done.value.settlesIn !== undefined;
    }
    this.#claims[side].after(sync.waiting === 0);
  }

  /** What a person does on a phone: commits of their own to the remote, which nobody signs. */
  phone(change: (folder: string) => void): void {
    const folder = path.join(this.#keys.path, `phone-${randomBytes(4).toString('hex')}`);
    git(this.#keys.path, 'clone', '-q', this.#remote, folder);
    change(folder);
    git(folder, 'add', '-A');
    git(folder, '-c', 'user.name=me', '-c', 'user.email=me@example.test', 'commit', '-q', '-m', 'from my phone');
    git(folder, 'push', '-q', 'origin', 'HEAD:main');
  }

  /** Lets one of them work as far as it comes by itself, with the rounds of sync by which it gets its claims. */
  async work(side: Side): Promise<void> {
    for (const _ of [1, 2, 3]) {
      await this[side].drain();
      await this.round(side);
    }
  }

  /** Lets both work in turn until something is so. */
  async until(isSo: () => boolean): Promise<void> {
    for (let turn = 0; turn < 8; turn += 1) {
      if (isSo()) return;
      await this.work(turn % 2 === 0 ? 'laptop' : 'cloud');
    }
    const told = (side: Side): string => `${side}: ${this.files(side).join(' ')}\n${this[side].lines.join('\n')}`;
    if (!isSo()) throw new Error(`It does not come about.\n${told('laptop')}\n${told('cloud')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sync of Object.values(this.#syncs)) sync.close();
    await this.laptop[Symbol.asyncDispose]();
    await this.cloud[Symbol.asyncDispose]();
    this.#keys[Symbol.dispose]();
  }
}
