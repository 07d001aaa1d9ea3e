import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './vault.ts';

const RELAY = path.join(import.meta.dirname, 'relay.py');
const SSHD = '/usr/sbin/sshd';
const PORT = 2222;
export type Host = 'laptop' | 'cloud';
/** Milliseconds, percent. `down`: nothing gets through. */
export type Link = { readonly delay: number; readonly jitter: number; readonly loss: number; readonly down: boolean };
const CLEAR: Link = { delay: 0, jitter: 0, loss: 0, down: false };
let made = 0;

const run = (command: string, ...args: readonly string[]): void => {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr}${done.error?.message ?? ''}`);
};

/**
 * Three hosts, each in a network namespace of its own, on one wire: `hub` with sshd and a bare repository, a laptop and a
 * cloud node, whose links can be slow, lossy and cut. They share the file system of the machine, as no real hosts would,
 * and nothing here uses that but the test itself.
 */
export class Lab {
  readonly folder: string;
  readonly #prefix: string;
  readonly #children: ChildProcess[] = [];

  private constructor(folder: string) {
    made += 1;
    this.folder = folder;
    this.#prefix = `st${process.pid}x${made}`;
  }

  /** Why there can be no such hosts here; undefined where there can. */
  static get lacks(): string | undefined {
    if (process.getuid?.() !== 0) return 'network namespaces need root';
    const name = `st${process.pid}p`;
    const tried = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
    if (tried.status !== 0) return `no network namespace can be made: ${tried.stderr || tried.error?.message}`;
    const inside = spawnSync('ip', ['netns', 'exec', name, 'ip', 'link', 'set', 'lo', 'up'], { encoding: 'utf8' });
    spawnSync('ip', ['netns', 'del', name]);
    return inside.status === 0 ? undefined : `nothing runs in a network namespace: ${inside.stderr}`;
  }

  static async start(folder: string): Promise<Lab> {
    const lab = new Lab(folder);
    try {
      await lab.#build();
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The bare repository as the hosts reach it. */
  get remote(): string {
    return `ssh://root@10.99.0.1:${PORT}${this.repository}`;
  }

  get repository(): string {
    return path.join(this.folder, 'hub', 'vault.git');
  }

  /** What a host pins. */
  get knownHosts(): string {
    const [type, blob] = readFileSync(path.join(this.folder, 'hub', 'host.pub'), 'utf8').split(' ');
    return `[10.99.0.1]:${PORT} ${type} ${blob}\n`;
  }

  #name(host: Host | 'hub' | 'lan'): string {
    return `${this.#prefix}-${host}`;
  }

  async #build(): Promise<void> {
    const lan = this.#name('lan');
    const short = this.#prefix.slice(-6);
    run('ip', 'netns', 'add', lan);
    run('ip', '-n', lan, 'link', 'add', 'br0', 'type', 'bridge');
    run('ip', '-n', lan, 'link', 'set', 'br0', 'up');
    for (const [at, host] of (['hub', 'laptop', 'cloud'] as const).entries()) {
      const inside = this.#name(host);
      mkdirSync(path.join(this.folder, host), { recursive: true, mode: 0o755 });
      run('ip', 'netns', 'add', inside);
      run('ip', '-n', inside, 'link', 'set', 'lo', 'up');
      run(
        'ip',
        'link',
        'add',
        `e${short}${at}`,
        'netns',
        inside,
        'type',
        'veth',
        'peer',
        'name',
        `r-${host}`,
        'netns',
        lan,
      );
      run('ip', '-n', inside, 'addr', 'add', `10.99.0.${at + 1}/24`, 'dev', `e${short}${at}`);
      run('ip', '-n', inside, 'link', 'set', `e${short}${at}`, 'up');
      run('ip', '-n', lan, 'link', 'set', `r-${host}`, 'up');
      // The frames go by hand: whole, and with their sums.
      run(
        'ip',
        'netns',
        'exec',
        inside,
        'ethtool',
        '-K',
        `e${short}${at}`,
        'tx',
        'off',
        'tso',
        'off',
        'gso',
        'off',
        'gro',
        'off',
      );
      if (host === 'hub') run('ip', '-n', lan, 'link', 'set', `r-${host}`, 'master', 'br0');
      else await this.#wire(host, lan);
    }
    await this.#serve();
  }

  async #wire(host: Host, lan: string): Promise<void> {
    run('ip', '-n', lan, 'link', 'add', `x-${host}`, 'type', 'veth', 'peer', 'name', `y-${host}`);
    run('ip', '-n', lan, 'link', 'set', `x-${host}`, 'up');
    run('ip', '-n', lan, 'link', 'set', `y-${host}`, 'up', 'master', 'br0');
    this.link(host, CLEAR);
    const args = ['netns', 'exec', lan, 'python3', RELAY, `r-${host}`, `x-${host}`, this.#settings(host)];
    const relay = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(relay);
    let said = '';
    relay.stdout.on('data', (data: Buffer) => {
      said += String(data);
    });
    await until(
      () => said.includes('ready'),
      () => `the wire of ${host} is not there`,
    );
  }

  async #serve(): Promise<void> {
    const hub = path.join(this.folder, 'hub');
    run('git', 'init', '-q', '--bare', '-b', 'main', this.repository);
    run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', path.join(hub, 'host'));
    const config = path.join(hub, 'sshd_config');
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    writeFileSync(path.join(hub, 'authorized_keys'), '', { mode: 0o600 });
    const lines = [
      ...[`Port ${PORT}`, 'ListenAddress 10.99.0.1', `HostKey ${path.join(hub, 'host')}`, 'PidFile none'],
      ...[`AuthorizedKeysFile ${path.join(hub, 'authorized_keys')}`, 'StrictModes no', 'UsePAM no', 'PrintMotd no'],
      ...['PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PermitRootLogin prohibit-password'],
      // A shell one level down reads no start-up file: one that is killed within it may leave a lock to the next.
      'SetEnv SHLVL=1',
    ];
    writeFileSync(config, `${lines.join('\n')}\n`);
    const log = path.join(hub, 'sshd.log');
    const sshd = spawn('ip', ['netns', 'exec', this.#name('hub'), SSHD, '-D', '-E', log, '-f', config], {
      stdio: 'ignore',
    });
    this.#children.push(sshd);
    const scan = ['netns', 'exec', this.#name('laptop'), 'ssh-keyscan', '-p', String(PORT), '-T', '2', '10.99.0.1'];
    await until(
      () => spawnSync('ip', scan).stdout.length > 0,
      () => `sshd does not answer: ${readFileSync(log, 'utf8')}`,
    );
  }

  /** Lets a node in, by its public key. */
  allow(publicKey: string): void {
    const file = path.join(this.folder, 'hub', 'authorized_keys');
    writeFileSync(file, `restrict ${publicKey.trim()}\n`, { flag: 'a' });
  }

  #settings(host: Host): string {
    return path.join(this.folder, `${host}.link`);
  }

  /** How the wire of a host is from now on. */
  link(host: Host, settings: Partial<Link>): void {
    writeFileSync(this.#settings(host), JSON.stringify({ ...CLEAR, ...settings }));
  }

  /** Starts a program on a host, that reads nothing or what it is told. */
  spawn(
    host: Host,
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    input: 'ignore' | 'pipe' = 'ignore',
  ): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.#name(host), command, ...args], {
      env,
      stdio: [input, 'pipe', 'pipe'],
    });
    this.#children.push(child);
    return child;
  }

  /** Switches a host off: everything that runs on it is gone at once, but for `kept`, which stands for somebody else’s. */
  off(host: Host | 'hub' | 'lan', kept?: ChildProcess): void {
    const pids = spawnSync('ip', ['netns', 'pids', this.#name(host)], { encoding: 'utf8' }).stdout;
    for (const pid of pids.split('\n').map(Number)) {
      if (pid <= 0 || pid === kept?.pid) continue;
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const host of ['laptop', 'cloud', 'hub', 'lan'] as const) {
      this.off(host);
      spawnSync('ip', ['netns', 'del', this.#name(host)]);
    }
    for (const child of this.#children) child.kill('SIGKILL');
    return Promise.resolve();
  }
}
