import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { readSshSignature } from '../../core/signed-decision.ts';
import { stringsIn } from '../../core/ssh-key.ts';

/**
 * OpenSSH’s signatures (PROTOCOL.sshsig) with Ed25519, in this process: one is made for every commit, and checking one is
 * part of looking at what came in.
 */
const MAGIC = Buffer.from('SSHSIG');
const VERSION = Buffer.from([0, 0, 0, 1]);
const TYPE = Buffer.from('ssh-ed25519');
const KEY_FILE = Buffer.from('openssh-key-v1\0', 'latin1');
const HASH = 'sha512';

/** A string of SSH’s (RFC 4251, 5): its length, then its bytes. */
function stringOf(bytes: Uint8Array | string): Buffer {
  const data = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
}

const base64url = (bytes: Buffer): string => bytes.toString('base64url');

export type SigningKey = { readonly key: KeyObject /** The public half as in a `.pub` file. */; readonly blob: Buffer };

/** Reads an Ed25519 key without a passphrase, as ssh-keygen writes it (PROTOCOL.key of OpenSSH). */
export function readSigningKey(text: string): Result<SigningKey> {
  const [, body = ''] = /-----BEGIN OPENSSH PRIVATE KEY-----\s([\s\S]*?)-----END/.exec(text) ?? [];
  const bytes = Buffer.from(body, 'base64');
  const damaged = fail('permanent', 'The node’s key cannot be read.', 'Make a new one, and pair the nodes again.');
  if (!bytes.subarray(0, KEY_FILE.length).equals(KEY_FILE)) return damaged;
  let at = KEY_FILE.length;
  const next = (): Buffer => {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0;
    const found = bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return found;
  };
  const cipher = next();
  next();
  next();
  at += 4;
  const blob = next();
  const secret = next();
  if (cipher.toString() !== 'none' || secret.length < 8) return damaged;
  // Two equal numbers, then the kind, the public half, the private and the public half together, a comment, padding.
  const type = secret.subarray(8, 8 + 4 + TYPE.length);
  if (!type.equals(stringOf(TYPE)) || secret.length < 8 + 15 + 36 + 68) return damaged;
  const both = secret.subarray(8 + 15 + 36 + 4, 8 + 15 + 36 + 68);
  const jwk = { kty: 'OKP', crv: 'Ed25519', d: base64url(both.subarray(0, 32)), x: base64url(both.subarray(32)) };
  return ok({ key: createPrivateKey({ key: jwk, format: 'jwk' }), blob: Buffer.from(blob) });
}

const signed = (namespace: string, hash: string, payload: Uint8Array): Buffer =>
  Buffer.concat([
    ...[MAGIC, stringOf(namespace), stringOf(''), stringOf(hash)],
    stringOf(createHash(hash).update(payload).digest()),
  ]);

/** An armoured signature over bytes, as `ssh-keygen -Y sign` makes it. */
export function signBytes({ key, blob }: SigningKey, namespace: string, payload: Uint8Array): string {
  const made = sign(null, signed(namespace, HASH, payload), key);
  const signature = Buffer.concat([
    ...[MAGIC, VERSION, stringOf(blob), stringOf(namespace), stringOf(''), stringOf(HASH)],
    stringOf(Buffer.concat([stringOf(TYPE), stringOf(made)])),
  ]);
  const lines = signature.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
}

/**
 * The key (base64, as in a `.pub` file) that made a signature over bytes; undefined where it is false, or of a kind that
 * is not checked here.
 */
export function keyThatSigned(armoured: string, namespace: string, payload: Uint8Array): string | undefined {
  const read = readSshSignature(armoured);
  if (!read.ok || read.value.namespace !== namespace) return undefined;
  const bytes = Buffer.from(read.value.line, 'base64').subarray(MAGIC.length + VERSION.length);
  const [blob, , , hash, signature] = stringsIn(bytes) ?? [];
  const [type, key] = stringsIn(blob ?? Buffer.alloc(1)) ?? [];
  const [algorithm, made] = stringsIn(signature ?? Buffer.alloc(1)) ?? [];
  if (key?.length !== 32 || made === undefined || !TYPE.equals(type ?? MAGIC) || !TYPE.equals(algorithm ?? MAGIC))
    return undefined;
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url(key) }, format: 'jwk' });
  return verify(null, signed(namespace, String(hash), payload), publicKey, made) ? read.value.key : undefined;
}
