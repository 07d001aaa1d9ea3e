import { existsSync, linkSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureFolder, syncFile, syncFolder } from '../../core/durable.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { type Git, lastLine, REMOTE } from './git.ts';
import { Objects } from './objects.ts';
import { isTooLate, ReceivePack } from './receive-pack.ts';
import { placeOf, type RemotePlace } from './remote-place.ts';
import { EMPTY_TREE, Trees } from './trees.ts';

/** The branch of the remote that carries the vault. */
const BRANCH = 'refs/heads/main';
/** The head of the remote as it was seen last, and the commit on which vault and remote last agreed. */
const SEEN = 'refs/remotes/origin/main';
const BASE = 'refs/steward/base';

/** Single objects above which they are packed. */
const UNTIDY = 4000;
/** No commit. */
const NONE = '0'.repeat(40);

/** What git is told once and for all. Nothing of the person’s own settings may change what is written. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['core.repositoryFormatVersion', '0'],
  ['core.bare', 'true'],
  // Objects are also at the remote or in the vault (objects.ts); refs and packs are not to be half there.
  ['core.fsync', 'pack,pack-metadata,reference'],
  ['core.fsyncMethod', 'fsync'],
  ['core.hooksPath', '/dev/null'],
  ['core.logAllRefUpdates', 'false'],
  ['core.compression', '1'],
  ['gc.auto', '0'],
  ['gc.autoDetach', 'false'],
  ['gc.packRefs', 'false'],
  ['maintenance.auto', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  ['push.gpgSign', 'false'],
  ['protocol.version', '2'],
];

export type Commit = {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly data: Buffer;
};

/** What came of a push: `refused` where somebody else was faster. */
export type Pushed = 'pushed' | 'refused';

/** Steward’s git directory: its objects, two refs, and the way to the remote. */
export class Repository {
  readonly git: Git;
  readonly objects: Objects;
  readonly trees: Trees;
  #place: RemotePlace = { kind: 'other' };

  constructor(git: Git) {
    this.git = git;
    this.objects = new Objects(git);
    this.trees = new Trees(this.objects);
  }

  /** Makes the git directory what it has to be. What is there already stays. */
  prepare(remote: string): void {
    const { folder } = this.git;
    this.#place = placeOf(remote);
    for (const needed of ['objects/pack', 'objects/info', 'refs/heads', 'refs/remotes/origin', 'refs/steward'])
      ensureFolder(path.join(folder, needed));
    this.#have('HEAD', 'ref: refs/heads/main\n');
    const quoted = remote.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
    const sections = SETTINGS.map(([name, value]) => {
      const at = name.lastIndexOf('.');
      return `[${name.slice(0, at)}]\n\t${name.slice(at + 1)} = ${value}\n`;
    });
    this.#have('config', `${sections.join('')}[remote "origin"]\n\turl = "${quoted}"\n`);
  }

  #have(name: string, text: string): void {
    const file = path.join(this.git.folder, name);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
    const passing = `${file}.new`;
    writeFileSync(passing, text, { mode: 0o600 });
    syncFile(passing);
    renameSync(passing, file);
    syncFolder(this.git.folder);
  }

  get base(): string | undefined {
    return this.#ref(BASE);
  }

  set base(id: string | undefined) {
    this.#setRef(BASE, id);
  }

  get seen(): string | undefined {
    return this.#ref(SEEN);
  }

  set seen(id: string | undefined) {
    this.#setRef(SEEN, id, 'as it comes');
  }

  #ref(name: string): string | undefined {
    const file = path.join(this.git.folder, name);
    const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : this.#packed(name);
    return text !== undefined && /^[0-9a-f]{40}$/.test(text) && text !== NONE ? text : undefined;
  }

  #packed(name: string): string | undefined {
    const file = path.join(this.git.folder, 'packed-refs');
    if (!existsSync(file)) return undefined;
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .find(one => one.endsWith(` ${name}`));
    return line?.split(' ')[0];
  }

  /** As git does it: under `<ref>.lock`, and whole. */
  #setRef(name: string, id: string | undefined, how: 'on disk' | 'as it comes' = 'on disk'): void {
    const file = path.join(this.git.folder, name);
    if (id === undefined) {
      // Also where maintenance has packed it, so that it does not come back.
      if (existsSync(file)) unlinkSync(file);
      if (this.#packed(name) !== undefined) this.#setRef(name, NONE);
      else if (existsSync(path.dirname(file))) syncFolder(path.dirname(file));
      return;
    }
    if (existsSync(file) && readFileSync(file, 'utf8').trim() === id) return;
    ensureFolder(path.dirname(file));
    const passing = path.join(this.git.folder, 'passing', `${path.basename(name)}-${process.pid}`);
    writeFileSync(passing, `${id}\n`, { mode: 0o600 });
    // An older base is only more to compare; one that is half-written would be none.
    if (how === 'on disk') syncFile(passing);
    linkSync(passing, `${file}.lock`);
    unlinkSync(passing);
    renameSync(`${file}.lock`, file);
  }

  async commit(id: string): Promise<Commit> {
    const data = await this.objects.read(id, 'commit');
    const end = data.indexOf('\n\n');
    const head = data.toString('latin1', 0, end < 0 ? data.length : end).split('\n');
    const values = (key: string): string[] =>
      head.filter(line => line.startsWith(`${key} `)).map(line => line.slice(key.length + 1));
    return { id, tree: values('tree')[0] ?? EMPTY_TREE, parents: values('parent'), data };
  }

  async treeOf(commit: string | undefined): Promise<string> {
    return commit === undefined ? EMPTY_TREE : (await this.commit(commit)).tree;
  }

  /** Fetches the branch. Returns the head of the remote, undefined where the remote has none yet. */
  async fetch(): Promise<Result<string | undefined>> {
    const spec = `+${BRANCH}:${SEEN}`;
    const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', 'origin', spec];
    const ran = await this.git.run(args, { longest: REMOTE });
    if (ran.code === 0) return ok(this.seen);
    if (/couldn't find remote ref/.test(ran.said)) {
      this.seen = undefined;
      return ok(undefined);
    }
    return fail('retryable', `The remote cannot be reached: ${lastLine(ran.said)}.`);
  }

  /**
   * Pushes a child of `seen` as the new head, if the remote’s head still is `seen`. `pack`: everything that the child has
   * and `seen` has not; git finds that out where it is not given.
   */
  async push(commit: string, seen: string | undefined, pack?: Uint8Array): Promise<Result<Pushed>> {
    const talk = pack === undefined ? undefined : await ReceivePack.open(this.git, this.#place);
    if (pack === undefined || talk === undefined) return this.#pushByGit(commit, seen);
    if (!talk.ok) return talk;
    const sent = await talk.value.send([{ ref: BRANCH, from: seen, to: commit }], pack, REMOTE);
    if (!sent.ok) return sent;
    const became = sent.value.get(BRANCH);
    if (became === 'done') return ok(this.#pushed(commit));
    const why = became?.not ?? 'the remote did not say what became of it';
    return isTooLate(why) ? ok('refused') : fail('retryable', `What changed could not be sent: ${why}.`);
  }

  #pushed(commit: string): Pushed {
    this.seen = commit;
    return 'pushed';
  }

  async #pushByGit(commit: string, seen: string | undefined): Promise<Result<Pushed>> {
    const lease = `--force-with-lease=${BRANCH}:${seen ?? ''}`;
    const args = ['push', '--porcelain', '--no-verify', '--no-follow-tags', lease, 'origin', `${commit}:${BRANCH}`];
    const ran = await this.git.run(args, { longest: REMOTE });
    if (ran.code === 0) return ok(this.#pushed(commit));
    const told = `${ran.out.toString('utf8')}\n${ran.said}`;
    if (isTooLate(told)) return ok('refused');
    return fail('retryable', `What changed could not be sent: ${lastLine(ran.said)}.`);
  }

  /** Whether so many single objects lie about that packing them is worth while; guessed from one folder of 256. */
  get isUntidy(): boolean {
    const sample = path.join(this.git.folder, 'objects', '17');
    return existsSync(sample) && readdirSync(sample).length > UNTIDY / 256;
  }

  /** Packs what lies about. Rounds may go on meanwhile: nothing that is younger than two weeks is ever taken away. */
  async tidy(): Promise<Result<string>> {
    return this.git.out(['gc', '--quiet', '--prune=2.weeks.ago'], { longest: REMOTE });
  }

  close(): void {
    this.objects.close();
  }
}
