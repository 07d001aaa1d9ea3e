import { spawn } from 'node:child_process';
import { cpSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const REPOSITORY = path.resolve(import.meta.dirname, '..', '..');
/** The pinned Node, so that no launcher of another version stands between the harness and the processes. */
export const NODE = process.execPath;

export type Ran = { readonly code: number; readonly out: string; readonly err: string };
export type RunOptions = {
  /** What starts instead of `node`, with `node`’s arguments. */
  readonly program?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
};

/** A vault and its state folder side by side, and the folder that keeps what was dropped (so that it stays one inode). */
export class Place {
  readonly base: string;
  readonly root: string;
  readonly home: string;
  readonly keep: string;
  readonly repository: string;

  constructor(base: string, keep: string, repository: string) {
    this.base = base;
    this.root = path.join(base, 'vault');
    this.home = path.join(base, 'state');
    this.keep = keep;
    this.repository = repository;
    mkdirSync(keep, { recursive: true });
  }

  /** The same place, in which another copy of the source runs. */
  withCode(repository: string): Place {
    return new Place(this.base, this.keep, repository);
  }

  get state(): string {
    return path.join(this.home, readdirSync(this.home)[0] ?? 'none');
  }

  configure(approvalHours: number): void {
    const settle = 'settle: { note: 3, tick: 3, drop: 0.1 }';
    writeFileSync(path.join(this.state, 'config.yaml'), `approval_hours: ${approvalHours}\n${settle}\n`);
  }

  steward(args: readonly string[], { program = [NODE], environment = {} }: RunOptions = {}): Promise<Ran> {
    const [command = NODE, ...before] = program;
    return runGroup(command, [...before, path.join(this.repository, 'scripts', 'launch.mjs'), ...args], {
      ...process.env,
      STEWARD_HOME: this.home,
      STEWARD_VAULT: this.root,
      UV_THREADPOOL_SIZE: '1',
      NODE_OPTIONS: '',
      ...environment,
    });
  }

  once(options: RunOptions = {}): Promise<Ran> {
    return this.steward(['start', '--once'], options);
  }

  /** The same vault and state in another folder; a dropped file is the same inode there, as it is after a crash. */
  copyTo(base: string): Place {
    const copy = new Place(base, this.keep, this.repository);
    for (const folder of ['vault', 'state']) {
      cpSync(path.join(this.base, folder), path.join(base, folder), {
        recursive: true,
        preserveTimestamps: true,
        filter: source => !this.isDrop(path.relative(this.base, source)),
      });
    }
    for (const name of readdirSync(path.join(this.root, 'Inbox'))) {
      if (this.isDrop(`vault/Inbox/${name}`)) copy.drop(name);
    }
    copy.settleIn();
    return copy;
  }

  /** Whether a path below the base is a dropped file that still lies where it was dropped. */
  isDrop(relative: string): boolean {
    const name = /^vault\/Inbox\/([^/]+)$/.exec(relative)?.[1];
    return name !== undefined && readdirSync(this.keep).includes(name);
  }

  /** Puts a file that is kept into the inbox. */
  drop(name: string): void {
    linkSync(path.join(this.keep, name), path.join(this.root, 'Inbox', name));
  }

  /** One state folder serves one vault: says that the vault stands here now. */
  settleIn(): void {
    for (const id of readdirSync(this.home)) {
      const record = path.join(this.home, id, 'vault');
      if (readFileSync(record, 'utf8') !== '') writeFileSync(record, `${this.root}\n`);
    }
  }

  /** Every file of the vault, relative to it; hidden folders left out. */
  files(folder = ''): string[] {
    return readdirSync(path.join(this.root, folder), { recursive: true, withFileTypes: true, encoding: 'utf8' })
      .filter(entry => entry.isFile() && entry.name !== 'README.md')
      .map(entry => path.relative(this.root, path.join(entry.parentPath, entry.name)))
      .filter(file => !file.startsWith('.'))
      .sort();
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  /** Writes as a person does, some time ago. */
  write(file: string, text: string): void {
    const absolute = path.join(this.root, file);
    writeFileSync(absolute, text);
    const past = new Date(Date.now() - 60_000);
    utimesSync(absolute, past, past);
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}

const LONGEST_RUN = 150_000;

/** Runs a program in a process group of its own and waits until every process of the group is gone. */
async function runGroup(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => {
    out += String(data);
  });
  child.stderr.on('data', (data: Buffer) => {
    err += String(data);
  });
  const group = child.pid ?? 0;
  const timer = setTimeout(() => killGroup(group), LONGEST_RUN);
  const code = await new Promise<number>(resolve => child.once('exit', value => resolve(value ?? -1)));
  const end = performance.now() + 60_000;
  while (isAlive(group)) {
    if (performance.now() > end) {
      killGroup(group);
      err += '\nA process of this run did not end by itself.';
      break;
    }
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  clearTimeout(timer);
  return { code, out, err };
}

/** Whether a process of the group still runs. One that ended and was not collected yet does not count. */
function isAlive(group: number): boolean {
  return readdirSync('/proc').some(name => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const [state, , itsGroup] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return Number(itsGroup) === group && state !== 'Z' && state !== 'X';
    } catch {
      return false;
    }
  });
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** The one file in a folder whose name begins so. Throws where it is missing. */
export function find(place: Place, folder: string, start: string): string {
  const found = place.files(folder).filter(file => path.basename(file).startsWith(start));
  if (found[0] === undefined) throw new Error(`${folder} holds no note that begins with “${start}”`);
  return found[0];
}
