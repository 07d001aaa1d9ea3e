import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { steward } from '../helpers/cli.ts';
import { waitingVault } from '../helpers/prepared.ts';
import { type TestVault, until } from '../helpers/vault.ts';

const FILED = 'Accounting/2026/2026-11-03 invoice.pdf';
const stopNote = (vault: TestVault): string => path.join(vault.root, 'STOP.md');

function approved(): TestVault {
  const vault = waitingVault();
  vault.move(vault.only('Pending_Approval'), 'Approved');
  return vault;
}

/** Stopped by `how`, nothing is done, not even after STOP.md is deleted and Steward starts again; `resume` lets it. */
async function latches(how: (vault: TestVault) => void): Promise<void> {
  await using vault = approved();
  how(vault);
  assert.ok(!existsSync(path.join(vault.root, FILED)));
  assert.ok(vault.once().out.includes('stopped '), 'it says that it is stopped');
  rmSync(stopNote(vault), { force: true });
  assert.equal(vault.once().code, 0);
  assert.ok(!existsSync(path.join(vault.root, FILED)), 'deleting STOP.md does not start it again');
  assert.ok(existsSync(stopNote(vault)), 'the vault shows that it is stopped');
  assert.notEqual(JSON.parse(vault.cli('status', '--json').out).stopped, null);
  assert.equal(vault.cli('resume').code, 0);
  assert.equal(vault.once().code, 0);
  assert.ok(existsSync(path.join(vault.root, FILED)), 'what was approved is done after resume');
  assert.ok(!existsSync(stopNote(vault)));
  assert.equal(JSON.parse(vault.cli('status', '--json').out).stopped, null);
  assert.equal(vault.cli('verify').code, 0);
}

test('STOP.md latches: deleting it changes nothing, resume does', () => latches(vault => vault.write('STOP.md', '')));

test('a note that a person in haste calls Stop stops as well, in any case of its letters', () =>
  latches(vault => {
    vault.write('Stop.md', 'please');
    vault.once();
    rmSync(path.join(vault.root, 'Stop.md'));
  }));

test('steward stop latches, also where STOP.md is deleted before the next start', () =>
  latches(vault => {
    assert.equal(vault.cli('stop').code, 0);
    rmSync(stopNote(vault));
  }));

test('STEWARD_ENABLED=false latches, also for a later start without it', () =>
  latches(vault => {
    const said = steward(['start', '--once'], { ...vault.environment, STEWARD_ENABLED: 'false' });
    assert.equal(said.code, 0, said.err);
  }));

test('while Steward runs, what is approved after a stop is not begun, and resume lets it happen', async () => {
  await using vault = waitingVault();
  await vault.start();
  assert.equal(vault.cli('stop').code, 0);
  vault.move(vault.only('Pending_Approval'), 'Approved');
  await until(
    () => vault.output.includes('approved   '),
    () => vault.output,
  );
  // A message that was taken shows that the executor has looked around since.
  assert.equal(vault.cli('stop').code, 0);
  const spool = path.join(vault.state, 'spool', 'executor');
  await until(
    () => readdirSync(spool).length === 0,
    () => vault.output,
  );
  assert.ok(!vault.output.includes('does       '), vault.output);
  assert.ok(!existsSync(path.join(vault.root, FILED)));
  assert.equal(vault.cli('resume').code, 0);
  await until(
    () => existsSync(path.join(vault.root, FILED)),
    () => vault.output,
  );
});
