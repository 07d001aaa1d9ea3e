import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BroughtJournal } from '../../core/brought.ts';
import { sha256 } from '../../core/digest.ts';
import { nodeKeyFile } from '../../core/node-key.ts';
import { makeKey } from '../../core/ssh-keygen.ts';
import { InProcess } from './in-process.ts';
import { TempFolder } from './temp.ts';

const QUIET = 'settle: { note: 0, tick: 0, drop: 0 }\nbriefing: off\n';
type Side = 'laptop' | 'cloud';

/**
 * A laptop and a cloud node in one process, each with its own key, state and policy, and the other’s key in `peers:`.
 * What one has the other gets by `carry`, file by file, each on record before it is written.
 */
export class TwoNodes {
  readonly laptop: InProcess;
  readonly cloud: InProcess;
  readonly #keys = new TempFolder();
  /** What both had last: path → SHA-256. */
  readonly #last = new Map<string, string>();

  /** `more`: further lines of both configurations. */
  constructor(more = '') {
    const identity = randomBytes(8).toString('hex');
    for (const node of ['laptop', 'cloud']) makeKey(path.join(this.#keys.path, node), `steward-${node}`);
    const open = (node: Side, other: Side): InProcess => {
      const key = readFileSync(path.join(this.#keys.path, `${other}.pub`), 'utf8').trim();
      const role = { laptop: 'local', cloud: 'cloud' } as const;
      const peers = `peers: { ${other}: { key: "${key}", role: ${role[other]} } }\n`;
      const opened = new InProcess(
        `${QUIET}node: ${node}\nrole: ${role[node]}\n${peers}${more}`,
        ...[undefined, undefined, identity],
      );
      for (const half of ['', '.pub'])
        copyFileSync(path.join(this.#keys.path, node + half), nodeKeyFile(opened.opened.state, undefined) + half);
      return opened;
    };
    this.laptop = open('laptop', 'cloud');
    this.cloud = open('cloud', 'laptop');
    for (const file of this.files('laptop')) this.#last.set(file, this.#hash('laptop', file) ?? '');
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

  /** Brings each side what only the other changed. `by`: who signed for what the cloud sends; nobody where it is null. */
  carry(by: Side | null = 'cloud'): void {
    for (const file of new Set([...this.files('laptop'), ...this.files('cloud'), ...this.#last.keys()])) {
      const [mine, theirs, base] = [this.#hash('laptop', file), this.#hash('cloud', file), this.#last.get(file)];
      if (mine === theirs) {
        this.#keep(file, mine);
        continue;
      }
      if (mine !== base && theirs !== base) throw new Error(`both changed ${file}`);
      if (theirs !== base) this.#bring('laptop', 'cloud', file, theirs, by);
      else this.#bring('cloud', 'laptop', file, mine, 'laptop');
    }
  }

  #hash(side: Side, file: string): string | undefined {
    return existsSync(this.at(side, file)) ? sha256(readFileSync(this.at(side, file))) : undefined;
  }

  #keep(file: string, hash: string | undefined): void {
    if (hash === undefined) this.#last.delete(file);
    else this.#last.set(file, hash);
  }

  #bring(to: Side, from: Side, file: string, hash: string | undefined, by: Side | null): void {
    this.#keep(file, hash);
    if (hash === undefined) {
      rmSync(this.at(to, file));
      return;
    }
    const { state } = this[to].opened;
    const journal = new BroughtJournal(state, () => new Date());
    journal.record([{ path: file, sha256: hash, ...(by === null ? {} : { by }) }]);
    journal.close();
    mkdirSync(path.dirname(this.at(to, file)), { recursive: true });
    rmSync(this.at(to, file), { force: true });
    writeFileSync(this.at(to, file), readFileSync(this.at(from, file)));
  }

  /** Lets both work and carries, until nothing more is to be carried. */
  async settle(rounds = 6): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      await this.cloud.drain();
      this.carry();
      await this.laptop.drain();
      this.carry();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.laptop[Symbol.asyncDispose]();
    await this.cloud[Symbol.asyncDispose]();
    this.#keys[Symbol.dispose]();
  }
}
