import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { waitingVault } from '../helpers/prepared.ts';
import { EXAMPLE, TestVault, until } from '../helpers/vault.ts';

const FILED = 'Accounting/2026/2026-11-03 invoice.pdf';
const QUIET = 'settle: { note: 0.3, tick: 0.2, drop: 0.2 }\n';

function drop(vault: TestVault, name = 'invoice.pdf', more = ''): void {
  copyFileSync(EXAMPLE, path.join(vault.root, 'Inbox', name));
  if (more !== '') writeFileSync(path.join(vault.root, 'Inbox', name), more);
}

function waitingId(vault: TestVault): string {
  const { waiting } = JSON.parse(vault.cli('status', '--json').out);
  assert.equal(waiting.length, 1, JSON.stringify(waiting));
  return waiting[0].id;
}

test('status --json is one line with what scripts read', async () => {
  await using vault = new TestVault();
  drop(vault);
  assert.equal(vault.once().code, 0);
  const { out, err } = vault.cli('status', '--json');
  assert.equal(err, '');
  assert.equal(out.trim().split('\n').length, 1);
  const status = JSON.parse(out);
  for (const key of ['ready', 'node', 'brain', 'waiting', 'working', 'failed', 'stopped', 'next_due'])
    assert.ok(key in status, key);
  assert.equal(status.ready, false);
  assert.equal(status.working.length, 1);
  assert.match(status.waiting[0].note, /^Pending_Approval\/invoice-[0-9a-f]+-approval-1\.md$/);
});

test('an approval given while Steward is down is done at the next start, once, and the command says so', async () => {
  await using vault = waitingVault();
  const id = waitingId(vault);
  const said = vault.cli('approve', id.replace(/^file-/, '').slice(0, 4));
  assert.equal(said.code, 0, said.err);
  assert.ok(said.out.startsWith(`approved  ${id}  `), said.out);
  assert.match(said.err, /does not run; this is acted on at the next {2}steward start/);
  assert.ok(!existsSync(path.join(vault.root, FILED)));
  assert.equal(vault.once().code, 0);
  assert.ok(existsSync(path.join(vault.root, FILED)));
  assert.equal(vault.once().out, '');
  assert.match(vault.cli('why', id).out, /approved/i);
  assert.equal(vault.cli('approve', id).code, 2);
});

test('while Steward is down the last word counts: approved, then rejected, is rejected with its reason', async () => {
  await using vault = waitingVault();
  const id = waitingId(vault);
  assert.equal(vault.cli('approve', id).code, 0);
  assert.equal(vault.cli('reject', id, '--why', 'wrong folder').code, 0);
  assert.equal(vault.once().code, 0);
  assert.ok(!existsSync(path.join(vault.root, FILED)));
  assert.match(vault.cli('why', id).out, /wrong folder/);
});

test('an id that fits more than one approval is refused with the ids that it fits, and nothing is approved', async () => {
  await using vault = new TestVault();
  drop(vault);
  drop(vault, 'receipt.txt', 'Receipt of 2026-01-02');
  assert.equal(vault.once().code, 0);
  assert.equal(vault.files('Pending_Approval').length, 2);
  const said = vault.cli('approve', 'file-');
  assert.equal(said.code, 2);
  assert.match(said.err, /fits more than one approval: file-[0-9a-f]{12}-a1, file-[0-9a-f]{12}-a1\./);
  for (const id of ['', ' ', 'note-0000', '.md']) assert.equal(vault.cli('approve', id).code, 2, id);
  assert.equal(vault.once().code, 0);
  assert.equal(vault.files('Pending_Approval').length, 2);
  const [first] = vault.files('Pending_Approval');
  assert.equal(vault.cli('approve', path.join(vault.root, first ?? '')).code, 0, 'the path of its note names it too');
});

test('while Steward runs, approve and answer act at once; a second start ends with 4, soon, in one sentence', async () => {
  await using vault = new TestVault();
  await vault.start();
  drop(vault);
  await until(
    () => vault.files('Pending_Approval').length === 1,
    () => vault.output,
  );
  const from = performance.now();
  for (const args of [['start'], ['start', '--once']]) {
    const second = vault.cli(...args);
    assert.equal(second.code, 4);
    assert.equal(second.err.trim(), `Another Steward has the vault ${vault.root}.`);
    assert.equal(second.out, '');
  }
  assert.ok(performance.now() - from < 10_000);
  const said = vault.cli('approve', waitingId(vault));
  assert.equal(said.err, '');
  await until(
    () => existsSync(path.join(vault.root, FILED)),
    () => vault.output,
  );
  const asked = vault.cli('task', 'Wonder about the moon');
  assert.equal(asked.out, 'Needs_Action/Wonder about the moon.md\n');
  await until(
    () => vault.files('Questions').length === 1,
    () => vault.output,
  );
  assert.equal(vault.cli('answer', waitingId(vault), 'Drop it').code, 0);
  await until(
    () => vault.files('Questions').length === 0,
    () => vault.output,
  );
  assert.ok(
    vault.files('Rejected').some(file => file.endsWith('Wonder about the moon.md')),
    String(vault.files('Rejected')),
  );
});

test('start --once ends with 1 where the ledger cannot be trusted, and does nothing', async () => {
  await using vault = waitingVault();
  const ledger = path.join(vault.state, 'ledger.journal');
  const text = readFileSync(ledger, 'utf8');
  writeFileSync(ledger, text.replace('"kind":"OPENED"', '"kind":"0PENED"'));
  const said = vault.once();
  assert.equal(said.code, 1, said.err);
  assert.match(said.err, /ledger cannot be trusted, so nothing is done/);
  assert.equal(vault.cli('verify').code, 1);
});

test('start --once ends with 2 where the settings are wrong, naming each mistake with its line', async () => {
  await using vault = new TestVault('settle:\n  note: -1\napproval_hours: soon\ncolour: red\n');
  const said = vault.once();
  assert.equal(said.code, 2);
  assert.match(said.err, /line 2: settle\.note.*line 3: approval_hours.*line 4: colour/);
});

test('start --once ends with 3 while something waits for another try, and it can still be called off', async () => {
  const account = '{ from: me@example.test, host: 127.0.0.1, port: 9, security: none }';
  await using vault = new TestVault(`${QUIET}servers: { email: ${account} }\n`);
  const skill = 'Skills/draft-mail/SKILL.md';
  vault.write(skill, vault.read(skill).replace('email.draft', 'email.send'));
  vault.write('Memory/People/Anna.md', '---\nemail: anna@example.test\n---\n');
  vault.write('Needs_Action/Mail Anna.md', 'Send Anna the Q3 numbers\n');
  assert.equal(vault.once().code, 0);
  const id = waitingId(vault);
  assert.equal(vault.cli('approve', id).code, 0);
  const said = vault.once();
  assert.equal(said.code, 3, said.out + said.err);
  assert.match(said.out, new RegExp(`^retry +${id} `, 'm'));
  assert.equal(vault.cli('approve', id).code, 2, 'it is approved already');
  assert.equal(vault.cli('reject', id, '--why', 'too late').code, 0);
  assert.equal(vault.once().code, 0);
  assert.deepEqual(JSON.parse(vault.cli('status', '--json').out).waiting, []);
});

test('no message of the command line is left behind once it was taken', async () => {
  await using vault = waitingVault();
  const id = waitingId(vault);
  for (const decision of ['approve', 'reject', 'approve']) vault.cli(decision, id);
  vault.cli('stop');
  vault.cli('resume');
  assert.equal(vault.once().code, 0);
  for (const part of ['executor', 'planner']) assert.deepEqual(readdirSync(path.join(vault.state, 'spool', part)), []);
  assert.ok(existsSync(path.join(vault.root, FILED)));
});
