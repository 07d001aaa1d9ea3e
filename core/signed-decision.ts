import { fail, ok, type Result } from './outcome.ts';
import { strictBase64, stringsIn } from './ssh-key.ts';

/** What a signature is for. One made for anything else (a commit, a login, a file) does not count as a decision. */
export const DECISION_NAMESPACE = 'steward-decision';

export type SignedDecision = {
  /** The id of the vault, of the action, and the digest of its envelope. */
  readonly vault: string;
  readonly action: string;
  readonly decision: 'approved' | 'rejected';
  readonly digest: string;
};

/**
 * The bytes that are signed: one reading, and good for this decision on this envelope in this vault only. Every value
 * has a fixed alphabet without white space, so that no other decision has the same text.
 */
export function decisionText({ vault, action, decision, digest }: SignedDecision): string {
  return `steward decision 1\nvault ${vault}\naction ${action}\ndecision ${decision}\ndigest ${digest}\n`;
}

/** A signature of SSH’s (SSHSIG), taken apart. */
export type SshSignature = {
  /** As `ssh-keygen -Y verify` reads it. */
  readonly armoured: string;
  /** On one line, as it stands in a property. */
  readonly line: string;
  /** The kind and the blob of the key that is said to have made it. */
  readonly keyType: string;
  readonly key: string;
  readonly namespace: string;
  /** False where a token signed and nobody touched it: any program could have asked it to. */
  readonly isTouched: boolean;
};

/** Longest signature that is read, in characters: RSA with 16,384 bits takes under 7,000. */
const LONGEST = 16_384;
const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';
/** What a token adds at the end of its signature: a byte of flags and a counter of four (PROTOCOL.u2f of OpenSSH). */
const TOKEN_TAIL = 5;
const MAGIC = Buffer.from('SSHSIG\0\0\0\x01', 'latin1');

/**
 * Reads one signature, armoured or as one line of base64 (PROTOCOL.sshsig of OpenSSH). Strict: what is behind it, before
 * it or left over makes it none. Says nothing about whether it is true.
 */
export function readSshSignature(text: string): Result<SshSignature> {
  if (text.length > LONGEST) return fail('invalid', 'The signature is far too long.');
  const bare = text.replaceAll('\r\n', '\n').trim();
  const isArmoured = bare.startsWith(BEGIN) && bare.endsWith(END);
  const base64 = (isArmoured ? bare.slice(BEGIN.length, -END.length) : bare).replaceAll(/[\n ]/g, '');
  if (base64.includes('-----')) return fail('invalid', 'There is more than one signature, or something around it.');
  const bytes = strictBase64(base64);
  if (bytes === undefined || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    return fail('invalid', 'The signature cannot be read.');
  }
  const fields = stringsIn(bytes.subarray(MAGIC.length));
  const [key, namespace, reserved, hash, signature] = fields ?? [];
  if (fields?.length !== 5 || key === undefined || reserved?.length !== 0) {
    return fail('invalid', 'The signature is damaged, or there is something behind it.');
  }
  if (!['sha256', 'sha512'].includes(String(hash))) return fail('invalid', 'The signature uses an unknown hash.');
  const lines = base64.match(/.{1,70}/g) ?? [];
  const keyType =
    key.length < 4
      ? ''
      : key
          .subarray(4, 4 + key.readUInt32BE(0))
          .toString('latin1')
          .slice(0, 100);
  return ok({
    armoured: [BEGIN, ...lines, END, ''].join('\n'),
    line: base64,
    keyType,
    key: key.toString('base64'),
    namespace: String(namespace),
    isTouched: !keyType.startsWith('sk-') || ((signature?.at(-TOKEN_TAIL) ?? 0) & 1) === 1,
  });
}
