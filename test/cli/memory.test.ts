import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestVault } from '../helpers/vault.ts';

test('steward memory finds notes with the line that fits, also after the index was made again', async () => {
  await using vault = new TestVault();
  vault.write('Memory/Projects/Shed.md', 'Built by Huber.\nRoof in larch \u001b[31m now.\n');
  vault.write('Needs_Action/x.md', 'larch');
  for (const words of [['larch'], ['LARCH', 'roof']]) {
    const said = vault.cli('memory', 'search', ...words);
    assert.equal(said.code, 0, said.err);
    assert.equal(said.out, 'Memory/Projects/Shed.md\n  Roof in larch \ufffd[31m now.\n');
  }
  const rebuilt = vault.cli('memory', 'rebuild');
  assert.match(rebuilt.out, /^The index is made again: \d+ notes\.\n$/);
  assert.equal(vault.cli('memory', 'search', 'zebra').out, 'Nothing was found.\n');
});
