import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { homeAt, type Said, steward } from './cli.ts';
import { REPOSITORY } from './tree.ts';

/** Names that every part on the way has to leave as they are. */
export const ODD = `my "va'ult" 100% $HOME é`;

/** A person’s home with a vault and a state folder whose names are odd, and pm2 installed. Removed at the end. */
export class ServiceHome {
  readonly base: string;
  readonly home: string;
  readonly vault: string;
  readonly env: NodeJS.ProcessEnv;

  constructor(more: NodeJS.ProcessEnv = {}, parent = tmpdir()) {
    this.base = realpathSync(mkdtempSync(path.join(parent, 'steward-')));
    this.home = path.join(this.base, 'home');
    this.vault = path.join(this.base, ODD);
    const programs = path.join(this.base, 'bin');
    for (const folder of [this.home, programs]) mkdirSync(folder, { mode: 0o700 });
    symlinkSync(path.join(REPOSITORY, 'node_modules', 'pm2', 'bin', 'pm2'), path.join(programs, 'pm2'));
    symlinkSync(process.execPath, path.join(programs, 'node'));
    this.env = homeAt(this.home, {
      PATH: `${programs}:${process.env.PATH}`,
      STEWARD_VAULT: this.vault,
      STEWARD_HOME: path.join(this.base, 's %h'),
      ...more,
    });
  }

  get state(): string {
    const folder = path.join(this.base, 's %h');
    return path.join(folder, readdirSync(folder)[0] ?? 'none');
  }

  [Symbol.dispose](): void {
    rmSync(this.base, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A home in which Steward is a service by pm2 until the test ends. */
export class Pm2Home extends ServiceHome {
  constructor(more: NodeJS.ProcessEnv = {}) {
    super(more);
    assert.equal(this.run('init', this.vault).code, 0);
  }

  run(...args: readonly string[]): Said {
    return steward(args, this.env);
  }

  get pm2(): string {
    return path.join(this.state, 'service', 'pm2');
  }

  /** pm2’s own command line, over the private home. */
  ask(...args: readonly string[]): string {
    const pm2 = path.join(REPOSITORY, 'node_modules', 'pm2', 'bin', 'pm2');
    const env = { ...this.env, PM2_HOME: this.pm2, PM2_DISCRETE_MODE: 'true' };
    return spawnSync(process.execPath, [pm2, ...args], { env, encoding: 'utf8', timeout: 120_000 }).stdout;
  }

  /** The process of an app by pm2’s own file; undefined where none runs. */
  pidOf(name: string): number | undefined {
    const folder = path.join(this.pm2, 'pids');
    const file = readdirSync(folder).find(one => one.startsWith(`steward-${name}-`));
    // It may go between the two looks.
    const text = file === undefined ? '' : readIfThere(path.join(folder, file));
    return text === '' ? undefined : Number(text);
  }

  alive(): boolean {
    return existsSync(path.join(this.pm2, 'rpc.sock'));
  }

  override [Symbol.dispose](): void {
    if (this.alive()) this.ask('kill');
    super[Symbol.dispose]();
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Whether a process is there. */
export function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The processes that `steward service status` lists, by name. */
export function processesIn(status: string): ReadonlyMap<string, number> {
  return new Map([...status.matchAll(/^(\w+) .*process (\d+)/gm)].map(([, name, pid]) => [name ?? '', Number(pid)]));
}

/** What a process was started with. */
export function environmentOf(pid: number): ReadonlyMap<string, string> {
  const lines = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return new Map(lines.map(line => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]));
}
