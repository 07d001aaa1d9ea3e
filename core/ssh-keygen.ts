import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import path from 'node:path';
import { createFile, lstatOf } from './durable.ts';
import { codeOf, fail, ok, type Result } from './outcome.ts';

/**
 * The only way to `ssh-keygen`: started by name with a list of arguments, never through a shell, and always with a bound
 * on its time.
 */
const PROGRAM = 'ssh-keygen';
/** Milliseconds that checking a signature may take, and that a person has for a passphrase or a touch. */
const LONGEST_CHECK = 10_000;
const LONGEST_SIGNING = 180_000;

const INSTALL = 'Install OpenSSH’s client (Debian: apt install openssh-client).';

/** Whether it is there and can sign and check (OpenSSH 8.1, 2019, and later). */
export function hasSshKeygen(): boolean {
  const said = spawnSync(PROGRAM, ['-Y', 'check-novalidate'], {
    timeout: LONGEST_CHECK,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return said.error === undefined && !/unknown option|illegal option|invalid option/i.test(String(said.stderr));
}

type Check = {
  readonly text: string;
  readonly armoured: string;
  readonly namespace: string;
  readonly name: string;
  /** The kind and the blob of the one key that may have made it. */
  readonly type: string;
  readonly key: string;
};

/**
 * Whether a signature over a text was made by a key. `retryable` where that cannot be found out now. `tmp` is a folder of
 * the machine’s own.
 */
export async function verifySignature(check: Check, tmp: string): Promise<Result<'good'>> {
  const { text, armoured, namespace, name, type, key } = check;
  const base = path.join(tmp, `signature-${randomBytes(8).toString('hex')}`);
  const [allowed, signature] = [`${base}.allowed`, `${base}.sig`];
  try {
    createFile(tmp, allowed, `${name} namespaces="${namespace}" ${type} ${key}\n`);
    createFile(tmp, signature, armoured);
    return await run(['-Y', 'verify', '-f', allowed, '-I', name, '-n', namespace, '-s', signature], text);
  } finally {
    for (const file of [allowed, signature]) if (lstatOf(file) !== undefined) unlinkSync(file);
  }
}

function run(args: readonly string[], input: string): Promise<Result<'good'>> {
  return new Promise(resolve => {
    // Not the option `timeout`: its clock goes on where the program could not be started.
    const signal = AbortSignal.timeout(LONGEST_CHECK);
    const child = spawn(PROGRAM, [...args], { stdio: ['pipe', 'ignore', 'ignore'], signal, killSignal: 'SIGKILL' });
    child.on('error', error => {
      if (signal.aborted) resolve(fail('retryable', 'The signature could not be checked in time.'));
      else resolve(missing(error));
    });
    // One that has seen enough reads no further.
    child.stdin.on('error', () => undefined);
    child.on('close', code => {
      if (code === null) resolve(fail('retryable', 'The signature could not be checked: ssh-keygen was ended.'));
      else resolve(code === 0 ? ok('good') : fail('denied', 'The signature does not fit.'));
    });
    child.stdin.end(input);
  });
}

/**
 * Signs a text with the person’s key; passphrase, agent and a touch of the token are ssh-keygen’s business, at the
 * person’s terminal. Returns the armoured signature.
 */
export function signText(text: string, namespace: string, key: string): Result<string> {
  const said: SpawnSyncReturns<string> = spawnSync(PROGRAM, ['-Y', 'sign', '-n', namespace, '-f', key], {
    input: text,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: LONGEST_SIGNING,
  });
  if (said.error !== undefined) return missing(said.error);
  if (said.status === 0 && said.stdout !== '') return ok(said.stdout);
  return fail('permanent', `${key} could not sign: nothing was decided.`, 'What ssh-keygen said stands above.');
}

/** Signs a text with a key that has no passphrase, while nobody is there to be asked. Returns the armoured signature. */
export function signQuietly(text: string, namespace: string, key: string): Promise<Result<string>> {
  return new Promise(resolve => {
    const signal = AbortSignal.timeout(LONGEST_CHECK);
    const child = spawn(PROGRAM, ['-Y', 'sign', '-n', namespace, '-f', key], {
      stdio: ['pipe', 'pipe', 'ignore'],
      // In a session of its own it has no terminal to ask at.
      ...{ signal, killSignal: 'SIGKILL', detached: true },
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    child.on('error', error => resolve(signal.aborted ? fail('retryable', 'Signing took too long.') : missing(error)));
    child.stdin.on('error', () => undefined);
    child.on('close', code => {
      if (code === null) resolve(fail('retryable', 'Nothing was signed: ssh-keygen was ended.'));
      else resolve(code === 0 && said !== '' ? ok(said) : fail('permanent', `The key ${key} cannot sign.`));
    });
    child.stdin.end(text);
  });
}

/** Makes an Ed25519 key without a passphrase, with its public half beside it. */
export function makeKey(file: string, comment: string): Result<'made'> {
  const args = ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file];
  const said = spawnSync(PROGRAM, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: LONGEST_CHECK });
  if (said.error !== undefined) return missing(said.error);
  return said.status === 0 ? ok('made') : fail('retryable', `No key could be made: ${String(said.stderr).trim()}`);
}

function missing(error: Error): ReturnType<typeof fail> {
  if (codeOf(error) === 'ENOENT') return fail('retryable', `${PROGRAM} is not on this computer.`, INSTALL);
  return fail('retryable', `${PROGRAM} does not run: ${error.message}.`);
}
