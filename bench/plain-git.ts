import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

type Place = {
  readonly base: string;
  readonly login: string;
  readonly port: number;
  readonly ssh: readonly string[];
};

/** The line that the hook sends when something was pushed, and its receiver prints. */
const HOOK = `#!/bin/sh\nfor pipe in wait/*; do (echo changed 1<>"$pipe") & done\n`;

/** What a hand-made sync over SSH is at least: two clones, each with one connection that is kept and on which it is told. */
export class PlainGit {
  readonly #place: Place;
  readonly #repository: string;
  readonly #waiting: ChildProcess[] = [];
  readonly #told = new Map<string, () => void>();

  constructor(place: Place) {
    this.#place = place;
    this.#repository = path.join(place.base, 'plain.git');
  }

  #ssh(clone: string): readonly string[] {
    const control = ['ControlMaster=auto', `ControlPath=${path.join(this.#place.base, `${clone}.s`)}`];
    return [...this.#place.ssh, ...[...control, 'ControlPersist=600', 'BatchMode=yes'].flatMap(one => ['-o', one])];
  }

  async #git(clone: string, ...args: string[]): Promise<void> {
    const who = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
    const ssh = { GIT_SSH_COMMAND: ['ssh', ...this.#ssh(clone)].join(' '), GIT_SSH_VARIANT: 'ssh' };
    const env = { PATH: process.env.PATH, HOME: this.#place.base, GIT_CONFIG_NOSYSTEM: '1', ...who, ...ssh };
    await execute('git', args, { cwd: this.#folder(clone), env });
  }

  #folder(clone: string): string {
    return path.join(this.#place.base, clone);
  }

  /** Makes the repository and two clones with the same notes, and has both wait to be told. */
  async start(clones: readonly [string, string], fill: (folder: string) => void): Promise<void> {
    const { base, login, port } = this.#place;
    for (const clone of clones) mkdirSync(this.#folder(clone));
    const [first] = clones;
    await this.#git(first, 'init', '--quiet', '--bare', '--initial-branch=main', this.#repository);
    await this.#git(first, '-C', this.#repository, 'config', 'receive.autogc', 'false');
    mkdirSync(path.join(this.#repository, 'wait'));
    for (const clone of clones) {
      await this.#git(clone, 'init', '--quiet', '--initial-branch=main');
      await this.#git(clone, 'remote', 'add', 'origin', `ssh://${login}:${port}${this.#repository}`);
      for (const off of ['gc.auto', 'maintenance.auto']) await this.#git(clone, 'config', off, '0');
    }
    fill(path.join(base, first));
    await this.#git(first, 'add', '-A');
    await this.#git(first, 'commit', '--quiet', '-m', 'all');
    await this.#git(first, 'push', '--quiet', '--set-upstream', 'origin', 'main');
    await this.#take(clones[1]);
    writeFileSync(path.join(this.#repository, 'hooks', 'post-receive'), HOOK, { mode: 0o755 });
    for (const clone of clones) await this.#wait(clone);
  }

  async #wait(clone: string): Promise<void> {
    const pipe = path.join(this.#repository, 'wait', clone);
    const command = `mkfifo ${pipe}; exec 3<>${pipe}; echo ready; while read -r line <&3; do echo "$line"; done`;
    const args = [...this.#ssh(clone), '-p', String(this.#place.port), '-T', '--', this.#place.login, command];
    const child = spawn('ssh', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#waiting.push(child);
    const isReady = this.#isTold(clone);
    child.stdout.on('data', () => this.#told.get(clone)?.());
    await isReady;
  }

  #isTold(clone: string): Promise<void> {
    const told = Promise.withResolvers<void>();
    this.#told.set(clone, told.resolve);
    return told.promise;
  }

  async #take(clone: string): Promise<void> {
    await this.#git(clone, 'fetch', '--quiet', 'origin');
    await this.#git(clone, 'checkout', '--quiet', '-B', 'main', 'origin/main');
  }

  /** Writes a note into one clone, and has it stand in the other. */
  async carry(from: string, to: string, name: string, text: string): Promise<void> {
    const isTold = this.#isTold(to);
    writeFileSync(path.join(this.#folder(from), name), text);
    await this.#git(from, 'add', name);
    await this.#git(from, 'commit', '--quiet', '-m', 'one note');
    await this.#git(from, 'push', '--quiet', 'origin', 'main');
    await isTold;
    await this.#take(to);
  }

  stop(): void {
    for (const child of this.#waiting) child.kill('SIGKILL');
  }
}
