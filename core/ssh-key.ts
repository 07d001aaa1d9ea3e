import { sha256 } from './digest.ts';
import { fail, ok, type Result } from './outcome.ts';

/** A public key of SSH’s: its algorithm, and its blob (RFC 4253, 6.6) in base64. */
export type PublicKey = {
  readonly type: string;
  readonly blob: string;
  /** What stands behind the key in its file: for the person only. */
  readonly comment: string;
};

/** The algorithms whose signatures count. `sk-` keys live in hardware: the private half cannot be copied. */
const TYPES: readonly string[] = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
];
/** Bits below which an RSA key no longer proves anything (NIST SP 800-131A). */
const LEAST_RSA = 2048;

/** `SHA256:…`, the way every tool of SSH’s shows a key. */
export function fingerprintOf(blob: string): string {
  const hash = Buffer.from(sha256(Buffer.from(blob, 'base64')), 'hex').toString('base64');
  return `SHA256:${hash.replace(/=+$/, '')}`;
}

/** The strings (RFC 4251, 5) that bytes consist of; undefined where they do not. */
export function stringsIn(bytes: Buffer): readonly Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    found.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return found;
}

/** Bytes from base64 that has one reading: no stray characters, no bits left over. */
export function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return text !== '' && bytes.toString('base64') === text ? bytes : undefined;
}

/** Reads the text of a `.pub` file: one plain key, never a private one, a certificate, or a line with options. */
export function readPublicKey(text: string): Result<PublicKey> {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY|PuTTY-User-Key-File/.test(text)) {
    return fail(
      'denied',
      'This is a private key. It was not kept, and nobody but you should ever have it.',
      'Give the public half: the file of the same name that ends in .pub.',
    );
  }
  const lines = text.split('\n').filter(line => line.trim() !== '' && !line.startsWith('#'));
  const [line] = lines;
  const mend = 'It is one line that begins with the kind of key, as `ssh-keygen` writes it into a .pub file.';
  if (line === undefined || lines.length > 1) return fail('invalid', 'The file does not hold exactly one key.', mend);
  const [, type = '', blob = '', comment = ''] = /^(\S+)[ \t]+(\S+)(?:[ \t]+(.*?))?\s*$/.exec(line) ?? [];
  if (type.includes('-cert-')) {
    return fail('denied', 'This is a certificate: whoever signed it could make more of them.', 'Give the key itself.');
  }
  if (!TYPES.includes(type)) {
    return fail('invalid', 'This is no public key of a kind that can sign.', `Known: ${TYPES.join(', ')}. ${mend}`);
  }
  const key = { type, blob, comment: comment.slice(0, 100) };
  const broken = faultOf(key);
  return broken === undefined ? ok(key) : broken;
}

function faultOf({ type, blob }: PublicKey): ReturnType<typeof fail> | undefined {
  const fields = stringsIn(strictBase64(blob) ?? Buffer.alloc(1));
  if (fields === undefined || fields.length < 2 || fields[0]?.toString('latin1') !== type) {
    return fail('invalid', 'The public key is damaged.', 'Copy the whole line again.');
  }
  const [, , modulus] = fields;
  if (type !== 'ssh-rsa' || bitsOf(modulus) >= LEAST_RSA) return undefined;
  const why = `This RSA key has ${bitsOf(modulus)} bits, which is too few.`;
  return fail('denied', why, 'Make a new one: ssh-keygen -t ed25519');
}

function bitsOf(modulus: Buffer | undefined): number {
  const digits = (modulus?.toString('hex') ?? '').replace(/^0+/, '');
  return digits === '' ? 0 : (digits.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(digits.charAt(0), 16)));
}

/** What the text of a private key’s file tells without a passphrase: whether it needs one, and whose key it is. */
export type PrivateKey = { readonly isEncrypted: boolean; readonly blob: string | undefined };

const OPENSSH = 'openssh-key-v1\0';

/** Looks at a private key’s file without using the key; undefined where it is none (PROTOCOL.key of OpenSSH). */
export function lookAtPrivateKey(text: string): PrivateKey | undefined {
  const [, kind = '', body = ''] = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----\s([\s\S]*?)-----END/.exec(text) ?? [];
  if (kind === '') return undefined;
  if (kind !== 'OPENSSH PRIVATE KEY') return { isEncrypted: /ENCRYPTED/.test(text), blob: undefined };
  const bytes = Buffer.from(body, 'base64');
  const fields: Buffer[] = [];
  let at = OPENSSH.length;
  // Cipher, key derivation and its options, then how many keys there are, then the public half.
  for (let field = 0; field < 4 && at + 4 <= bytes.length; field += 1) {
    if (field === 3) at += 4;
    if (at + 4 > bytes.length) break;
    const end = at + 4 + bytes.readUInt32BE(at);
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  const [cipher, , , half] = fields;
  return { isEncrypted: cipher?.toString('latin1') !== 'none', blob: half?.toString('base64') };
}
