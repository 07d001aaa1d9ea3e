import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Bare } from '../helpers/sync.ts';
import { TestVault, until } from '../helpers/vault.ts';

test('sync status says in one line what is where and since when: alone, in step, cut off, and in step again', async () => {
  await using vault = new TestVault();
  const alone = vault.cli('sync', 'status');
  assert.equal(alone.code, 0);
  assert.match(alone.out, /^This vault is on this computer only\..*steward pair\n$/);

  const bare = new Bare(vault.base);
  const settings = `sync:\n  remote: ${bare.path}\nsettle: { note: 0.2, tick: 0.1, drop: 0.2 }\n`;
  writeFileSync(path.join(vault.state, 'config.yaml'), settings);
  const before = vault.cli('sync', 'now');
  assert.equal(before.code, 3);
  assert.match(before.err, /Nothing syncs now\. Start Steward/);

  await vault.start();
  vault.write('Projects/plan.md', 'My plan\n');
  await until(
    () => bare.git('branch', '--list', 'main') !== '' && bare.tree.has('Projects/plan.md'),
    () => vault.output,
  );
  const now = vault.cli('sync', 'now');
  assert.equal(now.code, 0, now.err);
  assert.match(now.out, /^In step with \S+: .*; sent \d\d:\d\d, taken in never, looked \d\d:\d\d\.\n$/);

  renameSync(bare.path, `${bare.path}.away`);
  const cut = vault.cli('sync', 'now');
  assert.equal(cut.code, 3);
  assert.match(cut.out, /^Cut off from \S+ since \d\d:\d\d, .*: The remote cannot be reached: .*\n$/);
  await until(
    () => /! The remote cannot be reached.* What is done here goes on, and is sent later\./.test(vault.output),
    () => vault.output,
  );

  vault.write('Projects/meanwhile.md', 'Written while cut off\n');
  renameSync(`${bare.path}.away`, bare.path);
  const back = vault.cli('sync', 'now');
  assert.equal(back.code, 0, back.out + back.err);
  await until(
    () => bare.tree.has('Projects/meanwhile.md'),
    () => vault.output,
  );
  const json: unknown = JSON.parse(vault.cli('sync', 'status', '--json').out);
  assert.ok(
    typeof json === 'object' && json !== null && 'waiting' in json && 'running' in json && json.running === true,
  );
});
