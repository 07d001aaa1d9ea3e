import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestVault } from '../helpers/vault.ts';

test('a file whose place is taken is proposed beside it, and two that arrive together end in two places', async () => {
  await using vault = new TestVault();
  vault.write('Accounting/2026/2026-01-02 invoice.txt', 'an older one');
  vault.write('Inbox/a/2026-01-02 invoice.txt', 'Invoice A');
  vault.write('Inbox/b/2026-01-02 invoice.txt', 'Invoice B');
  vault.once();
  const approvals = vault.files('Pending_Approval');
  assert.equal(approvals.length, 2, approvals.join(', '));
  for (const approval of approvals) vault.move(approval, 'Approved');
  vault.once();
  assert.deepEqual(vault.files('Accounting'), [
    'Accounting/2026/2026-01-02 invoice (2).txt',
    'Accounting/2026/2026-01-02 invoice (3).txt',
    'Accounting/2026/2026-01-02 invoice.txt',
  ]);
  assert.deepEqual(vault.files('Failed'), []);
  assert.equal(vault.read('Accounting/2026/2026-01-02 invoice.txt'), 'an older one');
});
