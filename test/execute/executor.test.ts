import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { UNTOLD } from '../../core/reach.ts';
import { Ledger } from '../../orchestrator/execute/ledger.ts';
import { isDue, pauseAfter } from '../../orchestrator/execute/perform.ts';
import { checkPins } from '../../orchestrator/execute/pins.ts';
import type { Definition } from '../../orchestrator/execute/servers.ts';
import { EXAMPLE, TestVault, until } from '../helpers/vault.ts';

const drop = (vault: TestVault, name: string): void => vault.write(`Inbox/${name}`, `Invoice ${name}`);

/** Processes whose command line holds all of the words. */
function processes(...words: string[]): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8') + readFileSync(`/proc/${name}/environ`, 'utf8');
        return words.every(word => line.includes(word));
      } catch {
        return false;
      }
    })
    .map(Number);
}

test('an action server that was killed is started again for the next action', async () => {
  await using vault = new TestVault();
  await vault.start();
  for (const name of ['invoice-a.txt', 'invoice-b.txt']) {
    drop(vault, name);
    await until(
      () => vault.files('Pending_Approval').length === 1,
      () => vault.output,
    );
    vault.move(vault.only('Pending_Approval'), 'Approved');
    await until(
      () => vault.files('Approved').length === 0 && vault.files('In_Progress').length === 0,
      () => vault.output,
    );
    const servers = processes('mcp-servers/main.ts', vault.home);
    assert.ok(servers.length >= 1);
    for (const pid of servers) process.kill(pid, 'SIGKILL');
    await until(
      () => processes('mcp-servers/main.ts', vault.home).length === 0,
      () => 'the server lives on',
    );
  }
  assert.equal(vault.files('Accounting').length, 2);
  assert.deepEqual(vault.files('Failed'), []);
});

test('no effect begins once STOP.md is there, even while the planner hangs, and it goes on after resume', async () => {
  await using vault = new TestVault();
  const child = await vault.start();
  drop(vault, 'invoice-a.txt');
  await until(
    () => vault.files('Pending_Approval').length === 1,
    () => vault.output,
  );
  child.kill('SIGSTOP');
  vault.write('STOP.md', 'stop\n');
  vault.move(vault.only('Pending_Approval'), 'Approved');
  await until(
    () => readFileSync(path.join(vault.state, 'ledger.journal'), 'utf8').includes('"APPROVED"'),
    () => 'never approved',
  );
  await assert.rejects(
    until(
      () => existsSync(path.join(vault.root, 'Accounting', '2026')),
      () => 'still',
      2500,
    ),
  );
  child.kill('SIGCONT');
  assert.equal(vault.cli('resume').code, 0);
  await until(
    () => vault.files('Accounting').length === 1,
    () => vault.output,
  );
  assert.ok(!vault.files().includes('STOP.md'));
});

test('a ledger that is older than the log in the vault stops all effects until a person resumes', async () => {
  await using vault = new TestVault();
  copyFileSync(EXAMPLE, path.join(vault.root, 'Inbox', 'invoice.pdf'));
  vault.once();
  const ledger = path.join(vault.state, 'ledger.journal');
  copyFileSync(ledger, path.join(vault.base, 'backup'));
  vault.cli('reject', 'file', '--why', 'no');
  vault.once();
  copyFileSync(path.join(vault.base, 'backup'), ledger);
  const approval = vault.files('Rejected').find(file => file.includes('approval')) ?? '';
  vault.move(approval, 'Approved');
  const stopped = vault.once();
  assert.match(stopped.out, /STOPPED .*restored from a backup/);
  assert.equal(vault.files('Accounting').length, 0);
  assert.ok(existsSync(path.join(vault.root, 'STOP.md')));
});

test('a second Steward on the same vault ends at once with code 4 and changes nothing', async () => {
  await using vault = new TestVault();
  await vault.start();
  await until(
    () => vault.files('Logs').length === 1 && vault.files().includes('Dashboard.md'),
    () => vault.output,
  );
  const before = vault.files();
  const second = vault.cli('start', '--once');
  assert.equal(second.code, 4);
  assert.match(second.err, /Another Steward has the vault/);
  assert.deepEqual(vault.files(), before);
});

test('the executor of a supervisor that was killed does not live on', async () => {
  await using vault = new TestVault();
  const child = await vault.start();
  const own = (): number[] => processes('orchestrator/executor.ts', vault.home);
  assert.equal(own().length, 1);
  child.kill('SIGKILL');
  await until(
    () => own().length === 0,
    () => 'the executor lives on',
  );
  await until(
    () => processes('mcp-servers/main.ts', vault.home).length === 0,
    () => 'an action server lives on',
  );
});

test('a tool that changes while Steward does not is blocked; a new one is put on record', async () => {
  await using vault = new TestVault();
  const ledger = Ledger.open(
    path.join(vault.base, 'ledger'),
    vault.base,
    () => new Date(),
    () => undefined,
  );
  const define = (name: string, letter: string): [string, Definition] => [
    name,
    { name, title: '', description: '', schema: {}, reach: UNTOLD, hash: letter.repeat(64) },
  ];
  assert.ok((await checkPins(ledger, 'files', new Map([define('move', 'a')]))).ok);
  assert.ok((await checkPins(ledger, 'files', new Map([define('move', 'a'), define('copy', 'b')]))).ok);
  const pulled = await checkPins(ledger, 'files', new Map([define('move', 'c'), define('copy', 'b')]));
  assert.ok(!pulled.ok);
  assert.match(pulled.failure.message, /move/);
  assert.ok(!(await checkPins(ledger, 'files', new Map([define('copy', 'c')]))).ok);
  ledger.close();
});

test('pauses between tries double up to six hours, and a clock that jumped back does not make them longer', () => {
  assert.deepEqual([1, 2, 3].map(pauseAfter), [30_000, 60_000, 120_000]);
  assert.equal(pauseAfter(40), 6 * 3_600_000);
  const now = new Date('2026-11-21T12:00:00Z');
  assert.ok(!isDue('2026-11-21T12:00:10Z', now));
  assert.ok(isDue('2026-11-21T11:59:59Z', now));
  assert.ok(isDue('2026-11-22T12:00:10Z', now));
  assert.ok(isDue(undefined, now));
});

test('Steward runs without any way to the network', async () => {
  await using vault = new TestVault();
  copyFileSync(EXAMPLE, path.join(vault.root, 'Inbox', 'invoice.pdf'));
  const launch = path.resolve(import.meta.dirname, '..', '..', 'scripts', 'launch.mjs');
  const flags = process.getuid?.() === 0 ? ['-n'] : ['-rn'];
  const out = execFileSync('unshare', [...flags, process.execPath, launch, 'start', '--once'], {
    env: vault.environment,
    encoding: 'utf8',
  });
  assert.match(out, /approval/);
});
