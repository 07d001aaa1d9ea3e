import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Outcome } from '../../core/action-server.ts';
import type { Fault } from '../../core/fault.ts';
import { approveByCommand } from '../../orchestrator/approve/decisions.ts';
import { LIMITS } from '../../orchestrator/execute/breaker.ts';
import { LedgerWatch } from '../../orchestrator/execute/ledger-watch.ts';
import { InProcess } from '../helpers/in-process.ts';
import { executorUnder, moveNote, notesIn, PAYS, pass, sending, stateOf, TASK } from '../helpers/policy.ts';
import { ScriptedExecutor } from '../helpers/scripted.ts';

const id = (ordinal: number): string => `${TASK}-a${ordinal}`;
const not = (fault: Fault, proof = 'It was not sent.'): Outcome => ({
  ...{ outcome: 'not_sent', retry: fault === 'transient' || fault === 'system', proof, fault },
});
const done: Outcome = { outcome: 'confirmed', receipt: { id: 'r' } };
const kinds = (vault: InProcess): string[] => vault.records().map(({ body }) => body.kind);
const count = (vault: InProcess, kind: string): number => kinds(vault).filter(one => one === kind).length;
const isStopped = (vault: InProcess): boolean => vault.ledger.book.stopped !== undefined;
const stopNote = (vault: InProcess): string => readFileSync(path.join(vault.root, 'STOP.md'), 'utf8');

/** Proposes and approves, without looking around. */
async function approve(
  vault: InProcess,
  executor: ScriptedExecutor,
  ordinal: number,
  part = sending('a@example.test'),
) {
  await executor.propose(id(ordinal), { note: `letter-01234567-approval-${ordinal}`, ...part });
  await approveByCommand(vault.ledger.book.actions.get(id(ordinal)) ?? assert.fail(), 'tester', executor.context);
}

/** Lets the time of every wait pass. */
const later = (vault: InProcess, executor: ScriptedExecutor, minutes = 1): Promise<void> =>
  pass(vault, executor, minutes);

test('a refused account pauses its channel, the action waits as if it had not been tried, and goes on after resume', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  executor.servers.outcomes = [not('authentication', 'The server refused the password.')];
  await approve(vault, executor, 1);
  await approve(vault, executor, 2);
  await approve(vault, executor, 3, { ...sending('a@example.test'), server: 'files' });
  await executor.drain();
  assert.equal(stateOf(vault, 1), 'retrying');
  assert.equal(stateOf(vault, 2), 'approved', 'nothing else is begun there');
  const [paused] = [...vault.ledger.book.paused];
  assert.ok(paused?.[1].why.includes('refused the password'), JSON.stringify(paused));
  assert.equal(vault.ledger.book.actions.get(id(1))?.tries, 0);
  await later(vault, executor, 120);
  assert.equal(count(vault, 'PAUSED'), vault.ledger.book.paused.size, 'each channel is paused once');
  const begun = executor.servers.performed;
  executor.servers.outcomes = [done];
  await later(vault, executor, 5);
  assert.equal(executor.servers.performed, begun, 'time alone lifts no pause');
  for (const channel of [...vault.ledger.book.paused.keys()])
    executor.spool.put(`unpause-${channel}`, { kind: 'unpause', channel, by: 'tester' });
  await executor.drain();
  assert.deepEqual(
    [1, 2, 3].map(ordinal => stateOf(vault, ordinal)),
    ['confirmed', 'confirmed', 'confirmed'],
  );
  assert.ok(executor.servers.restarted >= 1, 'the server has the new password only if it starts anew');
});

test('a channel that is paused does not hold up another one, keeps what is approved there, and outlives a restart', async () => {
  await using vault = new InProcess();
  const first = new ScriptedExecutor(vault);
  first.spool.put('pause', { kind: 'pause', channel: 'email', why: 'I change the password.', by: 'tester' });
  await first.drain();
  const executor = new ScriptedExecutor(vault);
  await approve(vault, executor, 1);
  await approve(vault, executor, 2, { ...sending('a@example.test'), server: 'files' });
  await later(vault, executor, 2);
  assert.equal(stateOf(vault, 1), 'approved');
  assert.equal(stateOf(vault, 2), 'confirmed');
  await later(vault, executor, 60 * 24 * 0.1);
  executor.spool.put('unpause', { kind: 'unpause', channel: 'email', by: 'tester' });
  await executor.drain();
  assert.equal(stateOf(vault, 1), 'confirmed');
});

test('what is approved at a paused channel can be refused meanwhile', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  executor.spool.put('pause', { kind: 'pause', channel: 'email', why: 'x', by: 'tester' });
  await executor.propose(id(1));
  await executor.drain();
  moveNote(vault, 'letter-01234567-approval-1.md', 'Pending_Approval', 'Approved');
  await executor.drain();
  assert.equal(stateOf(vault, 1), 'approved');
  moveNote(vault, 'letter-01234567-approval-1.md', 'Approved', 'Rejected');
  await executor.drain();
  executor.spool.put('unpause', { kind: 'unpause', channel: 'email', by: 'tester' });
  await executor.drain();
  assert.equal(stateOf(vault, 1), 'rejected');
  assert.equal(executor.servers.performed, 0);
});

test('a pause of something that is no channel is refused in words and pauses nothing', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  executor.spool.put('pause', { kind: 'pause', channel: '../x', why: 'x', by: 'tester' });
  await executor.drain();
  assert.equal(count(vault, 'PAUSED'), 0);
  assert.ok(vault.lines.some(line => line.includes('no channel')));
});

test('a server that does not start uses up no try and fails nothing, is told of once, and goes on by itself', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  executor.servers.broken = { kind: 'retryable', message: 'The action server “email” does not start.' };
  await approve(vault, executor, 1);
  await later(vault, executor, 24 * 60);
  assert.equal(count(vault, 'INTENT'), 0);
  assert.equal(stateOf(vault, 1), 'approved');
  assert.equal(vault.lines.filter(line => line.includes('does not start')).length, 1, vault.lines.join('\n'));
  executor.servers.broken = undefined;
  await later(vault, executor, 16);
  assert.equal(stateOf(vault, 1), 'confirmed');
  assert.equal(vault.lines.filter(line => line.includes('email works again')).length, 1);
});

test('after faults in a row nothing begins at a server until its wait is over, then one alone tries, and success closes it', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  executor.servers.outcomes = [not('transient')];
  for (let ordinal = 1; ordinal <= 9; ordinal += 1) await approve(vault, executor, ordinal);
  await executor.drain();
  assert.equal(executor.servers.performed, LIMITS.faults, 'the rest is not even tried');
  vault.ahead.wall += LIMITS.first;
  vault.ahead.monotonic += LIMITS.first;
  await executor.drain();
  assert.equal(executor.servers.performed, LIMITS.faults + 1, 'one alone tries');
  executor.servers.outcomes = [done];
  await later(vault, executor, 3);
  for (let ordinal = 1; ordinal <= 9; ordinal += 1) assert.equal(stateOf(vault, ordinal), 'confirmed', String(ordinal));
  assert.ok(!isStopped(vault), 'what is tried again is no emergency');
});

test('a fault of this computer starts the server anew and repeats the try at once, then waits as for any other', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  executor.servers.outcomes = [not('system', 'Too many files are open.'), done];
  await approve(vault, executor, 1);
  await executor.drain();
  assert.equal(stateOf(vault, 1), 'confirmed');
  assert.equal(executor.servers.restarted, 1);
  executor.servers.outcomes = [not('system', 'The disk is full.')];
  await approve(vault, executor, 2);
  await executor.drain();
  assert.equal(executor.servers.restarted, 2);
  assert.equal(executor.servers.performed, 4, 'two tries, and then a wait');
  assert.equal(vault.ledger.book.actions.get(id(2))?.tries, 1);
});

for (const [fault, says] of [
  ['logic', /Mend the cause/],
  ['data', /one thing was set aside, and everything else goes on/],
] as const) {
  test(`a fault of ${fault} fails that one action at once, says what to do, and holds up nothing`, async () => {
    await using vault = new InProcess();
    const executor = new ScriptedExecutor(vault);
    executor.servers.outcomes = [not(fault, 'nobody@example.test is unknown there.'), done];
    await approve(vault, executor, 1);
    await approve(vault, executor, 2);
    await executor.drain();
    assert.equal(stateOf(vault, 1), 'failed');
    assert.equal(stateOf(vault, 2), 'confirmed');
    assert.equal(executor.servers.restarted + vault.ledger.book.paused.size, 0);
    const month = path.join('Failed', new Date().toISOString().slice(0, 7));
    const [note = assert.fail()] = notesIn(vault, month).filter(name => name.includes('failure'));
    const text = readFileSync(path.join(vault.root, month, note), 'utf8');
    assert.match(text, says);
    assert.match(text, /nobody@example\.test is unknown there/);
  });
}

test('a person who approves many at once does not trip the emergency stop; the same without a word of theirs does', async () => {
  await using vault = new InProcess('emergency: { effects_per_minute: 5 }\nsettle: { note: 0, tick: 0, drop: 0 }\n');
  const executor = await executorUnder(vault, 'rules:\n  - {name: all, zone: green, action: "files.*"}');
  for (let ordinal = 10; ordinal < 24; ordinal += 1) await approve(vault, executor, ordinal);
  await executor.drain();
  assert.ok(!isStopped(vault));
  const before = executor.servers.performed;
  assert.equal(before, 14);
  for (let ordinal = 30; ordinal < 44; ordinal += 1) {
    const part = { ...sending('a@example.test'), server: 'files', note: `letter-01234567-approval-${ordinal}` };
    await executor.propose(id(ordinal), part);
  }
  await executor.drain();
  assert.equal(executor.servers.performed - before, 6);
  assert.match(vault.ledger.book.stopped?.why ?? '', /6 actions began within a minute/);
  assert.match(
    stopNote(vault),
    /Steward stopped by itself[\s\S]*What is safe[\s\S]*What to do[\s\S]*Policies\.md[\s\S]*steward resume/,
  );
  rmSync(path.join(vault.root, 'STOP.md'));
  const again = new ScriptedExecutor(vault);
  await again.drain();
  assert.equal(again.servers.performed, 0, 'it latches, also across a restart');
  assert.match(stopNote(vault), /Policies\.md/, 'the note that was deleted is back, with what to do');
  again.spool.put('resume', { kind: 'resume', by: 'tester' });
  await again.drain();
  assert.equal(again.servers.performed, 6, 'the count begins anew');
});

test('what would spend more than the limit is not begun; after resume it is, and before it can be refused', async () => {
  await using vault = new InProcess('emergency: { spend_per_day: 100 }\nsettle: { note: 0, tick: 0, drop: 0 }\n');
  const executor = await executorUnder(vault, 'rules: []', PAYS);
  await approve(vault, executor, 1, sending('DE1', { amount: 60, currency: 'EUR' }));
  await executor.drain();
  await approve(vault, executor, 2, sending('DE1', { amount: 60, currency: 'EUR' }));
  await executor.drain();
  assert.equal(executor.servers.performed, 1);
  assert.ok(kinds(vault).filter(kind => kind === 'INTENT').length === 1, 'it was not even begun');
  assert.match(stopNote(vault), /would spend 60, after 60 in the last 24 hours; the limit is 100/);
  executor.spool.put('resume', { kind: 'resume', by: 'tester' });
  await executor.drain();
  assert.equal(executor.servers.performed, 2);
  assert.ok(!isStopped(vault));
});

test('a storm of failures stops by itself, and what was approved by then is kept', async () => {
  await using vault = new InProcess('emergency: { failures: 4 }\nsettle: { note: 0, tick: 0, drop: 0 }\n');
  const executor = new ScriptedExecutor(vault);
  executor.servers.outcomes = [not('logic')];
  for (let ordinal = 1; ordinal <= 7; ordinal += 1) await approve(vault, executor, ordinal);
  await executor.drain();
  assert.equal(executor.servers.performed, 4);
  assert.match(vault.ledger.book.stopped?.why ?? '', /4 actions failed/);
  assert.equal(stateOf(vault, 6), 'approved');
});

const changedAt = (file: string): bigint => lstatSync(file, { bigint: true }).ctimeNs;

/** What somebody may do to the ledger of a running Steward. */
const TAMPERED: Readonly<Record<string, (file: string) => void>> = {
  'one byte of an old record is changed in place': file => {
    const bytes = readFileSync(file);
    bytes[400] = bytes[400] === 0x61 ? 0x62 : 0x61;
    // In the same tick of the clock as our own last write it would be found in the background only.
    const before = changedAt(file);
    while (changedAt(file) === before) writeFileSync(file, bytes);
  },
  'the last record is cut off': file => {
    const text = readFileSync(file, 'utf8');
    truncateSync(file, Buffer.byteLength(text.slice(0, text.trimEnd().lastIndexOf('\n') + 1)));
  },
  'it is emptied': file => truncateSync(file, 0),
  'it is deleted': file => rmSync(file),
  'an equal copy is put in its place': file => {
    writeFileSync(`${file}.copy`, readFileSync(file));
    renameSync(`${file}.copy`, file);
  },
  'a line is added': file => appendFileSync(file, '12 0000 {}\n'),
  'half a line is added': file => appendFileSync(file, '12 00'),
};

for (const [what, tamper] of Object.entries(TAMPERED)) {
  test(`the ledger under a running executor: ${what}; nothing is done from then on, and nothing is written behind it`, async () => {
    await using vault = new InProcess();
    const executor = new ScriptedExecutor(vault);
    await approve(vault, executor, 1);
    await executor.drain();
    await approve(vault, executor, 2);
    const file = vault.opened.state.ledger;
    tamper(file);
    const left = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    await executor.drain();
    assert.equal(executor.servers.performed, 1);
    assert.match(
      stopNote(vault),
      /The ledger on disk was changed by something other than Steward[\s\S]*restore both from one backup/,
    );
    assert.ok(
      vault.lines.some(line => line.startsWith('STOPPED ')),
      vault.lines.join('\n'),
    );
    rmSync(path.join(vault.root, 'STOP.md'));
    executor.spool.put('resume', { kind: 'resume', by: 'tester' });
    await executor.drain();
    assert.equal(executor.servers.performed, 1, 'a word is not enough: the ledger is as wrong as before');
    assert.ok(vault.lines.some(line => line.startsWith('not resumed')));
    assert.ok(existsSync(path.join(vault.root, 'STOP.md')));
    assert.equal(existsSync(file) ? readFileSync(file, 'utf8') : undefined, left);
  });
}

test('a ledger that was only looked at, backed up by a link or given other rights stops nothing', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  const file = vault.opened.state.ledger;
  await approve(vault, executor, 1);
  linkSync(file, `${file}.backup`);
  await executor.drain();
  chmodSync(file, 0o640);
  utimesSync(file, 1, 1);
  await approve(vault, executor, 2);
  await executor.drain();
  assert.equal(executor.servers.performed, 2);
});

test('a change that leaves no trace in the file’s times is found when the whole is read in the background, slice by slice', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  for (let ordinal = 1; ordinal <= 9; ordinal += 1) await approve(vault, executor, ordinal);
  await executor.drain();
  const file = vault.opened.state.ledger;
  vault.ledger.disturbance = () => undefined;
  let now = 0;
  const watch = new LedgerWatch(file, vault.ledger, 1000, now);
  const look = (): string | undefined => watch.look(() => now++);
  for (now = 0; now < 2000; now += 1) assert.equal(look(), undefined, 'a sound ledger');
  TAMPERED['one byte of an old record is changed in place']?.(file);
  const start = now;
  let found: string | undefined;
  while (found === undefined && now < start + 3000) found = look();
  assert.match(found ?? 'nothing was found', /^record \d+ is not what was written/);
});

test('while Steward is stopped nothing begins: not what fits under its cap by now, not what is due again, not what is green', async () => {
  await using vault = new InProcess();
  const rules = 'rules:\n  - {name: all, zone: green, action: "files.*"}\n';
  const executor = await executorUnder(vault, `${rules}caps:\n  - {name: mail, action: email.*, per_hour: 1}`);
  executor.servers.outcomes = [done, not('transient'), done];
  await approve(vault, executor, 1);
  await executor.drain();
  await approve(vault, executor, 2);
  await executor.drain();
  await approve(vault, executor, 3, { ...sending('a@example.test'), server: 'odoo' });
  await executor.drain();
  assert.deepEqual(
    [1, 2, 3].map(ordinal => stateOf(vault, ordinal)),
    ['confirmed', 'capped', 'retrying'],
  );
  executor.spool.put('stop', { kind: 'stop', why: 'enough', by: 'tester' });
  await executor.propose(id(4), { ...sending('a@example.test'), server: 'files' });
  await later(vault, executor, 130);
  const again = new ScriptedExecutor(vault);
  await later(vault, again, 5);
  assert.equal(executor.servers.performed + again.servers.performed, 2);
  again.servers.reach = executor.servers.reach;
  again.spool.put('resume', { kind: 'resume', by: 'tester' });
  await later(vault, again, 2);
  assert.deepEqual(
    [2, 3, 4].map(ordinal => stateOf(vault, ordinal)),
    ['confirmed', 'confirmed', 'confirmed'],
  );
});
