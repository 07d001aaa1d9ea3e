import { mkdirSync } from 'node:fs';
import { git } from '../helpers/sync.ts';
import { Desk } from './desk.ts';

/** Has git of a clone do nothing but what it is asked: its upkeep would cost more than the history. */
export function withoutUpkeep(folder: string): void {
  git(folder, 'config', 'gc.auto', '0');
  git(folder, 'config', 'maintenance.auto', 'false');
}

/** A phone: a clone of the vault in which a person commits, merges as git does it, and pushes. Nothing of ours runs. */
export class Phone {
  readonly desk: Desk;
  #copies = 0;

  constructor(remote: string, folder: string) {
    mkdirSync(folder);
    git(folder, 'clone', '--quiet', remote, '.');
    git(folder, 'symbolic-ref', 'HEAD', 'refs/heads/main');
    withoutUpkeep(folder);
    this.desk = new Desk(folder);
  }

  #try(...args: string[]): boolean {
    try {
      git(this.desk.root, ...args);
      return true;
    } catch {
      return false;
    }
  }

  /** Commits what is there, brings in what the others did, and pushes. */
  sync(): void {
    this.#try('add', '--all');
    this.#try('commit', '--quiet', '--message', 'vault backup: phone');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if (!this.#try('fetch', '--quiet', 'origin')) return;
      if (!this.#try('rev-parse', '--verify', '--quiet', 'origin/main')) return;
      if (!this.#try('rev-parse', '--verify', '--quiet', 'HEAD'))
        this.#try('reset', '--hard', '--quiet', 'origin/main');
      else if (!this.#try('merge', '--quiet', '--no-edit', 'origin/main')) this.#resolve();
      if (this.#try('push', '--quiet', 'origin', 'HEAD:main')) return;
    }
  }

  /** A conflict: the person keeps what the others have, and puts the own version of each note beside it. */
  #resolve(): void {
    this.#try('merge', '--abort');
    const base = git(this.desk.root, 'merge-base', 'HEAD', 'origin/main');
    const changed = git(this.desk.root, 'diff', '--name-only', '--no-renames', '-z', base, 'HEAD').split('\0');
    const own = changed.filter(path => path.endsWith('.md')).map(path => ({ path, text: this.desk.read(path) }));
    git(this.desk.root, 'reset', '--hard', '--quiet', 'origin/main');
    for (const { path, text } of own) {
      if (text === '' || this.desk.read(path) === text || /^(Pending_Approval|Approved|Rejected)\//.test(path))
        continue;
      this.#copies += 1;
      this.desk.write(`Documents/from the phone ${this.#copies}.md`, text);
    }
    this.#try('add', '--all');
    this.#try('commit', '--quiet', '--message', 'vault backup: phone, put right by hand');
  }
}
