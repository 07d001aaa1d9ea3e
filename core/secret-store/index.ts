import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ensureFolder, lstatOf, overwriteFile } from '../durable.ts';
import { fail, messageOf, ok, type Result } from '../outcome.ts';
import { isSecretName } from '../secret-names.ts';
import type { StateFolder } from '../state-folder.ts';
import { readAge, removeAge, writeAge } from './age-files.ts';
import { keychainWorks, readKeychain, removeKeychain, writeKeychain } from './keychain.ts';

/** Where a secret is kept: the operating system’s keychain, or an encrypted file of the state folder. */
export type Keeper = 'keychain' | 'file';

/** `secrets/kept.json`: names and places, never values, so that nothing has to be opened to know what there is. */
const Kept = z.strictObject({
  format: z.literal(1),
  kept: z.record(z.string().refine(isSecretName), z.enum(['keychain', 'file'])),
});

const indexFile = (state: StateFolder): string => path.join(state.root, 'secrets', 'kept.json');

/** The names that are kept, and where. */
export function keptSecrets(state: StateFolder): Result<Readonly<Record<string, Keeper>>> {
  const file = indexFile(state);
  if (lstatOf(file) === undefined) return ok({});
  try {
    return ok(Kept.parse(JSON.parse(readFileSync(file, 'utf8'))).kept);
  } catch (error) {
    const mend = 'Delete it, and set your secrets again: steward secret set NAME';
    return fail('permanent', `${file} cannot be read: ${messageOf(error).split('\n')[0]}.`, mend);
  }
}

function note(state: StateFolder, kept: Readonly<Record<string, Keeper>>): void {
  ensureFolder(path.dirname(indexFile(state)));
  overwriteFile(state.tmp, indexFile(state), `${JSON.stringify({ format: 1, kept })}\n`);
}

/** The names of what is kept; none where the list of them cannot be read, which the doctor tells of. */
export function keptNames(state: StateFolder): readonly string[] {
  const kept = keptSecrets(state);
  return kept.ok ? Object.keys(kept.value) : [];
}

/** Where a new secret would be kept on this machine: in the keychain if that really works. */
export const keeperHere = async (): Promise<Keeper> => ((await keychainWorks()) ? 'keychain' : 'file');

/** Keeps a secret, in place of what was kept under its name. The name goes on record last: a crash loses nothing old. */
export async function keepSecret(state: StateFolder, name: string, value: string): Promise<Result<Keeper>> {
  const known = keptSecrets(state);
  if (!known.ok) return known;
  const keeper = await keeperHere();
  try {
    if (keeper === 'keychain') await writeKeychain(state, name, value);
    else await writeAge(state, name, value);
  } catch (error) {
    return fail('retryable', `${name} could not be kept: ${messageOf(error)}.`);
  }
  note(state, { ...known.value, [name]: keeper });
  const before = known.value[name];
  if (before !== undefined && before !== keeper) await forget(state, name, before);
  return ok(keeper);
}

/** Removes a secret. False where none is kept under this name. */
export async function removeSecret(state: StateFolder, name: string): Promise<Result<boolean>> {
  const known = keptSecrets(state);
  if (!known.ok) return known;
  const { [name]: keeper, ...rest } = known.value;
  if (keeper === undefined) return ok(false);
  const gone = await forget(state, name, keeper);
  if (!gone.ok) return gone;
  note(state, rest);
  return ok(true);
}

async function forget(state: StateFolder, name: string, keeper: Keeper): Promise<Result<'gone'>> {
  try {
    if (keeper === 'keychain') await removeKeychain(state, name);
    else removeAge(state, name);
    return ok('gone');
  } catch (error) {
    return fail('retryable', `${name} could not be removed: ${messageOf(error)}.`);
  }
}

export const readSecret = (state: StateFolder, name: string, keeper: Keeper): Promise<Result<string>> =>
  keeper === 'keychain' ? readKeychain(state, name) : readAge(state, name);
