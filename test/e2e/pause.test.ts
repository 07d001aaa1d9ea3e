import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { waitingVault } from '../helpers/prepared.ts';
import { TestVault, until } from '../helpers/vault.ts';

const FILED = 'Accounting/2026/2026-11-03 invoice.pdf';
const filed = (vault: TestVault): boolean => existsSync(path.join(vault.root, FILED));

test('a paused channel keeps what is approved there, is told of everywhere, and goes on when it is resumed by its name', async () => {
  await using vault = waitingVault();
  const paused = vault.cli('pause', 'files', '--why', 'I am moving house.');
  assert.equal(paused.code, 0, paused.err);
  vault.move(vault.only('Pending_Approval'), 'Approved');
  const once = vault.once();
  assert.equal(once.code, 0, 'what waits for a person is no work that waits for a retry');
  assert.match(once.out, /^paused +files: I am moving house\. Go on with: steward resume files$/m);
  assert.ok(!filed(vault));
  assert.match(vault.read('Dashboard.md'), /`files` is paused.*I am moving house.*steward resume files/);
  const status = JSON.parse(vault.cli('status', '--json').out);
  assert.deepEqual([status.stopped, status.paused[0]?.channel], [null, 'files']);
  assert.match(vault.cli('status').out, /^ {2}files is paused: I am moving house\.\n +steward resume files$/m);
  assert.match(
    vault.cli('doctor').out,
    /^warn +paused +Nothing begins at files: I am moving house\..*steward resume files/m,
  );
  assert.match(vault.cli('resume').out, /files is still paused: steward resume files/);
  assert.equal(vault.once().code, 0);
  assert.ok(!filed(vault), 'a resume without a name lifts no pause');
  assert.equal(vault.cli('resume', 'files').out, 'Resumed files.\n');
  assert.equal(vault.once().code, 0);
  assert.ok(filed(vault));
  assert.deepEqual(JSON.parse(vault.cli('status', '--json').out).paused, []);
  assert.equal(vault.cli('verify').code, 0);
});

test('a pause counts before the next action, while Steward runs, and lifting it lets that one happen', async () => {
  await using vault = waitingVault();
  await vault.start();
  assert.equal(vault.cli('pause', 'files').code, 0);
  await until(
    () => vault.output.includes('paused     files'),
    () => vault.output,
  );
  vault.move(vault.only('Pending_Approval'), 'Approved');
  await until(
    () => vault.output.includes('approved   '),
    () => vault.output,
  );
  assert.equal(vault.cli('resume', 'email').out, 'email was not paused.\n');
  await until(
    () => vault.files('Approved').length === 1 && /`files` is paused/.test(vault.read('Dashboard.md')),
    () => vault.output,
  );
  assert.ok(!vault.output.includes('does       '), vault.output);
  assert.equal(vault.cli('resume', 'files').code, 0);
  await until(
    () => filed(vault),
    () => vault.output,
  );
});

test('a channel that is none is not paused, and the ones there are get named', async () => {
  await using vault = new TestVault();
  for (const command of ['pause', 'resume']) {
    const said = vault.cli(command, 'telegram');
    assert.equal(said.code, 2);
    assert.match(said.err, /Nothing is known under “telegram”[\s\S]*Channels: .*email.*files/);
  }
});

test('a ledger that is changed while Steward runs stops it within seconds, and STOP.md says what is safe and what to do', async () => {
  await using vault = waitingVault();
  await vault.start();
  const file = path.join(vault.state, 'ledger.journal');
  const changed = readFileSync(file, 'utf8').replace('invoice.pdf', 'invoicf.pdf');
  const before = lstatSync(file, { bigint: true }).ctimeNs;
  while (lstatSync(file, { bigint: true }).ctimeNs === before) writeFileSync(file, changed);
  vault.move(vault.only('Pending_Approval'), 'Approved');
  await until(
    () => vault.output.includes('STOPPED    The ledger on disk was changed'),
    () => vault.output,
  );
  const note = vault.read('STOP.md');
  assert.match(note, /> \[!danger\] Steward stopped by itself: nothing is done\n> `The ledger on disk was changed/);
  assert.match(note, /\*\*What is safe\.\*\*[\s\S]*\*\*What to do\.\*\*[\s\S]*restore both from one backup/);
  await until(
    () => vault.read('Dashboard.md').includes('[[STOP]]'),
    () => vault.read('Dashboard.md'),
  );
  rmSync(path.join(vault.root, 'STOP.md'));
  assert.equal(vault.cli('resume').code, 0);
  await until(
    () => vault.output.includes('not resumed: ') && existsSync(path.join(vault.root, 'STOP.md')),
    () => vault.output,
  );
  assert.ok(!filed(vault));
  assert.equal(vault.cli('verify').code, 1);
});

test('what is approved at a server that does not start waits and is not lost, and start --once says that work waits for a retry', async () => {
  await using vault = waitingVault();
  writeFileSync(
    path.join(vault.state, 'config.yaml'),
    'servers: { files: nonsense }\nsettle: { note: 0.4, tick: 0.2, drop: 0.2 }\n',
  );
  vault.move(vault.only('Pending_Approval'), 'Approved');
  const once = vault.once();
  assert.equal(once.code, 3, once.out + once.err);
  assert.match(once.out, /files failed several times in a row/);
  assert.ok(!filed(vault));
  writeFileSync(path.join(vault.state, 'config.yaml'), 'settle: { note: 0.4, tick: 0.2, drop: 0.2 }\n');
  assert.equal(vault.once().code, 0);
  assert.ok(filed(vault), 'nothing was lost and no try was used up');
});

test('what was proposed for a server that does not start waits, and start --once does not say that all is done', async () => {
  await using vault = new TestVault();
  const settings = path.join(vault.state, 'config.yaml');
  const usual = readFileSync(settings, 'utf8');
  const spool = path.join(vault.state, 'spool', 'executor');
  writeFileSync(path.join(vault.root, 'Documents', 'letter.txt'), 'Dear Anna\n');
  mkdirSync(spool, { recursive: true });
  const proposal = {
    ...{ kind: 'propose', id: 'file-0123456789ab-a1', task: 'file-0123456789ab', task_note: 'letter' },
    ...{ plan_note: 'letter-plan', note: 'letter-approval-1', server: 'files', tool: 'move', source: 'filesystem' },
    arguments: { from: 'Documents/letter.txt', to: 'Accounting/letter.txt' },
    ...{ origins: {}, brain: 'rulebook', exposure: { untrusted: [], private: [] } },
  };
  writeFileSync(path.join(spool, 'propose-file-0123456789ab-a1.json'), `${JSON.stringify(proposal)}\n`);
  writeFileSync(settings, `servers: { files: nonsense }\n${usual}`);
  const once = vault.once();
  assert.equal(once.code, 3, once.out + once.err);
  writeFileSync(settings, usual);
  assert.equal(vault.once().code, 0);
  assert.ok(vault.files('Pending_Approval').includes('Pending_Approval/letter-approval-1.md'));
});
