import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { publishStanding, readWants } from '../../core/claims.ts';
import { answerEffect, askedEffects, effectDigest } from '../../core/effect-claims.ts';
import { isEithers, nodeFor } from '../../core/node-role.ts';
import type { Reach } from '../../core/reach.ts';
import { uptime } from '../../core/uptime.ts';
import { envelopeFor } from '../helpers/envelopes.ts';
import { InProcess } from '../helpers/in-process.ts';

const SETTINGS = `settle: { note: 0, tick: 0, drop: 0 }\nsync: { remote: /nowhere }\nruns: { "files.*": either }\n`;

/** A drop whose move the person approved, on a node where either may do it. Answers who does it while it works. */
async function approved(vault: InProcess, answer: { readonly node: string; readonly mine: boolean }): Promise<number> {
  const { state } = vault.opened;
  const at = (...parts: string[]): string => path.join(vault.root, ...parts);
  writeFileSync(at('Inbox', 'letter.pdf'), '%PDF-1.4\n');
  await vault.drain();
  const [name = assert.fail()] = Object.keys(readWants(state) ?? {});
  publishStanding(state, { until: uptime() + 200, unreachable: null, mine: { [name]: 1 }, theirs: {}, silent: [] });
  await vault.drain();
  const [approval = assert.fail()] = readdirSync(at('Pending_Approval')).filter(file =>
    file.endsWith('-approval-1.md'),
  );
  renameSync(at('Pending_Approval', approval), at('Approved', approval));
  let asked = 0;
  const answering = setInterval(() => {
    for (const digest of askedEffects(state)) {
      asked += 1;
      answerEffect(state, digest, answer);
    }
  }, 10);
  try {
    await vault.drain();
  } finally {
    clearInterval(answering);
  }
  return asked;
}

const kinds = (vault: InProcess): readonly string[] => vault.records().map(({ body }) => body.kind);

test('what either node may do is done here where this one was first', async () => {
  await using vault = new InProcess(SETTINGS);
  assert.equal(await approved(vault, { node: 'local', mine: true }), 1);
  assert.ok(kinds(vault).includes('CONFIRMED'));
  assert.ok(!existsSync(path.join(vault.root, 'Inbox', 'letter.pdf')));
});

test('what either node may do and the other does is not begun here, and its task says who does it', async () => {
  await using vault = new InProcess(SETTINGS);
  assert.equal(await approved(vault, { node: 'cloud', mine: false }), 1);
  assert.ok(!kinds(vault).includes('INTENT'));
  const proofs = vault.records().flatMap(({ body }) => (body.kind === 'NOT_SENT' ? [body.proof] : []));
  assert.deepEqual(proofs, ['The node “cloud” does this, and it is done once.']);
  assert.ok(existsSync(path.join(vault.root, 'Inbox', 'letter.pdf')));
});

test('what is pinned to a node is asked of nobody, and either is no node', () => {
  const zone = {
    node: 'local',
    role: 'local',
    peers: {},
    runs: { 'email.*': 'either', 'files.move': 'local' },
  } as const;
  assert.equal(isEithers({ server: 'files', tool: 'move' }, zone.runs), false);
  assert.equal(isEithers({ server: 'email', tool: 'draft' }, zone.runs), true);
  assert.equal(isEithers({ server: 'calendar', tool: 'add' }, { '*': 'either', 'calendar.add': 'cloud' }), false);
  const reach: Reach = { does: 'create', egress: false, routing: [] };
  const action = { server: 'email', tool: 'draft', reach, isAsked: false };
  for (const node of ['local', 'cloud'] as const) assert.equal(nodeFor(action, { ...zone, node, role: node }), node);
});

test('the same effect has the same digest on every node, and any other has another', () => {
  const envelope = envelopeFor('files', 'move', { from: 'a', to: 'b' });
  const elsewhere = {
    ...envelope,
    id: 'other-a1',
    nonce: 'f'.repeat(32),
    node: 'cloud',
    created: '2026-01-01T00:00:00.000Z',
  };
  assert.equal(effectDigest(elsewhere), effectDigest(envelope));
  for (const other of [
    { ...envelope, task: 'mail-0123456789ab' },
    { ...envelope, tool: 'copy' },
    { ...envelope, account: 'another' },
    { ...envelope, arguments: { ...envelope.arguments, more: 'x' } },
  ])
    assert.notEqual(effectDigest(other), effectDigest(envelope));
});
