import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { lstatOf } from './durable.ts';
import { lookAtPrivateKey, readPublicKey } from './ssh-key.ts';

/** No key’s file is larger, in bytes. */
const LARGEST = 64 * 1024;

/** A private key that lies in a folder: which file, and the public half as it stands in `authorized_keys` (base64). */
export type FoundKey = { readonly file: string; readonly blob: string; readonly isEncrypted: boolean };

/** The private keys that lie in a folder, as far as their public half is known. None is used; nothing is changed. */
export function privateKeysIn(folder: string): readonly FoundKey[] {
  if (!lstatOf(folder)?.isDirectory()) return [];
  return readdirSync(folder).flatMap(name => {
    const file = path.join(folder, name);
    const stats = lstatOf(file);
    if (!stats?.isFile() || stats.size > LARGEST) return [];
    const looked = lookAtPrivateKey(readFileSync(file, 'utf8'));
    if (looked === undefined) return [];
    const blob = looked.blob ?? publicHalfBeside(file);
    return blob === undefined ? [] : [{ file, blob, isEncrypted: looked.isEncrypted }];
  });
}

function publicHalfBeside(file: string): string | undefined {
  const beside = lstatOf(`${file}.pub`);
  if (!beside?.isFile() || beside.size > LARGEST) return undefined;
  const read = readPublicKey(readFileSync(`${file}.pub`, 'utf8'));
  return read.ok ? read.value.blob : undefined;
}
