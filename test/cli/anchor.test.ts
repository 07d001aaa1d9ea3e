import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { TestVault } from '../helpers/vault.ts';

test('a record that was cut together with its log is found by an anchor, and by a copy of the log', async () => {
  await using vault = new TestVault();
  vault.write('Needs_Action/one.md', 'Water the plants.\n');
  assert.equal(vault.once().code, 0);
  const ledger = path.join(vault.state, 'ledger.journal');
  const log = path.join(vault.root, vault.only('Logs'));
  const [before, logBefore] = [readFileSync(ledger).length, readFileSync(log).length];
  vault.write('Inbox/invoice.pdf', readFileSync(path.join(import.meta.dirname, '..', '..', 'examples', 'invoice.pdf')));
  assert.equal(vault.once().code, 0);

  const file = path.join(vault.base, 'kept', 'anchors.txt');
  mkdirSync(path.dirname(file));
  writeFileSync(file, 'mine, do not delete');
  const said = vault.cli('anchor', file);
  assert.equal(said.code, 0, said.err);
  assert.match(said.out, /^anchored record \d+ in .*anchors\.txt/);
  const shown = vault.cli('anchor').out;
  assert.match(shown, /^steward-anchor 1 \S+Z [0-9a-f]{16} local \d+ [0-9a-f]{64} [0-9a-f]{64}\n$/);
  appendFileSync(file, `copied from a mail:\n> ${shown}`);
  const copy = path.join(vault.base, 'backup');
  cpSync(path.join(vault.root, 'Logs'), path.join(copy, 'Logs'), { recursive: true });

  const sound = vault.cli('verify', '--anchor', file, '--against', copy);
  assert.match(sound.out, /^sound: \d+ records, 2 anchors hold, the copy agrees, head [0-9a-f]{64}\n$/);
  assert.equal(sound.code, 0);

  truncateSync(ledger, before);
  truncateSync(log, logBefore);
  assert.equal(vault.cli('verify').code, 0, 'by themselves they are sound');
  const anchored = vault.cli('verify', '--anchor', file);
  assert.equal(anchored.code, 1);
  assert.match(anchored.out, /NOT SOUND {2}The ledger ends with record \d+, and had \d+ records when it was anchored/);
  const compared = vault.cli('verify', '--against', path.join(copy, 'Logs'));
  assert.equal(compared.code, 1);
  assert.match(compared.out, /NOT SOUND {2}In the copy: .*the ledger was cut, or restored from an older backup/);
});

test('an anchor is not kept where it would be lost with the ledger, nor made of a record that is unsound', async () => {
  await using vault = new TestVault();
  const early = vault.cli('anchor');
  assert.equal(early.code, 1);
  assert.match(early.err, /no record yet/);
  vault.write('Needs_Action/one.md', 'Water the plants.\n');
  assert.equal(vault.once().code, 0);
  for (const inside of [path.join(vault.root, 'anchors.txt'), path.join(vault.state, 'anchors.txt')]) {
    assert.equal(vault.cli('anchor', inside).code, 2, inside);
  }
  const empty = path.join(vault.base, 'empty.txt');
  writeFileSync(empty, 'nothing here');
  assert.equal(vault.cli('verify', '--anchor', empty).code, 2);
  assert.equal(vault.cli('verify', '--anchor', path.join(vault.base, 'none.txt')).code, 2);
  assert.equal(vault.cli('verify', '--against', vault.root).code, 2, 'the vault against itself says nothing');
  assert.equal(vault.cli('verify', '--against', vault.base).code, 2);
  const half = path.join(vault.base, 'half.txt');
  writeFileSync(half, vault.cli('anchor').out.slice(0, 60));
  assert.equal(vault.cli('verify', '--anchor', half).code, 2);
  const ledger = path.join(vault.state, 'ledger.journal');
  appendFileSync(ledger, 'x');
  const said = vault.cli('anchor');
  assert.equal(said.code, 1);
  assert.match(said.out, /NOT SOUND/);
});
