import type { Envelope } from '../../core/envelope.ts';
import { DECISION_NAMESPACE, decisionText } from '../../core/signed-decision.ts';
import type { Proposed } from './signed-executor.ts';
import { onOneLine, signedBy, type TestKey } from './ssh.ts';

/** What a forger has at hand: everything but the private half of a key that counts. */
export type AtHand = Proposed & {
  /** Another open action in the same vault. */
  readonly other: Proposed;
  /** A key that counts. What it signs in here is what its owner may have signed for another purpose. */
  readonly anna: TestKey;
  readonly stranger: TestKey;
  readonly revoked: TestKey;
  readonly expired: TestKey;
  readonly early: TestKey;
  /** A certificate over anna’s key, and one over a stranger’s key by an authority whose own key counts. */
  readonly certified: TestKey;
  readonly vouched: TestKey;
  /** A token that counts, asked by a program while nobody touched it. */
  readonly untouched: TestKey;
};
export type SignedForgery = {
  /** Why it is only wanted, as the person reads it. */
  readonly why: RegExp;
  /** The value of the note’s property `signature`, as YAML. */
  readonly make: (hand: AtHand) => string;
};

const NOT_OVER = /is not over this decision on this action/;
const NOT_ALLOWED = /by a key that is not allowed/;
const UNREADABLE = /cannot be read|damaged, or there is something behind it/;
const AROUND = /more than one signature, or something around it/;
const PURPOSE = /was made for “.*”, not for a decision/;

const over =
  (text: (hand: AtHand) => string, namespace?: string): SignedForgery['make'] =>
  hand =>
    onOneLine(hand.anna.sign(text(hand), namespace));
const by =
  (who: 'stranger' | 'revoked' | 'expired' | 'early' | 'certified' | 'vouched' | 'untouched'): SignedForgery['make'] =>
  hand =>
    onOneLine(signedBy(hand[who], hand.decision('approved')));
const right = ({ anna, decision }: AtHand): string => onOneLine(signedBy(anna, decision('approved')));
/** The right signature with its bytes changed. */
const bent =
  (change: (bytes: Buffer) => Buffer): SignedForgery['make'] =>
  hand =>
    change(Buffer.from(right(hand), 'base64')).toString('base64');
const rightText = ({ decision }: AtHand): string => decisionText(decision('approved'));
const changed = (part: Partial<Envelope>): SignedForgery['make'] =>
  over(({ decision }) => decisionText(decision('approved', part)));

const string = (data: Uint8Array | string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(data));
  return Buffer.concat([length, Buffer.from(data)]);
};
/** Replaces one field of a signature’s outermost layer by another. */
function withField(bytes: Buffer, index: number, value: Buffer | string): Buffer {
  let at = 10;
  for (let field = 0; field < index; field += 1) at += 4 + bytes.readUInt32BE(at);
  const end = at + 4 + bytes.readUInt32BE(at);
  return Buffer.concat([bytes.subarray(0, at), string(value), bytes.subarray(end)]);
}
function fieldOf(bytes: Buffer, index: number): Buffer {
  let at = 10;
  for (let field = 0; field < index; field += 1) at += 4 + bytes.readUInt32BE(at);
  return bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at));
}

/** What somebody might try who can write any note into the vault, by name. */
export const SIGNED_FORGERIES: Readonly<Record<string, SignedForgery>> = {
  'the signature of another action': {
    why: NOT_OVER,
    make: over(({ other }) => decisionText(other.decision('approved'))),
  },
  'the signature of another vault': {
    why: NOT_OVER,
    make: over(({ decision }) => decisionText({ ...decision('approved'), vault: 'f'.repeat(16) })),
  },
  'the signature of a no': { why: NOT_OVER, make: over(({ decision }) => decisionText(decision('rejected'))) },
  'a signature over an old digest: other words': { why: NOT_OVER, make: changed({ arguments: { text: 'Hello.' } }) },
  'a signature over an old digest: another nonce': { why: NOT_OVER, make: changed({ nonce: 'e'.repeat(32) }) },
  'a signature over an old digest: another account': { why: NOT_OVER, make: changed({ account: 'me@example.test' }) },
  'a signature over an old digest: another policy': { why: NOT_OVER, make: changed({ policy: 'd'.repeat(64) }) },
  'a signature over an old digest: a later end': {
    why: NOT_OVER,
    make: changed({ expires: '2099-01-01T00:00:00.000Z' }),
  },
  'a signature over the digest alone': { why: NOT_OVER, make: over(({ decision }) => decision('approved').digest) },
  'a signature over nothing': { why: NOT_OVER, make: over(() => '') },
  'a signature over a later format of the text': {
    why: NOT_OVER,
    make: over(hand => rightText(hand).replace('decision 1', 'decision 2')),
  },
  'a signature over the text with CRLF': {
    why: NOT_OVER,
    make: over(hand => rightText(hand).replaceAll('\n', '\r\n')),
  },
  'a signature over the text without its last line end': {
    why: NOT_OVER,
    make: over(hand => rightText(hand).trimEnd()),
  },
  'a signature over the text and more': { why: NOT_OVER, make: over(hand => `${rightText(hand)}decision rejected\n`) },
  'a signature over the text in capitals': { why: NOT_OVER, make: over(hand => rightText(hand).toUpperCase()) },
  'the signature of a file': { why: PURPOSE, make: over(rightText, 'file') },
  'the signature of a commit': { why: PURPOSE, make: over(rightText, 'git') },
  'the signature for a purpose that only begins alike': {
    why: PURPOSE,
    make: over(rightText, `${DECISION_NAMESPACE}s`),
  },
  'the signature of a file that calls itself a decision’s': {
    why: NOT_OVER,
    make: hand =>
      withField(
        Buffer.from(onOneLine(hand.anna.sign(rightText(hand), 'file')), 'base64'),
        1,
        DECISION_NAMESPACE,
      ).toString('base64'),
  },
  'a key that is not allowed': { why: NOT_ALLOWED, make: by('stranger') },
  'a key that was revoked': { why: NOT_ALLOWED, make: by('revoked') },
  'a key whose time is over': { why: /counted only until/, make: by('expired') },
  'a key whose time has not begun': { why: /counts only from/, make: by('early') },
  'an allowed key inside a certificate': { why: /by a certificate, and only keys count/, make: by('certified') },
  'a certificate by an authority whose key is allowed': {
    why: /by a certificate, and only keys count/,
    make: by('vouched'),
  },
  'a token that nobody touched': { why: /without a touch of the token/, make: by('untouched') },
  'a stranger’s signature under the name of an allowed key': {
    why: NOT_OVER,
    make: hand => {
      const [theirs, hers] = [by('stranger')(hand), right(hand)].map(text => Buffer.from(text, 'base64'));
      return withField(theirs ?? Buffer.alloc(0), 0, fieldOf(hers ?? Buffer.alloc(0), 0)).toString('base64');
    },
  },
  'a stranger’s signature with an allowed key behind its own': {
    why: UNREADABLE,
    make: hand =>
      Buffer.from(`${by('stranger')(hand)}`, 'base64')
        .toString('base64')
        .replace(/=*$/, '') + right(hand),
  },
  'a signature cut short': { why: UNREADABLE, make: hand => right(hand).slice(0, -8) },
  'a signature whose beginning is missing': { why: UNREADABLE, make: hand => right(hand).slice(8) },
  'half a signature': { why: UNREADABLE, make: hand => right(hand).slice(0, 120) },
  'an armour that is not closed': {
    why: AROUND,
    make: hand => `|\n  ${signedBy(hand.anna, hand.decision('approved')).trim().split('\n').slice(0, -1).join('\n  ')}`,
  },
  'two signatures in one armour after the other': {
    why: AROUND,
    make: hand => `|\n  ${signedBy(hand.anna, hand.decision('approved')).trim().repeat(2).replaceAll('\n', '\n  ')}`,
  },
  'two signatures on one line': { why: UNREADABLE, make: hand => right(hand) + right(hand) },
  'a signature with words before it': { why: UNREADABLE, make: hand => `approved ${right(hand)}` },
  'a signature with bytes behind it': { why: UNREADABLE, make: bent(bytes => Buffer.concat([bytes, Buffer.alloc(3)])) },
  'a signature with its first bit turned': {
    why: UNREADABLE,
    make: bent(bytes => Buffer.concat([Buffer.from([(bytes[0] ?? 0) ^ 1]), bytes.subarray(1)])),
  },
  'a signature with its last bit turned': {
    why: NOT_OVER,
    make: bent(bytes => Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])])),
  },
  'a signature of all zeros': {
    why: NOT_OVER,
    make: bent(bytes => Buffer.concat([bytes.subarray(0, -64), Buffer.alloc(64)])),
  },
  'a signature without a signature': { why: NOT_OVER, make: bent(bytes => withField(bytes, 4, '')) },
  'a signature in another version of the form': {
    why: UNREADABLE,
    make: bent(bytes => Buffer.concat([bytes.subarray(0, 9), Buffer.from([2]), bytes.subarray(10)])),
  },
  'a signature with its reserved field used': { why: UNREADABLE, make: bent(bytes => withField(bytes, 2, 'x')) },
  'a signature by a hash that is broken': { why: /unknown hash/, make: bent(bytes => withField(bytes, 3, 'sha1')) },
  'a signature by another hash than it says': { why: NOT_OVER, make: bent(bytes => withField(bytes, 3, 'sha256')) },
  'a huge blob': { why: /far too long/, make: () => 'QUJD'.repeat(12_000) },
  'a huge length inside': {
    why: UNREADABLE,
    make: bent(bytes => Buffer.concat([bytes.subarray(0, 10), Buffer.alloc(4, 255), bytes.subarray(14)])),
  },
  'the alphabet of URLs': {
    why: UNREADABLE,
    make: hand => right(hand).replace(/[A-Z]/, '-').replace(/[a-z]/, '_'),
  },
  'a word': { why: UNREADABLE, make: () => 'approved' },
  'a number': { why: UNREADABLE, make: () => '42' },
  'yes in YAML': { why: UNREADABLE, make: () => 'true' },
  'a list': { why: UNREADABLE, make: hand => `["${right(hand)}"]` },
  'a mapping': { why: UNREADABLE, make: hand => `{ ssh: "${right(hand)}" }` },
  'a path to a signature': { why: UNREADABLE, make: () => '/tmp/signature.sig' },
  'an option of ssh-keygen': { why: UNREADABLE, make: () => '"-f /etc/passwd"' },
  'a command of the shell': { why: UNREADABLE, make: () => '"$(touch /tmp/steward-forged)"' },
  'a signature of PGP': {
    why: AROUND,
    make: () => '"-----BEGIN PGP SIGNATURE----- iQ -----END PGP SIGNATURE-----"',
  },
  'the public key itself': { why: UNREADABLE, make: ({ anna }) => anna.line.split(' ')[1] ?? '' },
  'a kind of signature that is not there yet': {
    why: /of the kind “passkey” are not known/,
    make: hand => `passkey:${right(hand)}`,
  },
};
