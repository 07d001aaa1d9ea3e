import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { childEnvironment } from '../../core/config.ts';
import { codeOf, fail, ok, type Result } from '../../core/outcome.ts';
import { type RemotePlace, sshArguments } from './remote-place.ts';

/** What a run of git came to. `code` is null where it was killed. */
export type Ran = { readonly code: number | null; readonly out: Buffer; readonly said: string };

/** Milliseconds that a command which only works on this computer may take, and one that speaks with the remote. */
const LOCAL = 120_000;
export const REMOTE = 600_000;

/** A service of git’s that runs at the remote, and what it has complained of so far. */
export type Served = { readonly child: ChildProcessWithoutNullStreams; readonly said: () => string };

type Options = { readonly input?: Uint8Array; readonly longest?: number };

/**
 * The only way to git: started by name with a list of arguments, in a git directory of our own in the state folder and
 * never in the vault’s, without a shell, an index, hooks, or anything to ask at a terminal.
 */
export class Git {
  readonly folder: string;
  readonly #program: string;
  readonly #ssh: string | undefined;

  /** `ssh`: how git is to reach the remote, as GIT_SSH_COMMAND. */
  constructor(folder: string, ssh?: string, program = 'git') {
    this.folder = folder;
    this.#ssh = ssh;
    this.#program = program;
  }

  get program(): string {
    return this.#program;
  }

  /** The environment of each git that is started; its children inherit GIT_DIR, by which ours are known. */
  get environment(): Record<string, string> {
    return {
      ...childEnvironment({}),
      GIT_DIR: this.folder,
      GIT_TERMINAL_PROMPT: '0',
      GIT_OPTIONAL_LOCKS: '0',
      LC_ALL: 'C',
      ...(this.#ssh === undefined ? {} : { GIT_SSH_COMMAND: this.#ssh, GIT_SSH_VARIANT: 'ssh' }),
    };
  }

  run(args: readonly string[], { input, longest = LOCAL }: Options = {}): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.#program, [...args], { env: this.environment, stdio: ['pipe', 'pipe', 'pipe'] });
      const out: Buffer[] = [];
      let said = '';
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        // What it started may outlive it, and hold its output open.
        child.stdout.destroy();
        child.stderr.destroy();
        said += `\nfatal: it did not end within ${Math.round(longest / 1000)} seconds`;
      }, longest);
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => {
        said = (said + String(chunk)).slice(-4000);
      });
      child.on('error', error => {
        clearTimeout(timer);
        reject(codeOf(error) === 'ENOENT' ? new Error('git is not on this computer (Debian: apt install git)') : error);
      });
      child.on('close', code => {
        clearTimeout(timer);
        resolve({ code, out: Buffer.concat(out), said: said.trim() });
      });
      // One that has seen enough reads no further.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
  }

  /** Starts a service where the remote is: on this computer, or behind SSH as git itself would. */
  serve(service: 'receive-pack', place: Exclude<RemotePlace, { kind: 'other' }>): Served {
    const { GIT_DIR, ...environment } = this.environment;
    const command = `git-${service} '${place.path.replaceAll("'", "'\\''")}'`;
    const child =
      place.kind === 'path'
        ? spawn(this.#program, [service, place.path], { env: environment })
        : spawn('/bin/sh', ['-c', `exec ${this.#ssh ?? 'ssh'} "$@"`, 'ssh', ...sshArguments(place, command)], {
            env: environment,
          });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + String(chunk)).slice(-4000);
    });
    child.stdin.on('error', () => undefined);
    return { child, said: () => said.trim() };
  }

  /** The output of a command that must succeed. */
  async out(args: readonly string[], options: Options = {}): Promise<Result<string>> {
    const ran = await this.run(args, options);
    if (ran.code === 0) return ok(ran.out.toString('utf8').trim());
    return fail('retryable', `git ${args[0] ?? ''} failed: ${lastLine(ran.said)}.`);
  }
}

/** The last thing that git said, without its own full stop. */
export function lastLine(said: string): string {
  const lines = said.split('\n').filter(line => /^(fatal|error|remote|ssh|kex|Host|.*denied|.*!)/.test(line.trim()));
  return (lines[0] ?? said.split('\n').at(-1) ?? '').trim().replace(/\.$/, '') || 'it said nothing';
}
