import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Said } from './cli.ts';

/** Namespaces of its own: what it mounts, the processes it starts and its control groups are seen by nobody else. */
const APART = ['-mCpf', '--mount-proc', '--kill-child'];
const SYSTEMD = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'];

/**
 * A real `systemd --user` for one home folder, out of reach of the systemd that this computer may have. It needs root;
 * everything in it is gone when it is disposed of.
 */
export class PrivateSystemd {
  readonly #outer: ChildProcess;
  readonly #inner: string;
  readonly env: NodeJS.ProcessEnv;

  private constructor(outer: ChildProcess, inner: string, env: NodeJS.ProcessEnv) {
    this.#outer = outer;
    this.#inner = inner;
    this.env = env;
  }

  /** Undefined where this computer does not allow it. `leaked` is what systemd itself has in its environment. */
  static async start(
    base: string,
    env: NodeJS.ProcessEnv,
    leaked: NodeJS.ProcessEnv,
  ): Promise<PrivateSystemd | undefined> {
    const program = SYSTEMD.find(existsSync);
    if (process.getuid?.() !== 0 || program === undefined) return undefined;
    const runtime = path.join(base, 'run');
    mkdirSync(runtime, { mode: 0o700 });
    const script = path.join(base, 'inner.sh');
    const lines = [
      'set -e',
      'mount --make-rprivate /',
      // It runs only where the machine seems to have been started by systemd.
      'mount -t tmpfs none /run',
      'mkdir -p /run/systemd/system',
      'mount -t cgroup2 none /sys/fs/cgroup',
      // Among these namespaces mounts are shared, as everywhere: systemd hands credentials over by it.
      'mount --make-rshared /',
      `${program} --user --log-target=console &`,
      'wait',
    ];
    writeFileSync(script, `${lines.join('\n')}\n`);
    const all = { ...env, XDG_RUNTIME_DIR: runtime };
    const outer = spawn('unshare', [...APART, 'sh', script], { env: { ...all, ...leaked }, stdio: 'ignore' });
    const gone = new Promise<boolean>(resolve => {
      outer.once('exit', () => resolve(true));
      outer.once('error', () => resolve(true));
    });
    const end = performance.now() + 60_000;
    while (performance.now() < end) {
      const inner = childOf(outer.pid);
      if (inner !== undefined) {
        const systemd = new PrivateSystemd(outer, inner, all);
        if (systemd.run('systemctl', '--user', 'show', '-p', 'Version').code === 0) return systemd;
      }
      const isGone = await Promise.race([gone, new Promise<boolean>(resolve => setTimeout(() => resolve(false), 100))]);
      if (isGone) return undefined;
    }
    outer.kill('SIGKILL');
    return undefined;
  }

  /** Runs a program beside that systemd, to its end. */
  run(program: string, ...args: readonly string[]): Said {
    const enter = ['-t', this.#inner, '-m', '-p', '-C', '--', program, ...args];
    const done = spawnSync('nsenter', enter, { env: this.env, encoding: 'utf8', timeout: 240_000 });
    return { code: done.status ?? -1, out: done.stdout, err: done.stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise(resolve => this.#outer.once('exit', resolve));
    this.#outer.kill('SIGKILL');
    await ended;
  }
}

/** The first process inside: what `unshare` started. */
function childOf(pid: number | undefined): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0] || undefined;
  } catch {
    return undefined;
  }
}
