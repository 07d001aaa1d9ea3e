import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { LAUNCH } from '../helpers/cli.ts';
import { TestVault } from '../helpers/vault.ts';

/** One `start --once` with the machine’s clock set off by `offset`, such as `-1d`. */
function onceAt(vault: TestVault, offset: string): string {
  const args = ['-f', offset, process.execPath, LAUNCH, 'start', '--once'];
  const env = { ...vault.environment, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  const done = spawnSync('faketime', args, { env, encoding: 'utf8', timeout: 60_000 });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

test('a clock that jumps a day back and a day ahead loses nothing, does nothing twice and leaves the record sound', async () => {
  await using vault = new TestVault();
  for (const name of ['invoice-a.txt', 'invoice-b.txt']) vault.write(`Inbox/${name}`, `Invoice ${name}`);
  assert.equal(vault.once().code, 0);
  for (const offset of ['-1d', '+1d']) {
    const [next] = vault.files('Pending_Approval');
    assert.ok(next);
    vault.move(next, 'Approved');
    assert.match(onceAt(vault, offset), /done {7}/);
  }
  assert.equal(vault.once().code, 0);
  assert.equal(vault.files('Accounting').length, 2);
  for (const folder of ['Pending_Approval', 'Approved', 'Failed', 'Quarantine', 'In_Progress', 'Plans', 'Inbox']) {
    assert.deepEqual(vault.files(folder), [], folder);
  }
  assert.equal(vault.cli('verify').code, 0);
});
