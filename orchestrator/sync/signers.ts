import { readIfThere } from '../../core/durable.ts';
import { readSshSignature } from '../../core/signed-decision.ts';
import { readPublicKey } from '../../core/ssh-key.ts';
import { verifySignature } from '../../core/ssh-keygen.ts';
import type { NodeName, Peers, Role } from '../../core/sync-settings.ts';
import type { Signer } from './commit.ts';
import { keyThatSigned, readSigningKey, signBytes } from './ssh-signature.ts';
import type { Bringer } from './steps.ts';

/** The namespace under which git signs (gitformat-signature(5)). */
const NAMESPACE = 'git';

/** Who made a commit: a node by its name, or a person by their key. */
export type Made = { readonly bringer: Bringer; readonly node?: NodeName };

const UNSIGNED: Made = { bringer: 'unsigned' };

export type SignersSetup = {
  readonly node: NodeName;
  readonly role: Role;
  readonly peers: Peers;
  /** The node’s private key, where it has one, and the list of the person’s keys (`allowed_signers`). */
  readonly keyFile: string;
  readonly allowedSigners: string;
  readonly tmp: string;
};

/** Signs commits with the node’s key; without one they go unsigned, and count for nothing but what they are. */
export function signerWith(keyFile: string): Signer {
  return async payload => {
    const text = readIfThere(keyFile);
    if (text === undefined) return undefined;
    const key = readSigningKey(text);
    return key.ok ? signBytes(key.value, NAMESPACE, payload) : undefined;
  };
}

/** Tells who signed a commit, by the keys of this node, of those that it was paired with, and of the person. */
export class Signers {
  readonly #setup: SignersSetup;
  readonly #known = new Map<string, Made>();

  constructor(setup: SignersSetup) {
    this.#setup = setup;
  }

  async of(commit: { readonly id: string; readonly data: Buffer }): Promise<Made> {
    const known = this.#known.get(commit.id);
    if (known !== undefined) return known;
    const made = await this.#look(commit.data);
    this.#known.set(commit.id, made);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= 5000) break;
      this.#known.delete(oldest);
    }
    return made;
  }

  async #look(data: Buffer): Promise<Made> {
    const parts = partsOf(data);
    if (parts === undefined) return UNSIGNED;
    const read = readSshSignature(parts.signature);
    if (!read.ok || read.value.namespace !== NAMESPACE || !read.value.isTouched) return UNSIGNED;
    const { key, keyType: type, armoured } = read.value;
    const made = this.#whose(key);
    if (made === undefined) return UNSIGNED;
    if (type === 'ssh-ed25519') return keyThatSigned(armoured, NAMESPACE, parts.payload) === key ? made : UNSIGNED;
    const text = parts.payload.toString('utf8');
    if (!Buffer.from(text).equals(parts.payload)) return UNSIGNED;
    const check = { text, armoured, namespace: NAMESPACE, name: 'signer', type, key };
    return (await verifySignature(check, this.#setup.tmp)).ok ? made : UNSIGNED;
  }

  #whose(key: string): Made | undefined {
    const { node, role, peers, keyFile, allowedSigners } = this.#setup;
    const isKey = (line: string): boolean => {
      const read = readPublicKey(line);
      return read.ok && read.value.blob === key;
    };
    const lines = (readIfThere(allowedSigners) ?? '').split('\n').filter(line => !line.startsWith('#'));
    if (lines.some(line => line.split(' ').includes(key))) return { bringer: 'person' };
    if (isKey(readIfThere(`${keyFile}.pub`) ?? '')) return { bringer: role, node };
    for (const [name, peer] of Object.entries(peers)) if (isKey(peer.key)) return { bringer: peer.role, node: name };
    return undefined;
  }
}

/** A commit without its signature, which is what was signed, and the signature. */
function partsOf(data: Buffer): { readonly payload: Buffer; readonly signature: string } | undefined {
  const text = data.toString('latin1');
  const end = text.indexOf('\n\n');
  const from = text.indexOf('\ngpgsig ');
  if (from < 0 || end < 0 || from > end) return undefined;
  let to = from + 1;
  do to = text.indexOf('\n', to) + 1;
  while (text[to] === ' ');
  const signature = text.slice(from + '\ngpgsig '.length, to).replaceAll('\n ', '\n');
  return { payload: Buffer.from(text.slice(0, from + 1) + text.slice(to), 'latin1'), signature };
}
