import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { AllowedKey } from '../../core/allowed-signers.ts';
import { DECISION_NAMESPACE, decisionText, type SignedDecision } from '../../core/signed-decision.ts';
import { readPublicKey } from '../../core/ssh-key.ts';

/** A key of a person’s that can sign, whatever it is made of. */
export type TestKey = {
  /** The line of its `.pub` file. */
  readonly line: string;
  /** Signs a text, armoured. */
  readonly sign: (text: string, namespace?: string) => string;
};

function keygen(args: readonly string[], input = ''): string {
  const done = spawnSync('ssh-keygen', [...args], { input, encoding: 'utf8', timeout: 30_000 });
  if (done.status !== 0) throw new Error(`ssh-keygen ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

/** The kinds of key that a file holds, with the bits that they are made with. */
export const FILE_KINDS = { ed25519: 256, rsa: 3072, ecdsa: 256 } as const;

/** Makes a key in a folder with ssh-keygen, and signs with it by ssh-keygen. */
export function fileKey(
  folder: string,
  name: string,
  kind: keyof typeof FILE_KINDS = 'ed25519',
  bits: number = FILE_KINDS[kind],
): TestKey & { readonly file: string } {
  const file = path.join(folder, name);
  keygen(['-q', '-t', kind, '-b', String(bits), '-N', '', '-C', name, '-f', file]);
  return { file, line: readFileSync(`${file}.pub`, 'utf8'), sign: signer(file) };
}

const signer =
  (file: string) =>
  (text: string, namespace: string = DECISION_NAMESPACE): string =>
    keygen(['-Y', 'sign', '-n', namespace, '-f', file], text);

/** The same key, carried by a certificate that `authority` signed for it. */
export function certified(key: TestKey & { readonly file: string }, authority: { readonly file: string }): TestKey {
  keygen(['-q', '-s', authority.file, '-I', 'anna', '-n', 'anna', '-V', '-1h:+52w', `${key.file}.pub`]);
  const file = `${key.file}-cert.pub`;
  return { line: readFileSync(file, 'utf8'), sign: signer(file) };
}

const part = (data: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(data);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const sha = (name: 'sha256' | 'sha512', data: Uint8Array | string): Buffer => createHash(name).update(data).digest();
/** A positive integer (RFC 4251, 5): no leading zeros but the one that keeps it positive. */
const integer = (bytes: Buffer): Buffer => {
  const start = bytes.findIndex(byte => byte !== 0);
  const bare = start === -1 ? Buffer.alloc(0) : bytes.subarray(start);
  return part((bare[0] ?? 0) > 127 ? Buffer.concat([Buffer.alloc(1), bare]) : bare);
};

/**
 * A token in software that signs as one in hardware does (PROTOCOL.u2f of OpenSSH): over the hash of the application, the
 * flags (1: somebody touched it), a counter and the hash of what is signed.
 */
export function tokenKey(kind: 'ed25519' | 'ecdsa', touched = true): TestKey {
  const pair = kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const type = kind === 'ed25519' ? 'sk-ssh-ed25519@openssh.com' : 'sk-ecdsa-sha2-nistp256@openssh.com';
  const blob = Buffer.concat([
    part(type),
    ...(kind === 'ed25519' ? [] : [part('nistp256')]),
    part(rawPublic(pair.publicKey)),
    part('ssh:'),
  ]);
  const flags = Buffer.from([touched ? 1 : 0, 0, 0, 0, 7]);
  const signed = (data: Buffer): Buffer => {
    if (kind === 'ed25519') return part(sign(null, data, pair.privateKey));
    const both = sign('sha256', data, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
    return part(Buffer.concat([integer(both.subarray(0, 32)), integer(both.subarray(32))]));
  };
  return {
    line: `${type} ${blob.toString('base64')} token\n`,
    sign: (text, namespace = DECISION_NAMESPACE) => {
      const about = [part(namespace), part(''), part('sha512')];
      const message = Buffer.concat([Buffer.from('SSHSIG'), ...about, part(sha('sha512', text))]);
      const data = Buffer.concat([sha('sha256', 'ssh:'), flags, sha('sha256', message)]);
      const signature = Buffer.concat([part(type), signed(data), flags]);
      const whole = Buffer.concat([Buffer.from('SSHSIG\0\0\0\x01', 'latin1'), part(blob), ...about, part(signature)]);
      return `-----BEGIN SSH SIGNATURE-----\n${whole.toString('base64')}\n-----END SSH SIGNATURE-----\n`;
    },
  };
}

function rawPublic(key: KeyObject): Buffer {
  const { x = '', y } = key.export({ format: 'jwk' });
  const [one, two] = [x, y].map(text => Buffer.from(text ?? '', 'base64url'));
  if (one === undefined || two === undefined) throw new Error('no such key');
  return y === undefined ? one : Buffer.concat([Buffer.from([4]), one, two]);
}

/** A key as it stands on the list of those that count. */
export function allowed(
  key: TestKey,
  name: string,
  times: Partial<Pick<AllowedKey, 'after' | 'before'>> = {},
): AllowedKey {
  const read = readPublicKey(key.line);
  if (!read.ok) throw new Error(read.failure.message);
  return { name, type: read.value.type, blob: read.value.blob, ...times };
}

export const signedBy = (key: TestKey, decision: SignedDecision): string => key.sign(decisionText(decision));

/** An armoured signature as it stands in a property. */
export const onOneLine = (armoured: string): string =>
  armoured
    .split('\n')
    .filter(line => !line.startsWith('-----'))
    .join('');

/** Writes an approval note’s signature where a person’s tool would. */
export function putSignature(text: string, signature: string): string {
  return text.replace('\ntype: approval\n', () => `\nsignature: ${signature}\ntype: approval\n`);
}
