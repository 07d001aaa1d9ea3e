import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { keysCalled, outOfTime, renderAllowedSigners, SignerName, withKey } from '../../core/allowed-signers.ts';
import { DECISION_NAMESPACE, decisionText, readSshSignature } from '../../core/signed-decision.ts';
import { fingerprintOf, lookAtPrivateKey, readPublicKey } from '../../core/ssh-key.ts';
import { verifySignature } from '../../core/ssh-keygen.ts';
import { allowed, certified, FILE_KINDS, fileKey, onOneLine, type TestKey, tokenKey } from '../helpers/ssh.ts';
import { TempFolder } from '../helpers/temp.ts';

const DECISION = {
  vault: '0'.repeat(16),
  action: 'file-0123456789ab-a1',
  decision: 'approved',
  digest: 'a'.repeat(64),
} as const;

/** Whether what a key signed is found good, by way of our own reading and of ssh-keygen. */
async function isGood(key: TestKey, folder: string, text = decisionText(DECISION)): Promise<boolean> {
  const read = readSshSignature(key.sign(decisionText(DECISION)));
  assert.ok(read.ok);
  const { name, type, blob } = allowed(key, 'anna');
  assert.equal(read.value.key, blob);
  const check = { text, armoured: read.value.armoured, namespace: DECISION_NAMESPACE, name, type, key: blob };
  return (await verifySignature(check, folder)).ok;
}

test('the text of a decision is exactly what the format says', () => {
  const lines = ['steward decision 1', `vault ${DECISION.vault}`, 'action file-0123456789ab-a1', 'decision approved'];
  assert.equal(decisionText(DECISION), [...lines, `digest ${DECISION.digest}`, ''].join('\n'));
});

test('keys of every kind sign: from files, and from tokens that keep their private half', async () => {
  using folder = new TempFolder();
  const kinds = Object.keys(FILE_KINDS).filter(kind => kind in FILE_KINDS);
  assert.equal(kinds.length, 3);
  const keys: TestKey[] = [
    fileKey(folder.path, 'one'),
    fileKey(folder.path, 'two', 'rsa'),
    fileKey(folder.path, 'three', 'ecdsa'),
    fileKey(folder.path, 'four', 'ecdsa', 521),
    tokenKey('ed25519'),
    tokenKey('ecdsa'),
  ];
  for (const key of keys) {
    assert.ok(await isGood(key, folder.path), key.line);
    assert.ok(!(await isGood(key, folder.path, `${decisionText(DECISION)} `)), key.line);
  }
});

test('a private key is refused with words and without being shown, whatever form it has', () => {
  using folder = new TempFolder();
  const { file } = fileKey(folder.path, 'anna');
  for (const text of [
    readFileSync(file, 'utf8'),
    '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n',
    '-----BEGIN ENCRYPTED PRIVATE KEY-----\nabc\n',
    'PuTTY-User-Key-File-3: ssh-ed25519\n',
    `ssh-ed25519 AAAA anna\n${readFileSync(file, 'utf8')}`,
  ]) {
    const read = readPublicKey(text);
    assert.ok(!read.ok);
    assert.match(read.failure.message, /This is a private key/);
    assert.ok(!JSON.stringify(read.failure).includes('abc'));
  }
});

test('what is no plain public key of one person is refused: certificates, options, weak keys, several, damage', () => {
  using folder = new TempFolder();
  const anna = fileKey(folder.path, 'anna');
  const cert = certified(anna, fileKey(folder.path, 'authority'));
  const weak = fileKey(folder.path, 'weak', 'rsa', 1024);
  const line = anna.line.trim();
  const [type = '', blob = ''] = line.split(' ');
  const wrong: Record<string, RegExp> = {
    '': /exactly one key/,
    [cert.line]: /certificate/,
    [`cert-authority ${line}`]: /no public key of a kind/,
    [`command="x" ${line}`]: /no public key of a kind/,
    [`${line}\n${line}`]: /exactly one key/,
    [weak.line]: /1024 bits/,
    [`ssh-rsa ${blob}`]: /damaged/,
    [`${type} ${blob.slice(0, -8)}`]: /damaged/,
    [`${type} ${blob}AAAA`]: /damaged/,
    [`${type} ${'!'.repeat(40)}`]: /damaged/,
    [`ssh-dss ${blob}`]: /no public key of a kind/,
    'hello there': /no public key of a kind/,
  };
  for (const [text, why] of Object.entries(wrong)) {
    const read = readPublicKey(text);
    assert.ok(!read.ok, text);
    assert.match(read.failure.message, why, text);
  }
  const read = readPublicKey(`# mine\n\n${line}\r\n`);
  assert.ok(read.ok && read.value.comment === 'anna');
});

test('a fingerprint is the one that ssh-keygen shows', () => {
  using folder = new TempFolder();
  const anna = fileKey(folder.path, 'anna');
  const blob = anna.line.split(' ')[1] ?? '';
  const shown = spawnSync('ssh-keygen', ['-l', '-f', `${anna.file}.pub`], { encoding: 'utf8' }).stdout;
  assert.equal(shown.split(' ')[1], fingerprintOf(blob));
});

test('a signature is read in one way only: armoured, with CRLF or on one line it is the same, and nothing may surround it', () => {
  using folder = new TempFolder();
  const armoured = fileKey(folder.path, 'anna').sign('x');
  const read = readSshSignature(armoured);
  assert.ok(read.ok);
  for (const same of [
    armoured.replaceAll('\n', '\r\n'),
    onOneLine(armoured),
    `\n ${armoured} \n`,
    read.value.armoured,
  ]) {
    const again = readSshSignature(same);
    assert.ok(again.ok, same);
    assert.deepEqual(again.value, read.value);
  }
  const line = onOneLine(armoured);
  const bytes = Buffer.from(line, 'base64');
  for (const other of [
    '',
    armoured + armoured,
    `${armoured}x`,
    `x${armoured}`,
    line.slice(0, -4),
    line.slice(4),
    `${line}AAAA`,
    line.replace('A', '-'),
    Buffer.concat([bytes, Buffer.from([0, 0, 0, 0])]).toString('base64'),
    Buffer.concat([bytes.subarray(0, 9), Buffer.from([2]), bytes.subarray(10)]).toString('base64'),
    'A'.repeat(20_000),
    Buffer.alloc(9000, 255).toString('base64'),
  ]) {
    assert.ok(!readSshSignature(other).ok, other.slice(0, 60));
  }
});

test('the list of keys is one that ssh-keygen reads, with its namespace and its times, and names nobody by a pattern', () => {
  using folder = new TempFolder();
  const anna = fileKey(folder.path, 'anna');
  const key = allowed(anna, 'anna', { after: '2026-11-21T10:15:00.000Z', before: '2027-01-31T00:00:00.000Z' });
  const [head = '', line = '', ...more] = renderAllowedSigners([key]).split('\n');
  assert.deepEqual(more, ['']);
  assert.match(head, /^# /);
  const times = 'valid-after="20261121101500Z",valid-before="20270131000000Z"';
  assert.equal(line, `anna namespaces="steward-decision",${times} ${key.type} ${key.blob}`);
  assert.equal(outOfTime(key, new Date('2026-11-21T10:14:59.999Z'))?.includes('only from'), true);
  assert.equal(outOfTime(key, new Date('2026-11-21T10:15:00.000Z')), undefined);
  assert.equal(outOfTime(key, new Date('2027-01-30T23:59:59.999Z')), undefined);
  assert.equal(outOfTime(key, new Date('2027-01-31T00:00:00.000Z'))?.includes('only until'), true);
  const [list, signature] = [path.join(folder.path, 'list'), path.join(folder.path, 'x.sig')];
  writeFileSync(list, renderAllowedSigners([key]));
  writeFileSync(signature, anna.sign('x'));
  const found = (time: string): string =>
    spawnSync('ssh-keygen', ['-Y', 'find-principals', '-f', list, '-s', signature, `-Overify-time=${time}`], {
      encoding: 'utf8',
    }).stdout.trim();
  assert.deepEqual(['20261001', '20261201', '20270301'].map(found), ['', 'anna', ''], 'ssh-keygen reads it so, too');
  for (const pattern of ['*', 'a*', '!anna', 'anna,ben', 'a b', '', '-x', '#x', 'a"b', 'a\nb', 'x'.repeat(81)]) {
    assert.ok(!SignerName.safeParse(pattern).success, pattern);
  }
  const other = { ...key, name: 'ben' };
  assert.deepEqual(withKey([key], other), [other], 'a key stands there once');
  assert.deepEqual(keysCalled([key], fingerprintOf(key.blob)), [key]);
  assert.deepEqual(keysCalled([key], 'ann'), []);
});

test('a private key’s file tells whose it is and whether it is open, and no secret of it is looked at', () => {
  using folder = new TempFolder();
  const anna = fileKey(folder.path, 'anna');
  const { blob } = allowed(anna, 'anna');
  assert.deepEqual(lookAtPrivateKey(readFileSync(anna.file, 'utf8')), { isEncrypted: false, blob });
  spawnSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'open sesame', '-f', anna.file]);
  assert.deepEqual(lookAtPrivateKey(readFileSync(anna.file, 'utf8')), { isEncrypted: true, blob });
  assert.equal(lookAtPrivateKey(anna.line), undefined);
  const pem = (extra: string): string =>
    `-----BEGIN RSA PRIVATE KEY-----\n${extra}AAAA\n-----END RSA PRIVATE KEY-----\n`;
  assert.equal(lookAtPrivateKey(pem(''))?.isEncrypted, false);
  assert.equal(lookAtPrivateKey(pem('Proc-Type: 4,ENCRYPTED\n\n'))?.isEncrypted, true);
  assert.doesNotThrow(() =>
    lookAtPrivateKey('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----'),
  );
});
