import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { ensureFolder, lstatOf, syncFile, syncFolder } from './durable.ts';
import { codeOf, fail, messageOf, type Result } from './outcome.ts';
import { type PublicKey, readPublicKey } from './ssh-key.ts';
import { makeKey } from './ssh-keygen.ts';
import type { StateFolder } from './state-folder.ts';
import type { NodeName, SyncSettings } from './sync-settings.ts';

type Where = Pick<StateFolder, 'root' | 'tmp'>;

/** Where a node without a `sync:` of its own keeps its key, from the state folder on. */
const STANDARD = path.join('keys', 'node_ed25519');

/**
 * The node’s own key: Ed25519 in OpenSSH’s form, without a passphrase, since it is used while nobody is there. It lets the
 * node reach the remote and signs what the node says to the others (core/node-signature.ts); it approves nothing. It is
 * made on the node and never leaves it.
 */
export const nodeKeyFile = ({ root }: Where, sync: Pick<SyncSettings, 'key'> | undefined): string =>
  path.join(root, sync?.key ?? STANDARD);

/** The public half of a node’s key; `invalid` where there is no key yet. */
export function readNodeKey(file: string): Result<PublicKey> {
  try {
    return readPublicKey(readFileSync(`${file}.pub`, 'utf8'));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return fail('retryable', `${file}.pub cannot be read: ${messageOf(error)}.`);
    return fail('invalid', 'This node has no key yet.', 'Make one, and pair the nodes:  steward pair');
  }
}

/** Makes the node’s key where there is none. One that is there is kept: others may know it already. */
export function ensureNodeKey(file: string, node: NodeName, { tmp }: Where): Result<PublicKey> {
  const known = lstatOf(file) !== undefined && lstatOf(`${file}.pub`) !== undefined;
  if (known) return readNodeKey(file);
  if (lstatOf(file) !== undefined) {
    const mend = `Write its public half beside it:  ssh-keygen -y -f '${file}' > '${file}.pub'`;
    return fail('permanent', `The node’s key ${file} has no public half beside it.`, mend);
  }
  ensureFolder(path.dirname(file));
  const passing = path.join(tmp, `key-${randomBytes(8).toString('hex')}`);
  try {
    const made = makeKey(passing, `steward-${node}`);
    if (!made.ok) return made;
    // The private half last: a key counts as made once it stands there, and then all of it does.
    for (const half of ['.pub', '']) {
      chmodSync(passing + half, half === '' ? 0o600 : 0o644);
      syncFile(passing + half);
      if (half === '.pub' && lstatOf(`${file}.pub`) !== undefined) unlinkSync(`${file}.pub`);
      linkSync(passing + half, file + half);
    }
    syncFolder(path.dirname(file));
    return readNodeKey(file);
  } finally {
    for (const half of ['', '.pub']) if (lstatOf(passing + half) !== undefined) unlinkSync(passing + half);
  }
}
