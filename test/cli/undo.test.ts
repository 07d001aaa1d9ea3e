import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Spool } from '../../core/spool.ts';
import { undoTask } from '../../orchestrator/approve/undo.ts';
import { InProcess } from '../helpers/in-process.ts';
import { waitingVault } from '../helpers/prepared.ts';

const FILED = 'Accounting/2026/2026-11-03 invoice.pdf';

test('undo asks for the way back as an action of its own, does nothing without a yes, and once', async () => {
  await using vault = waitingVault();
  const early = vault.cli('undo', 'file');
  assert.equal(early.code, 2);
  assert.match(early.err, /is not done \(proposed\)\. To have it not done: {2}steward reject file-/);
  vault.cli('approve', 'file');
  assert.equal(vault.once().code, 0);
  assert.ok(existsSync(path.join(vault.root, FILED)));
  const receipt = vault.files('Done').find(file => file.includes('-receipt-')) ?? assert.fail();
  const id = /steward undo (\S+)`/.exec(vault.read(receipt))?.[1] ?? assert.fail('the receipt says how');

  const asked = vault.cli('undo', path.basename(receipt));
  assert.equal(asked.code, 0, asked.err);
  assert.match(asked.out, /^undo {2}undo-[0-9a-f]{12}-a1 {2}Move Inbox\/invoice\.pdf/);
  assert.equal(vault.once().code, 0);
  assert.ok(existsSync(path.join(vault.root, FILED)), 'nothing is undone without a yes');
  assert.match(vault.cli('undo', id).err, /That is asked already, .*undo-\S+\. Say yes to it/);
  vault.cli('reject', 'undo', '--why', 'not yet');
  assert.equal(vault.once().code, 0);
  assert.match(vault.cli('undo', id).out, /undo-[0-9a-f]{12}-r2-a1/, 'a second wish is a new one');
  assert.equal(vault.once().code, 0);
  assert.equal(vault.cli('approve', 'undo').code, 0);
  assert.equal(vault.once().code, 0);
  assert.ok(existsSync(path.join(vault.root, 'Inbox', 'invoice.pdf')));
  assert.ok(!existsSync(path.join(vault.root, FILED)));
  assert.match(
    vault.read('Dashboard.md'),
    /✓ `Move Accounting\/.* to Inbox\/invoice\.pdf`/,
    'what was taken back is told by its title',
  );
  assert.match(vault.cli('undo', id).err, /taken back already, by undo-\S+-r2-a1\. To have it done again/);
});

test('a message cannot have undone what the ledger names no way back for, nor under an id of its own choice', async () => {
  await using vault = new InProcess();
  mkdirSync(path.join(vault.root, 'Documents'), { recursive: true });
  writeFileSync(path.join(vault.root, 'Inbox', 'a.txt'), 'An invoice of 2026-01-02');
  await vault.drain();
  const proposed = vault.records().flatMap(({ body }) => (body.kind === 'PROPOSED' ? [body.envelope.id] : []));
  const [of] = proposed;
  assert.ok(of !== undefined);
  const { executorSpool, tmp } = vault.opened.state;
  const spool = new Spool(executorSpool, tmp);
  spool.put('one', { kind: 'undo', task: undoTask(of, 1), of, by: 'eve' });
  spool.put('two', { kind: 'undo', task: 'undo-000000000000', of, by: 'eve' });
  spool.put('three', {
    kind: 'undo',
    task: undoTask('file-000000000000-a1', 1),
    of: 'file-000000000000-a1',
    by: 'eve',
  });
  await vault.drain();
  const after = vault.records().flatMap(({ body }) => (body.kind === 'PROPOSED' ? [body.envelope.id] : []));
  assert.deepEqual(after, proposed, 'it is not done, so there is no way back');
  assert.deepEqual(vault.problems(), []);
  spool.put('decide', { kind: 'decide', id: of, decision: 'approved', reason: '', by: 'tester', way: 'command' });
  await vault.drain();
  for (const name of ['again', 'twice']) spool.put(name, { kind: 'undo', task: undoTask(of, 1), of, by: 'tester' });
  await vault.drain();
  const undo = vault
    .records()
    .flatMap(({ body }) => (body.kind === 'PROPOSED' && body.envelope.id.startsWith('undo-') ? [body.envelope] : []));
  assert.equal(undo.length, 1, 'the same wish twice is one');
  assert.equal(undo[0]?.zone, 'red');
  assert.deepEqual(undo[0]?.arguments, { from: 'Accounting/2026/2026-01-02 a.txt', to: 'Inbox/a.txt' });
  assert.equal(undo[0]?.origins.to?.kind, 'dropped', 'a value keeps where it came from');
});
