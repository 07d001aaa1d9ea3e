import assert from 'node:assert/strict';
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { renew } from '../../orchestrator/approve/propose.ts';
import { InProcess } from '../helpers/in-process.ts';

test('an approval that lapses twenty times is asked twenty times, under names that do not grow, and still works', async () => {
  await using vault = new InProcess();
  writeFileSync(path.join(vault.root, 'Inbox', 'letter.pdf'), '%PDF-1.4\n');
  await vault.drain();
  for (let round = 0; round < 20; round += 1) {
    const open = [...vault.ledger.book.actions.values()].filter(action => action.state === 'proposed');
    assert.equal(open.length, 1);
    await renew(open[0]?.proposed ?? assert.fail(), vault.context);
  }
  await vault.drain();
  const waiting = readdirSync(path.join(vault.root, 'Pending_Approval')).filter(
    name => name !== 'README.md' && !name.startsWith('.'),
  );
  assert.equal(waiting.length, 1, waiting.join());
  const [note = ''] = waiting;
  assert.match(note, /-approval-1-again-20\.md$/);
  renameSync(path.join(vault.root, 'Pending_Approval', note), path.join(vault.root, 'Approved', note));
  await vault.drain();
  assert.equal(vault.records().filter(({ body }) => body.kind === 'CONFIRMED').length, 1);
  assert.equal(vault.ledger.book.actions.size, 0);
  assert.deepEqual(vault.problems(), []);
});
