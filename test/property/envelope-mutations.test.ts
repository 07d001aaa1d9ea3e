import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseApproval, renderApproval } from '../../core/approval-note.ts';
import { canonicalJson, type Json } from '../../core/digest.ts';
import { Envelope, envelopeDigest } from '../../core/envelope.ts';
import { type Grant, GrantChecker, publicHalf, signGrant } from '../../core/grant.ts';
import { readSshSignature } from '../../core/signed-decision.ts';
import { anyEnvelope, envelopeWith, nastyJson } from '../helpers/any-envelope.ts';

const IS_LONG = process.env.STEWARD_TEST_LONG === '1';
const RUNS = IS_LONG ? 2_000_000 : 100_000;
const NOW = 5000;
const KEY = generateKeyPairSync('ed25519').privateKey;
const PUBLIC = publicHalf(KEY);

type Approved = {
  readonly envelope: Envelope;
  readonly grant: Grant;
  readonly texts: readonly [string, string, string];
};
const POOL: readonly Approved[] = [
  envelopeWith(),
  envelopeWith({ signature: 'required', vault: '0123456789abcdef', source: 'person', reasons: ['why'] }),
  ...fc.sample(anyEnvelope, { numRuns: 30, seed: 11 }),
].map(envelope => {
  const grant = signGrant(KEY, envelope, 1, NOW);
  return { envelope, grant, texts: [canonicalJson(envelope), canonicalJson(envelope.arguments), canonicalJson(grant)] };
});

/** A generator of numbers that is fast and the same on every machine (xorshift32). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const PIECES = [
  '"',
  ',',
  ':',
  '{',
  '}',
  '[',
  ']',
  '\\',
  ' ',
  '\n',
  '0',
  '1',
  '-',
  '.0',
  'e0',
  'null',
  'true',
  '\\u0061',
  '\u0301',
  '\u200b',
];
type Mutation = (text: string, pick: (below: number) => number) => string;
const MUTATIONS: readonly Mutation[] = [
  // One character becomes another.
  (text, pick) => {
    const at = pick(text.length);
    return text.slice(0, at) + String.fromCharCode(32 + pick(95)) + text.slice(at + 1);
  },
  // One bit turns.
  (text, pick) => {
    const at = pick(text.length);
    return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << pick(7))) + text.slice(at + 1);
  },
  (text, pick) => {
    const at = pick(text.length);
    return text.slice(0, at) + text.slice(at + 1);
  },
  (text, pick) => {
    const at = pick(text.length + 1);
    return text.slice(0, at) + (PIECES[pick(PIECES.length)] ?? '') + text.slice(at);
  },
  (text, pick) => {
    const at = pick(text.length - 1);
    return text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2);
  },
  (text, pick) => {
    const at = pick(text.length);
    return text.slice(0, at) + text.charAt(at) + text.slice(at);
  },
  // One value, or one name, becomes another one’s, an empty one, or one in the other case.
  (text, pick) => swapString(text, pick),
  // One name and its value more, at the beginning or the end.
  (text, pick) => {
    const more = `"${['extra', 'zone', 'id', 'nonce', '__proto__', 'attempt', 'to'][pick(7)]}":${['1', '"green"', 'null', '{}'][pick(4)]}`;
    return pick(2) === 0 ? text.replace(/^\{/, () => `{${more},`) : text.replace(/\}$/, () => `,${more}}`);
  },
];

function swapString(text: string, pick: (below: number) => number): string {
  const strings = [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)];
  const one = strings[pick(Math.max(1, strings.length))];
  if (one === undefined) return text;
  const other = strings[pick(strings.length)]?.[0] ?? '""';
  const into = [other, '""', one[0].toUpperCase(), one[0].toLowerCase(), `${one[0].slice(0, -1)} "`][pick(5)] ?? '""';
  return text.slice(0, one.index) + into + text.slice(one.index + one[0].length);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

test('no single mutation of an approved envelope, of its arguments or its grant is let through, unless it means the same', () => {
  const pick = numbersFrom(20_261_121);
  const seen = { unreadable: 0, refused: 0, same: 0 };
  let checker = new GrantChecker(PUBLIC, 0);
  for (let run = 0; run < RUNS; run += 1) {
    const { envelope, grant, texts } = POOL[pick(POOL.length)] ?? assert.fail();
    const part = pick(4);
    const which = part === 3 ? 0 : part;
    const before = texts[which] ?? assert.fail();
    const after = MUTATIONS[pick(MUTATIONS.length)]?.(before, pick) ?? assert.fail();
    const value = parse(after);
    if (value === undefined) {
      seen.unreadable += 1;
      continue;
    }
    const given = [envelope, envelope.arguments, grant].map((known, index) => (index === which ? value : known));
    const asked = {
      server: envelope.server,
      tool: envelope.tool,
      envelope: given[0],
      arguments: given[1],
      grant: given[2],
    };
    const admitted = checker.admit(asked, NOW);
    if (!admitted.ok) {
      seen.refused += 1;
      continue;
    }
    seen.same += 1;
    checker = new GrantChecker(PUBLIC, 0);
    assert.equal(canonicalJson(admitted.value), texts[0], `what is let through is what was approved: ${after}`);
    if (which === 1) assert.equal(canonicalJson(asJson(value)), before, after);
    if (which === 2) {
      const bytes = (text: string): string => Buffer.from(text, 'base64').toString('hex');
      const { signature, ...rest } = grantIn(value);
      assert.deepEqual(
        { ...rest, signature: bytes(signature) },
        { ...grant, signature: bytes(grant.signature) },
        after,
      );
    }
  }
  assert.equal(seen.unreadable + seen.refused + seen.same, RUNS);
  assert.ok(seen.refused > RUNS / 4 && seen.same > RUNS / 1000 && seen.same < RUNS / 4, JSON.stringify(seen));
});

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value));
const grantIn = (value: unknown): Grant => JSON.parse(JSON.stringify(value));

/** The same JSON in another spelling: names in another order, white space, escapes, numbers written otherwise. */
function respell(value: Json, pick: (below: number) => number): string {
  const space = (): string => [' ', '\n', '\t', '\r\n', ''][pick(5)] ?? '';
  if (Array.isArray(value))
    return `[${space()}${value.map(one => respell(one, pick)).join(`${space()},${space()}`)}${space()}]`;
  if (typeof value === 'string') return respellText(value, pick);
  if (typeof value === 'number') return respellNumber(value, pick);
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value)
    .map(entry => ({ entry, order: pick(1000) }))
    .sort((a, b) => a.order - b.order)
    .map(({ entry: [name, inner] }) => `${respellText(name, pick)}${space()}:${space()}${respell(inner, pick)}`);
  return `{${space()}${entries.join(`${space()},`)}${space()}}`;
}

const escaped = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;
const respellText = (text: string, pick: (below: number) => number): string =>
  `"${text
    .split('')
    .map(unit => (pick(3) === 0 ? escaped(unit.charCodeAt(0)) : JSON.stringify(unit).slice(1, -1)))
    .join('')}"`;

function respellNumber(value: number, pick: (below: number) => number): string {
  const plain = JSON.stringify(value);
  const forms = [plain, `${plain}${/[.e]/.test(plain) ? '' : '.0'}`, `${plain}${plain.includes('e') ? '' : 'e0'}`];
  return forms[pick(forms.length)] ?? plain;
}

test('a re-encoding that means the same keeps the digest: order of names, white space, escapes, numbers; in the note CRLF', () => {
  const pick = numbersFrom(7);
  fc.assert(
    fc.property(anyEnvelope, nastyJson, (one, more) => {
      const envelope = Envelope.parse({ ...one, arguments: { ...one.arguments, more } });
      const text = respell(asJson(envelope), pick);
      const again = Envelope.parse(JSON.parse(text));
      assert.equal(envelopeDigest(again), envelopeDigest(envelope), text);
      const note = renderApproval(envelope);
      for (const spelled of [note.replaceAll('\n', '\r\n'), `\ufeff${note}`]) {
        const read = parseApproval(spelled);
        assert.ok(read.ok);
        // A value with line ends of its own keeps them only where they are written as escapes.
        if (!note.includes('\r')) assert.equal(envelopeDigest(read.value.envelope), envelopeDigest(envelope));
      }
    }),
    { numRuns: IS_LONG ? 20_000 : 1000, seed: 3 },
  );
});

test('letters that only look the same are different: composed and decomposed text, other scripts, other spaces', () => {
  const said = (to: string): string => envelopeDigest(envelopeWith({ arguments: { to } }));
  const alike = [
    'é',
    'e\u0301',
    'Å',
    '\u212b',
    'ﬁ',
    'fi',
    'a b',
    'a\u00a0b',
    'a\u2003b',
    'a',
    'а',
    'A',
    '\ufeffa',
    'a\u200b',
  ];
  assert.equal(new Set(alike.map(said)).size, alike.length);
  for (const text of alike) {
    const read = parseApproval(renderApproval(envelopeWith({ arguments: { to: text } })));
    assert.ok(read.ok && envelopeDigest(read.value.envelope) === said(text), JSON.stringify(text));
  }
});

test('no single bit of a signature can turn without its key, its purpose or its signed part being another, or none', () => {
  const part = (data: Uint8Array | string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(data));
    return Buffer.concat([length, Buffer.from(data)]);
  };
  const key = Buffer.concat([part('ssh-ed25519'), part(Buffer.alloc(32, 7))]);
  const signed = Buffer.concat([part('ssh-ed25519'), part(Buffer.alloc(64, 9))]);
  const fields = [key, 'steward-decision', '', 'sha512', signed].map(part);
  const blob = Buffer.concat([Buffer.from('SSHSIG\0\0\0\x01', 'latin1'), ...fields]);
  const whole = readSshSignature(blob.toString('base64'));
  assert.ok(whole.ok);
  let kept = 0;
  for (let bit = 0; bit < blob.length * 8; bit += 1) {
    const turned = Buffer.from(blob);
    turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const read = readSshSignature(turned.toString('base64'));
    if (!read.ok) continue;
    if (read.value.key !== whole.value.key || read.value.namespace !== whole.value.namespace) continue;
    assert.notEqual(read.value.line, whole.value.line);
    assert.ok(bit >> 3 >= blob.length - signed.length, `bit ${bit} changes nothing that is checked`);
    kept += 1;
  }
  assert.ok(kept <= signed.length * 8, 'only the signed part is left to ssh-keygen');
});
