import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { EXAMPLE, TestVault, until } from '../helpers/vault.ts';

test('while Steward runs, undo says at once whether it is asked or why it cannot be; what left no way back is said plainly', async () => {
  await using vault = new TestVault();
  vault.write('Memory/People/Anna.md', '---\nemail: anna@example.test\n---\n');
  vault.write('Needs_Action/Mail Anna.md', 'Send Anna the Q3 numbers\n');
  copyFileSync(EXAMPLE, path.join(vault.root, 'Inbox', 'invoice.pdf'));
  assert.equal(vault.once().code, 0);
  for (const one of ['note', 'file']) assert.equal(vault.cli('approve', one).code, 0);
  assert.equal(vault.once().code, 0);
  const none = vault.cli('undo', 'note');
  assert.equal(none.code, 2);
  assert.match(none.err, /left no way back: email\.draft names none\. What was done stands in its receipt/);
  await vault.start();
  const asked = vault.cli('undo', 'file');
  assert.equal(asked.code, 0, asked.err);
  assert.match(
    asked.err,
    /Move Accounting\/.* to Inbox\/invoice\.pdf\. It waits for your yes: {2}steward approve undo-/,
  );
  vault.cli('reject', 'undo');
  vault.write('Inbox/invoice.pdf', 'another');
  await until(
    () => vault.files('Rejected').some(file => file.includes('undo')),
    () => vault.output,
  );
  const taken = vault.cli('undo', 'file');
  assert.equal(taken.code, 1, taken.err);
  assert.match(taken.err, /It cannot be taken back: “Inbox\/invoice\.pdf” is there already/);
});
