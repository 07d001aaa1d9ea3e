import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { ensureNodeKey, nodeKeyFile, readNodeKey } from '../../core/node-key.ts';
import { type NodeStatement, signAsNode, verifyNode } from '../../core/node-signature.ts';
import { DECISION_NAMESPACE, readSshSignature } from '../../core/signed-decision.ts';
import { signQuietly } from '../../core/ssh-keygen.ts';
import type { Peers } from '../../core/sync-settings.ts';
import { fileKey } from '../helpers/ssh.ts';
import { TempFolder } from '../helpers/temp.ts';

const STATEMENT: NodeStatement = {
  vault: '0123456789abcdef',
  node: 'cloud',
  about: 'proposal',
  digest: 'a'.repeat(64),
};

type Made = { readonly file: string; readonly peers: Peers; readonly tmp: string };

function madeIn(root: string): Made {
  const where = { root, tmp: root };
  const file = nodeKeyFile(where, undefined);
  const key = ensureNodeKey(file, 'cloud', where);
  assert.ok(key.ok);
  const peers: Peers = { cloud: { key: readFileSync(`${file}.pub`, 'utf8').trim(), role: 'cloud' } };
  return { file, peers, tmp: root };
}

async function signed(statement: NodeStatement, { file }: Made): Promise<string> {
  const made = await signAsNode(statement, file);
  assert.ok(made.ok, JSON.stringify(made));
  return made.value;
}

test('a node’s key is made once, for its owner alone, and is the same ever after', () => {
  using folder = new TempFolder();
  const { file } = madeIn(folder.path);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(readFileSync(file, 'utf8'), /^-----BEGIN OPENSSH PRIVATE KEY-----/);
  const before = readFileSync(file, 'utf8');
  const again = ensureNodeKey(file, 'cloud', { root: folder.path, tmp: folder.path });
  assert.ok(again.ok && again.value.type === 'ssh-ed25519' && again.value.comment === 'steward-cloud');
  assert.equal(readFileSync(file, 'utf8'), before);
});

test('a public half that a crash left alone does not stop the key from being made', () => {
  using folder = new TempFolder();
  const { file } = madeIn(folder.path);
  const first = readNodeKey(file);
  rmSync(file);
  const second = ensureNodeKey(file, 'cloud', { root: folder.path, tmp: folder.path });
  assert.ok(first.ok && second.ok && first.value.blob !== second.value.blob);
  assert.ok(existsSync(file));
});

test('what a node signed is known as its own, with what it is for', async () => {
  using folder = new TempFolder();
  const made = madeIn(folder.path);
  const checked = await verifyNode(STATEMENT, await signed(STATEMENT, made), made.peers, made.tmp);
  assert.deepEqual(checked, { ok: true, value: { node: 'cloud', role: 'cloud' } });
});

test('a node’s signature counts for no other vault, node, kind or digest', async () => {
  using folder = new TempFolder();
  const made = madeIn(folder.path);
  const signature = await signed(STATEMENT, made);
  const peers = { ...made.peers, local: { key: made.peers.cloud?.key ?? '', role: 'local' as const } };
  const others: readonly NodeStatement[] = [
    { ...STATEMENT, vault: 'f'.repeat(16) },
    { ...STATEMENT, node: 'local' },
    { ...STATEMENT, about: 'handover' },
    { ...STATEMENT, digest: 'b'.repeat(64) },
  ];
  for (const other of others) {
    const checked = await verifyNode(other, signature, peers, made.tmp);
    assert.ok(!checked.ok && checked.failure.kind === 'denied', JSON.stringify(other));
  }
});

test('nobody signs for a node: not a stranger’s key, not a person’s signature, not a node that is not paired', async () => {
  using folder = new TempFolder();
  const made = madeIn(folder.path);
  const signature = await signed(STATEMENT, made);
  const stranger = fileKey(folder.path, 'stranger');
  const forged = await signAsNode(STATEMENT, stranger.file);
  assert.ok(forged.ok);
  const text = `steward node 1\nvault ${STATEMENT.vault}\nnode cloud\nabout proposal\ndigest ${STATEMENT.digest}\n`;
  const armoured = await signQuietly(text, DECISION_NAMESPACE, made.file);
  const asPerson = readSshSignature(armoured.ok ? armoured.value : '');
  assert.ok(asPerson.ok);
  for (const [given, peers] of [
    [forged.value, made.peers],
    [asPerson.value.line, made.peers],
    [signature, {}],
    [signature, { cloud: { key: stranger.line.trim(), role: 'cloud' } }],
    ['', made.peers],
    [signature.slice(0, -8), made.peers],
  ] satisfies [string, Peers][]) {
    const checked = await verifyNode(STATEMENT, given, peers, made.tmp);
    assert.ok(!checked.ok && checked.failure.kind !== 'retryable', given);
  }
});

test('a statement with anything beside its alphabet is not signed and not believed', async () => {
  using folder = new TempFolder();
  const made = madeIn(folder.path);
  for (const broken of [
    { ...STATEMENT, node: 'cloud\ndigest 00' },
    { ...STATEMENT, about: 'proposal\n' },
    { ...STATEMENT, digest: 'A'.repeat(64) },
  ]) {
    const refused = await signAsNode(broken, made.file);
    assert.ok(!refused.ok && refused.failure.kind === 'invalid');
  }
});
