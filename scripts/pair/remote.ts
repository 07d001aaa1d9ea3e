import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../core/digest.ts';
import { codeOf, fail, ok, type Result } from '../../core/outcome.ts';
import type { PublicKey } from '../../core/ssh-key.ts';
import type { NodeName } from '../../core/sync-settings.ts';
import { type RemotePlace, sshArguments } from '../../orchestrator/sync/remote-place.ts';

/** Milliseconds that one visit to the remote may take. */
const LONGEST = 60_000;

/** How the person logs in at the remote themselves, to set it up: arguments of ssh(1). */
export type PersonLogin = readonly string[];

/** The remotes that can be set up from here. */
export type OwnPlace = Exclude<RemotePlace, { kind: 'other' }>;

const textOf = (name: string): string => readFileSync(path.join(import.meta.dirname, name), 'utf8');
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** A path that stands in authorized_keys within quotes within quotes: plain signs only. */
const isPlainPath = (given: string): boolean => /^[A-Za-z0-9._/@+ -]+$/.test(given) && !/(^|\/)-/.test(given);

/** Makes the bare repository, with its gate and its hook, where they are missing or old. Returns its whole path. */
export function prepareRemote(place: OwnPlace, person: PersonLogin): Promise<Result<string>> {
  if (!isPlainPath(place.path)) {
    const mend = 'Letters, digits, spaces and . _ / @ + - only.';
    return Promise.resolve(fail('invalid', `“${place.path}” cannot be the path of a remote.`, mend));
  }
  const parts = { GATE: textOf('gate.sh'), HOOK: textOf('post-receive.sh') };
  const given = Object.entries(parts).map(([name, text]) => `${name}=${quoted(text)}\n`);
  return runThere(place, person, `${given.join('')}${calling('set-up.sh', [place.path])}`);
}

/** Lets a node’s key carry the vault at the remote and nothing else, or with no node takes it out again. */
export async function allowAtRemote(
  place: OwnPlace,
  person: PersonLogin,
  node: NodeName | undefined,
  key: PublicKey,
): Promise<Result<string>> {
  // Who reaches the folder needs no key for it.
  if (place.kind === 'path') return ok('');
  return runThere(place, person, calling('allow.sh', [place.path, node ?? '', key.type, key.blob, sha256(key.blob)]));
}

const calling = (script: string, args: readonly string[]): string =>
  `set -- ${args.map(quoted).join(' ')}\n${textOf(script)}`;

function runThere(place: OwnPlace, person: PersonLogin, script: string): Promise<Result<string>> {
  const [program, ...args] = place.kind === 'path' ? ['sh', '-s'] : ['ssh', ...person, ...sshArguments(place, 'sh -s')];
  return new Promise(resolve => {
    const child = spawn(program ?? 'sh', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST);
    let [out, said] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-4000);
    });
    child.stdin.on('error', () => undefined);
    child.on('error', error => {
      const why = codeOf(error) === 'ENOENT' ? `${program} is not on this computer` : error.message;
      resolve(fail('retryable', `The remote could not be set up: ${why}.`, 'Debian: apt install openssh-client git'));
    });
    child.on('close', code => {
      clearTimeout(timer);
      resolve(code === 0 ? ok(out.trim().split('\n').at(-1) ?? '') : why(place, code, said));
    });
    child.stdin.end(script);
  });
}

/** What went wrong at the remote, as one sentence with what to do. */
function why(place: OwnPlace, code: number | null, said: string): ReturnType<typeof fail> {
  const last = said.trim().split('\n').at(-1)?.trim().replace(/\.$/, '') ?? '';
  if (place.kind === 'path')
    return fail('invalid', `The remote could not be made: ${last || `it ended with ${code}`}.`);
  const { login, host } = place;
  const shell = place.port === undefined ? `ssh ${login}` : `ssh -p ${place.port} ${login}`;
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(said)) {
    const mend = 'If the host was set up anew, pair again with its new --host-key; if not, somebody is in between.';
    return fail('denied', `${host} shows another host key than the one that is pinned: nothing was sent to it.`, mend);
  }
  if (/Permission denied/.test(said)) {
    const mend = `Try  ${shell}  yourself; or name the key that lets you in: --login-key FILE.`;
    return fail('denied', `${login} does not let you in.`, mend);
  }
  if (/Could not resolve|timed out|refused|unreachable|No route/i.test(said)) {
    return fail('retryable', `${host} cannot be reached: ${last}.`, 'Is the address right, and the computer on?');
  }
  if (code === null) return fail('retryable', `${host} did not answer in time.`, 'Try again.');
  const mend = `${login} must be an account with a shell of its own. At a public host use --hosted instead.`;
  return fail('invalid', `The remote could not be set up at ${host}: ${last || `it ended with ${code}`}.`, mend);
}
