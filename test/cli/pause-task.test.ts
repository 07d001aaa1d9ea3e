import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestVault } from '../helpers/vault.ts';

test('a task is paused and resumed by the beginning of its id, which status and its plan show; what is no task or channel is refused', async () => {
  await using vault = new TestVault('settle: { note: 0, tick: 0, drop: 0 }\n');
  vault.write('Needs_Action/Moon.md', 'Do the moon thing.\n');
  assert.equal(vault.once().code, 0);
  const [id = assert.fail('no task')] = /note-[0-9a-f]{12}/.exec(vault.cli('status', '--json').out) ?? [];
  const paused = vault.cli('pause', id.slice(0, 9), '--why', 'Later.');
  assert.deepEqual([paused.code, paused.out.includes(`steward resume ${id}`)], [0, true]);
  assert.equal(vault.once().code, 0);
  assert.match(vault.cli('status').out, /Paused: Later\./);
  assert.match(vault.read(vault.only('Plans')), /status: paused[\s\S]*Paused: `Later\.`/);
  assert.equal(vault.cli('resume', id.slice(0, 9)).code, 0);
  assert.equal(vault.once().code, 0);
  assert.match(vault.read(vault.only('Plans')), /status: asking/);
  const unknown = vault.cli('pause', 'nope');
  assert.deepEqual([unknown.code, /Channels: .*email/.test(unknown.err)], [2, true]);
});
