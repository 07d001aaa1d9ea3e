import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readEnvironment } from '../../core/config.ts';
import { sentence } from '../../core/outcome.ts';
import { makeVault } from '../../scripts/commands/init.ts';
import { LAUNCH } from './cli.ts';

export const EXAMPLE = path.resolve(import.meta.dirname, '..', '..', 'examples', 'invoice.pdf');

/** Short times of quiet, so that tests need not wait as long as a person writes. */
const CONFIG = 'settle: { note: 0.4, tick: 0.2, drop: 0.2 }\n';

/** A fresh vault with its state folder, and the command line over it. Removed when the test ends. */
export class TestVault {
  readonly base = mkdtempSync(path.join(tmpdir(), 'steward-test-'));
  readonly root = path.join(this.base, 'vault');
  readonly home = path.join(this.base, 'state');
  #child: ChildProcess | undefined;
  output = '';

  /** `make` puts vault and state folder into the empty folder it is given; without it they are new. */
  constructor(config = CONFIG, make = makeNew) {
    make(this.base);
    writeFileSync(path.join(this.state, 'config.yaml'), config);
  }

  get state(): string {
    const [id] = readdirSync(this.home);
    return path.join(this.home, id ?? 'none');
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, STEWARD_HOME: this.home, STEWARD_VAULT: this.root };
  }

  cli(...args: string[]): { code: number; out: string; err: string } {
    const done = spawnSync(process.execPath, [LAUNCH, ...args], {
      env: this.environment,
      encoding: 'utf8',
      timeout: 120_000,
    });
    return { code: done.status ?? -1, out: done.stdout, err: done.stderr };
  }

  once(): { code: number; out: string; err: string } {
    return this.cli('start', '--once');
  }

  /** Starts Steward as a person does, and waits until it says that it is ready. */
  async start(extra: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
    const child = spawn(process.execPath, [LAUNCH, 'start'], {
      env: { ...this.environment, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        this.output += String(data);
      });
    }
    await until(
      () => this.output.includes('Steward is ready'),
      () => `Steward is not ready: ${this.output}`,
    );
    return child;
  }

  /** Drops the example invoice into a running Steward, and waits until its approval is there. */
  async dropInvoice(): Promise<void> {
    copyFileSync(EXAMPLE, path.join(this.root, 'Inbox', 'invoice.pdf'));
    await until(
      () => this.files('Pending_Approval').length === 1,
      () => this.output,
    );
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  /** Every file below a folder of the vault, relative to the vault, READMEs and hidden files left out. */
  files(folder = ''): string[] {
    return readdirSync(path.join(this.root, folder), { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => path.relative(this.root, path.join(entry.parentPath, entry.name)))
      .filter(file => !file.endsWith('README.md') && !file.split('/').some(part => part.startsWith('.')))
      .sort();
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  write(file: string, data: string | Uint8Array): void {
    mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    writeFileSync(path.join(this.root, file), data);
  }

  move(file: string, folder: string): string {
    const to = path.join(folder, path.basename(file));
    renameSync(path.join(this.root, file), path.join(this.root, to));
    return to;
  }

  /** The one file in a folder; fails where there are none or several. */
  only(folder: string): string {
    const found = this.files(folder);
    if (found.length !== 1 || found[0] === undefined)
      throw new Error(`${folder} holds ${JSON.stringify(found)}\n${this.output}`);
    return found[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** What `steward init` does, without a process of its own: most suites make several vaults. */
function makeNew(base: string): void {
  const [home, root] = [path.join(base, 'state'), path.join(base, 'vault')];
  const made = makeVault(readEnvironment({ STEWARD_HOME: home, STEWARD_VAULT: root }), false);
  if (!made.ok) throw new Error(sentence(made.failure));
}

/** Polls a condition with a deadline. */
export async function until(condition: () => boolean, what: () => string, ms = 120_000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Not within ${ms} ms: ${what()}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
