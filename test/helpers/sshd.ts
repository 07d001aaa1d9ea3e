import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import path from 'node:path';
import { portOf } from './port.ts';
import { fileKey } from './ssh.ts';

const SSHD = '/usr/sbin/sshd';
const TRIES = 5;

/** A real sshd on loopback, that lets the user of the tests in by the keys in a file of its own. */
export class Sshd {
  readonly folder: string;
  readonly port: number;
  /** The public half of the server’s key, as in a `.pub` file. */
  readonly hostKey: string;
  readonly authorized: string;
  readonly log: string;
  /** `user@127.0.0.1`. */
  readonly login = `${userInfo().username}@127.0.0.1`;
  #child: ChildProcess | undefined;

  private constructor(folder: string, port: number, hostKey: string) {
    this.folder = folder;
    this.port = port;
    this.hostKey = hostKey;
    this.authorized = path.join(folder, 'authorized_keys');
    this.log = path.join(folder, 'log');
  }

  static async start(folder: string): Promise<Sshd> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // As root it confines itself to an empty folder, which a service would have made.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const host = fileKey(folder, 'host');
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const sshd = new Sshd(folder, await freePort(), host.line.trim());
      if (await sshd.start()) return sshd;
    }
    throw new Error(`sshd does not start: ${readFileSync(path.join(folder, 'log'), 'utf8')}`);
  }

  /** Starts it, again too where it was stopped, on the same port. */
  async start(): Promise<boolean> {
    const config = path.join(this.folder, 'sshd_config');
    appendFileSync(this.authorized, '');
    const lines = [
      ...[`Port ${this.port}`, 'ListenAddress 127.0.0.1', `HostKey ${path.join(this.folder, 'host')}`, 'PidFile none'],
      // A shell one level down reads no start-up file: what stands in the account’s is none of the tests’.
      ...[`AuthorizedKeysFile ${this.authorized}`, `SetEnv AUTHORIZED_KEYS=${this.authorized} SHLVL=1`],
      ...['PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'UsePAM no', 'StrictModes no'],
      ...['PermitRootLogin prohibit-password', 'PrintMotd no', 'MaxStartups 100', 'LogLevel VERBOSE'],
    ];
    writeFileSync(config, `${lines.join('\n')}\n`);
    const child = spawn(SSHD, ['-D', '-E', this.log, '-f', config], { stdio: 'ignore' });
    this.#child = child;
    const deadline = performance.now() + 30_000;
    while (child.exitCode === null && performance.now() < deadline) {
      if (spawnSync('ssh-keyscan', ['-p', String(this.port), '-T', '2', '127.0.0.1']).stdout.length > 0) return true;
    }
    child.kill('SIGKILL');
    return false;
  }

  /** Stops it, with every connection that it has: sshd leaves those to processes of their own. */
  stop(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    for (const child of childrenOf(pid)) kill(child);
    kill(pid);
    this.#child = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function childrenOf(pid: number): readonly number[] {
  const listed = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).stdout;
  const direct = listed.split('\n').flatMap(line => (line.trim() === '' ? [] : [Number(line)]));
  return direct.flatMap(child => [...childrenOf(child), child]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise(resolve => server.close(resolve));
  return port;
}
