import { readFileSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { createFile, ensureFolder, lstatOf, overwriteFile } from '../durable.ts';
import { fail, messageOf, ok, type Result } from '../outcome.ts';
import type { StateFolder } from '../state-folder.ts';

/**
 * Secrets as age files (age-encryption.org/v1, X25519), one each, so that a process opens only what it needs. The
 * identity stands in `keys/`: whoever has one of the two folders without the other, as in a backup, has nothing;
 * whoever runs as the same user has both.
 */
const folderOf = (state: StateFolder): string => path.join(state.root, 'secrets');
export const ageFile = (state: StateFolder, name: string): string => path.join(folderOf(state), `${name}.age`);
export const identityFile = (state: StateFolder): string => path.join(state.keys, 'secrets.age-identity');

const age = (): Promise<typeof import('age-encryption')> => import('age-encryption');

export async function writeAge(state: StateFolder, name: string, value: string): Promise<void> {
  const { Encrypter, generateX25519Identity, identityToRecipient } = await age();
  ensureFolder(folderOf(state));
  const file = identityFile(state);
  if (lstatOf(file) === undefined) createFile(state.tmp, file, `${await generateX25519Identity()}\n`);
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(readFileSync(file, 'utf8').trim()));
  const sealed = Buffer.from(await encrypter.encrypt(value));
  overwriteFile(state.tmp, ageFile(state, name), `${sealed.toString('base64')}\n`);
}

export async function readAge(state: StateFolder, name: string): Promise<Result<string>> {
  const file = ageFile(state, name);
  try {
    const { Decrypter } = await age();
    const decrypter = new Decrypter();
    decrypter.addIdentity(readFileSync(identityFile(state), 'utf8').trim());
    return ok(await decrypter.decrypt(Buffer.from(readFileSync(file, 'utf8'), 'base64'), 'text'));
  } catch (error) {
    return fail(
      'permanent',
      `${file} cannot be opened: ${messageOf(error)}.`,
      `Set it again: steward secret set ${name}`,
    );
  }
}

export function removeAge(state: StateFolder, name: string): void {
  if (lstatOf(ageFile(state, name)) !== undefined) unlinkSync(ageFile(state, name));
}
