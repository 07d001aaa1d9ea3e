import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { waitingVault } from '../helpers/prepared.ts';
import { EXAMPLE, TestVault, until } from '../helpers/vault.ts';

const FILED = 'Accounting/2026/2026-11-03 invoice.pdf';

/** The processes that work for a vault, by what their environment says, with their command. Linux only. */
function processesOf(vault: TestVault): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
      if (!environment.includes(vault.home)) continue;
      found.set(Number(name), readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' '));
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

const executorOf = (vault: TestVault): number | undefined =>
  [...processesOf(vault)].find(([, command]) => command.includes('orchestrator/executor.ts'))?.[0];

test('a yes, an answer and a drop that come while Steward is down are acted on at the next start, and a second does nothing more', async () => {
  await using vault = new TestVault();
  copyFileSync(EXAMPLE, path.join(vault.root, 'Inbox', 'invoice.pdf'));
  vault.write('Needs_Action/Moon.md', 'The moon.\n');
  assert.equal(vault.once().code, 0);
  vault.move(vault.only('Pending_Approval'), 'Approved');
  const question = vault.only('Questions');
  vault.write(question, vault.read(question).replace('- [ ] Drop it', '- [x] Drop it'));
  vault.write('Inbox/receipt.txt', 'Receipt of 2026-01-02\n');
  assert.equal(vault.once().code, 0);
  assert.ok(existsSync(path.join(vault.root, FILED)));
  assert.ok(vault.files('Rejected').some(file => file.endsWith('/Moon.md')));
  assert.match(vault.read(vault.only('Pending_Approval')), /2026-01-02 receipt\.txt/);
  const before = vault
    .files()
    .filter(file => file !== 'Dashboard.md')
    .map(file => `${file} ${vault.read(file)}`);
  const again = vault.once();
  assert.equal(again.code, 0);
  assert.match(again.out, /^approval +file-[0-9a-f]+-a1 {2}.*receipt[^\n]*\n$/);
  assert.deepEqual(
    vault
      .files()
      .filter(file => file !== 'Dashboard.md')
      .map(file => `${file} ${vault.read(file)}`),
    before,
  );
});

test('an executor that is killed is started again and does what waits, once', {
  skip: process.platform !== 'linux',
}, async () => {
  await using vault = waitingVault();
  await vault.start();
  const first = executorOf(vault);
  assert.ok(first !== undefined);
  process.kill(first, 'SIGKILL');
  vault.move(vault.only('Pending_Approval'), 'Approved');
  await until(
    () => existsSync(path.join(vault.root, FILED)),
    () => vault.output,
  );
  await until(
    () => vault.files('Done').length === 4,
    () => `${vault.files('Done')} ${vault.output}`,
  );
  assert.match(vault.output, /restart {4}the executor ended and is started again/);
  assert.notEqual(executorOf(vault), first);
  await vault.stop();
  assert.equal(vault.cli('verify').code, 0, vault.cli('verify').out);
});

test('a supervisor that is killed leaves no process behind, and the next start takes over at once', {
  skip: process.platform !== 'linux',
}, async () => {
  await using vault = new TestVault();
  const supervisor = await vault.start();
  await vault.dropInvoice();
  assert.ok(processesOf(vault).size >= 3, 'supervisor, executor and a server run');
  supervisor.kill('SIGKILL');
  await until(
    () => processesOf(vault).size === 0,
    () => [...processesOf(vault).values()].join('\n'),
  );
  vault.move(vault.only('Pending_Approval'), 'Approved');
  assert.equal(vault.once().code, 0);
  assert.ok(existsSync(path.join(vault.root, FILED)));
});
