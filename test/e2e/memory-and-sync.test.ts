import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { waitingVault } from '../helpers/prepared.ts';
import { EXAMPLE, type TestVault } from '../helpers/vault.ts';

const drop = (vault: TestVault): void => copyFileSync(EXAMPLE, path.join(vault.root, 'Inbox', 'invoice.pdf'));

test('a reason once given is told when the same file comes again', async () => {
  await using vault = waitingVault();
  vault.cli('reject', 'file', '--why', 'this is a quote, not an invoice');
  vault.once();
  rmSync(path.join(vault.root, 'Inbox', 'invoice.pdf'));
  vault.once();
  drop(vault);
  vault.once();
  assert.match(vault.read(vault.only('Plans')), /you said no to .*this is a quote, not an invoice/);
});

test('where a sync tool also writes to the vault, a moved approval is only wanted until it is confirmed on this computer', async () => {
  await using vault = waitingVault();
  mkdirSync(path.join(vault.root, '.stfolder'));
  vault.move(vault.only('Pending_Approval'), 'Approved');
  assert.match(vault.once().out, /wanted .*steward approve/);
  assert.deepEqual(vault.files('Accounting'), []);
  assert.match(vault.read('Dashboard.md'), /confirm on this computer/);
  assert.equal(vault.cli('approve', 'file').code, 0);
  vault.once();
  assert.equal(vault.files('Accounting').length, 1);
  assert.equal(vault.files('Done').length, 4);
});

test('where a sync tool also writes to the vault, a no counts at once', async () => {
  await using vault = waitingVault();
  mkdirSync(path.join(vault.root, '.stfolder'));
  vault.move(vault.only('Pending_Approval'), 'Rejected');
  vault.once();
  assert.equal(vault.files('Rejected').length, 3);
});

test('what a person writes into the dashboard and the plan survives, also inside Steward’s own part', async () => {
  await using vault = waitingVault();
  const plan = vault.only('Plans');
  vault.write(
    'Dashboard.md',
    `${vault.read('Dashboard.md').replace('## In work', '## In work (mine)')}\nMy own line\n`,
  );
  vault.write(plan, vault.read(plan).replace('Move it to', 'PLEASE move it to'));
  vault.cli('approve', 'file');
  vault.once();
  const dashboard = vault.read('Dashboard.md');
  assert.match(dashboard, /My own line/);
  assert.match(dashboard, /## In work \(mine\)/);
  assert.match(dashboard, /✓ `invoice\.pdf`/);
  const filed = vault.files('Done').find(file => file.endsWith('-plan.md')) ?? '';
  assert.match(vault.read(filed), /PLEASE move it to/);
  assert.match(vault.read(filed), /- \[x\] Move it to/);
});
