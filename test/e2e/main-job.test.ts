import assert from 'node:assert/strict';
import { copyFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { EXAMPLE, TestVault, until } from '../helpers/vault.ts';

test('a dropped invoice becomes a task, a plan and an approval; moved to Approved it is done once and filed with its receipt', async () => {
  await using vault = new TestVault();
  await vault.start();
  await vault.dropInvoice();
  const approval = vault.only('Pending_Approval');
  assert.match(vault.read(approval), /Accounting\/2026\/2026-11-03 invoice\.pdf/);
  assert.match(vault.read(vault.only('Plans')), /- \[ \] Move it to Accounting\/2026/);
  assert.equal(vault.files('In_Progress').length, 1);
  assert.ok(existsSync(path.join(vault.root, 'Inbox', 'invoice.pdf')));
  vault.move(approval, 'Approved');
  await until(
    () => vault.files('Done').length === 4 && [...vault.files('Plans'), ...vault.files('In_Progress')].length === 0,
    () => `${vault.files('Done')} ${vault.output}`,
  );
  assert.ok(existsSync(path.join(vault.root, 'Accounting', '2026', '2026-11-03 invoice.pdf')));
  for (const folder of [
    'Inbox',
    'Needs_Action',
    'In_Progress',
    'Plans',
    'Pending_Approval',
    'Approved',
    'Failed',
    'Quarantine',
  ]) {
    assert.deepEqual(vault.files(folder), [], folder);
  }
  await vault.stop();
  assert.equal(vault.cli('verify').code, 0, vault.cli('verify').out);
  const again = vault.once();
  assert.equal(again.code, 0);
  assert.equal(again.out, '');
});

test('a rejection with a reason ends the task and is remembered', async () => {
  await using vault = new TestVault();
  copyFileSync(EXAMPLE, path.join(vault.root, 'Inbox', 'invoice.pdf'));
  assert.equal(vault.once().code, 0);
  const approval = vault.only('Pending_Approval');
  vault.write(approval, vault.read(approval).replace('reason:', 'reason: wrong folder'));
  vault.move(approval, 'Rejected');
  assert.equal(vault.once().code, 0);
  assert.equal(vault.files('Rejected').length, 3);
  assert.ok(existsSync(path.join(vault.root, 'Inbox', 'invoice.pdf')));
  assert.match(vault.cli('why', 'file').out, /said no .*wrong folder/);
  assert.deepEqual([...vault.files('Pending_Approval'), ...vault.files('In_Progress'), ...vault.files('Done')], []);
});
