import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Json } from '../../core/digest.ts';
import { answerQuestion } from '../../orchestrator/approve/ask.ts';
import { approveByCommand, reject } from '../../orchestrator/approve/decisions.ts';
import { InProcess } from '../helpers/in-process.ts';
import { executorUnder, hold, moveNote, notesIn, PAYS, pass, sending, stateOf, TASK } from '../helpers/policy.ts';
import { ScriptedExecutor } from '../helpers/scripted.ts';

const ONE_AN_HOUR = 'caps:\n  - {name: mail, action: email.*, per_hour: 1}';
const id = (ordinal: number): string => `${TASK}-a${ordinal}`;
const note = (ordinal: number): string => `letter-01234567-approval-${ordinal}.md`;

/** Proposes and approves by a move, as a person who clicks yes to everything does. */
async function yes(vault: InProcess, executor: ScriptedExecutor, ordinal: number, part = sending('a@example.test')) {
  await executor.propose(id(ordinal), part);
  await executor.drain();
  moveNote(vault, note(ordinal), 'Pending_Approval', 'Approved');
  await executor.drain();
}

test('what waits over a cap is done as soon as what took its room is known not to have happened', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, ONE_AN_HOUR);
  executor.servers.outcomes = [
    { outcome: 'unknown', why: 'dead' },
    { outcome: 'confirmed', receipt: { id: 'r' } },
  ];
  await yes(vault, executor, 1);
  await yes(vault, executor, 2);
  assert.equal(stateOf(vault, 2), 'capped');
  const [question = assert.fail()] = [...vault.ledger.book.questions.values()];
  await answerQuestion(question, 'It did not happen: leave it', executor.context);
  await executor.drain();
  assert.deepEqual([stateOf(vault, 1), stateOf(vault, 2)], ['failed', 'confirmed']);
});

test('a look at what waits over a cap costs nothing while nothing changed, however much was done before', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, ONE_AN_HOUR);
  for (const ordinal of [1, 2, 3]) await yes(vault, executor, ordinal);
  const { history } = vault.ledger.book;
  const effects = history.effects.bind(history);
  let asked = 0;
  history.effects = (...about) => {
    asked += 1;
    return effects(...about);
  };
  for (let look = 0; look < 20; look += 1) await executor.drain();
  assert.equal(asked, 0);
  await hold(vault, 'caps:\n  - {name: mail, action: email.*, per_hour: 2}');
  await executor.drain();
  assert.ok(asked > 0);
  assert.equal(executor.servers.performed, 2, 'another policy is looked at at once');
});

test('what was approved unsigned and waits is asked anew once policy wants it signed', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, ONE_AN_HOUR);
  await yes(vault, executor, 1);
  await yes(vault, executor, 2);
  await hold(vault, 'rules:\n  - {name: mail, zone: red, action: email.*, signature: required}');
  await executor.drain();
  assert.deepEqual([stateOf(vault, 2), stateOf(vault, '2-again')], ['superseded', 'proposed']);
  assert.equal(vault.ledger.book.actions.get(`${id(2)}-again`)?.proposed.signature, 'required');
  assert.equal(executor.servers.performed, 1);
});

test('what is tried again lapses like everything else, and is asked anew instead of done', async () => {
  await using vault = new InProcess('settle: { note: 0, tick: 0, drop: 0 }\napproval_hours: 0.5\n');
  const executor = await executorUnder(vault, '');
  executor.servers.outcomes = [{ outcome: 'not_sent', retry: true, proof: 'busy', fault: 'transient' }];
  await yes(vault, executor, 1);
  await pass(vault, executor, 25);
  assert.equal(stateOf(vault, 1), 'retrying');
  executor.servers.outcomes = [{ outcome: 'confirmed', receipt: { id: 'r' } }];
  const before = executor.servers.performed;
  vault.ahead.wall += 30 * 60_000;
  await executor.drain();
  assert.equal(executor.servers.performed, before);
  assert.deepEqual([stateOf(vault, 1), stateOf(vault, '1-again')], ['superseded', 'proposed']);
});

test('an amount that cannot be counted is sent back before anybody is asked, and stops nothing else', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, '', PAYS);
  const odd = ['12,50', '1e3', '0x10', '', ' 5', '٥', -5, null, [5], { value: 5 }];
  for (const [index, amount] of odd.entries()) await executor.propose(id(index + 11), paying(IBAN, amount));
  await executor.drain();
  for (const [index, amount] of odd.entries())
    assert.ok(vault.ledger.book.refused.has(id(index + 11)), JSON.stringify(amount));
  await yes(vault, executor, 1, paying(IBAN, '12.50'));
  assert.equal(executor.servers.performed, 1);
  assert.equal(vault.ledger.book.stopped, undefined);
});

test('what is over a cap waits although it was approved, says why and until when, and is done by itself when it fits', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, ONE_AN_HOUR);
  await yes(vault, executor, 1);
  await yes(vault, executor, 2);
  assert.equal(executor.servers.performed, 1);
  assert.equal(stateOf(vault, 2), 'capped');
  const shown = readFileSync(path.join(vault.root, 'Approved', note(2)), 'utf8');
  assert.match(shown, /^> \*\*Waits until \d{4}-\d\d-\d\d \d\d:\d\d:\*\* .*“mail”/m);
  await pass(vault, executor, 50);
  assert.equal(executor.servers.performed, 1);
  await pass(vault, executor, 12);
  assert.equal(executor.servers.performed, 2);
  assert.equal(stateOf(vault, 2), 'confirmed');
  const filed = readFileSync(path.join(vault.root, 'Done', vault.now().toISOString().slice(0, 7), note(2)), 'utf8');
  assert.match(filed, /^> \[!success\] Done$/m);
  assert.doesNotMatch(filed, /Approved, but it waits|Waiting for you/, 'what was filed says how it ended');
});

test('what waits over a cap is looked at again without spinning, and holds up nothing else', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, ONE_AN_HOUR);
  await yes(vault, executor, 1);
  await yes(vault, executor, 2);
  assert.ok((await executor.drain()) <= 2, 'a look that finds nothing new ends');
  await yes(vault, executor, 3, { ...sending('b@example.test'), tool: 'draft', server: 'odoo' });
  assert.equal(stateOf(vault, 3), 'confirmed', 'another server goes on');
  await hold(vault, 'caps:\n  - {name: mail, action: email.*, where: {to: "a@*"}, per_hour: 1}');
  await yes(vault, executor, 4, sending('c@example.test'));
  assert.equal(stateOf(vault, 4), 'confirmed', 'a later action of the same server that is over no cap goes on');
  assert.equal(stateOf(vault, 2), 'capped');
});

test('what waits over a cap is called off by moving its note, and by the command', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, ONE_AN_HOUR);
  for (const ordinal of [1, 2, 3]) await yes(vault, executor, ordinal);
  moveNote(vault, note(2), 'Approved', 'Rejected');
  await executor.drain();
  const open = vault.ledger.book.actions.get(id(3)) ?? assert.fail();
  await reject(open, 'no', 'command', executor.context);
  await pass(vault, executor, 130);
  assert.deepEqual([stateOf(vault, 2), stateOf(vault, 3)], ['rejected', 'rejected']);
  assert.equal(executor.servers.performed, 1);
});

test('an approval that lapses while it waits over a cap is asked anew, not done', async () => {
  await using vault = new InProcess('settle: { note: 0, tick: 0, drop: 0 }\napproval_hours: 0.5\n');
  const executor = await executorUnder(vault, ONE_AN_HOUR);
  await yes(vault, executor, 1);
  await yes(vault, executor, 2);
  await pass(vault, executor, 40);
  assert.equal(executor.servers.performed, 1);
  assert.equal(stateOf(vault, 2), 'superseded');
  assert.equal(stateOf(vault, '2-again'), 'proposed');
  assert.deepEqual(notesIn(vault, 'Pending_Approval'), ['letter-01234567-approval-2-again.md']);
});

test('caps count what was begun before a restart', async () => {
  await using vault = new InProcess();
  await yes(vault, await executorUnder(vault, ONE_AN_HOUR), 1);
  const again = new ScriptedExecutor(vault);
  await yes(vault, again, 2);
  assert.equal(again.servers.performed, 0);
  assert.equal(stateOf(vault, 2), 'capped');
});

test('two servers that begin at the same moment do not both take the last room in a cap', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, 'caps:\n  - {name: all, per_day: 1}');
  await executor.propose(id(1), sending('a@example.test'));
  await executor.propose(id(2), { ...sending('b@example.test'), server: 'odoo' });
  await executor.drain();
  for (const ordinal of [1, 2]) {
    const open = vault.ledger.book.actions.get(id(ordinal)) ?? assert.fail();
    await approveByCommand(open, 'me', executor.context);
  }
  await executor.drain();
  assert.equal(executor.servers.performed, 1);
});

test('what was proven not to have happened takes no room in a cap', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, ONE_AN_HOUR);
  executor.servers.outcomes = [
    { outcome: 'not_sent', retry: false, proof: 'refused' },
    { outcome: 'confirmed', receipt: { id: 'r' } },
  ];
  await yes(vault, executor, 1);
  await yes(vault, executor, 2);
  assert.deepEqual([stateOf(vault, 1), stateOf(vault, 2)], ['failed', 'confirmed']);
});

test('of unknown outcome counts as done: a cap is not to be stretched by a line that goes dead', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, ONE_AN_HOUR);
  executor.servers.outcomes = [{ outcome: 'unknown', why: 'dead' }];
  await yes(vault, executor, 1);
  await yes(vault, executor, 2);
  assert.deepEqual([stateOf(vault, 1), stateOf(vault, 2)], ['unknown', 'capped']);
});

const paying = (to: string, amount: Json, currency = 'EUR') => sending(to, { amount, currency });
const IBAN = 'DE89370400440532013000';

test('the first payment to a payee waits its day after it was approved, a second one does not', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, 'caps:\n  - {name: first, does: pay, first_waits_hours: 24}', PAYS);
  await yes(vault, executor, 1, paying(IBAN, 10));
  assert.equal(stateOf(vault, 1), 'capped');
  vault.ahead.wall += 24 * 3_600_000;
  await pass(vault, executor, 1);
  assert.equal(stateOf(vault, 1), 'confirmed');
  vault.ahead.wall += 40 * 24 * 3_600_000;
  await yes(vault, new ScriptedExecutor(vault), 2, paying(IBAN, 10));
  assert.equal(stateOf(vault, 2), 'confirmed', 'it is known after weeks and a restart too');
});

test('no sum gets past a cap on money, and nothing that cannot be read as one is paid', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, 'caps:\n  - {name: money, does: pay, amount_per_day: 100}', PAYS);
  await yes(vault, executor, 1, paying(IBAN, 60));
  await yes(vault, executor, 2, paying(IBAN, 60));
  await yes(vault, executor, 3, paying(IBAN, 40));
  const states = [1, 2, 3].map(ordinal => stateOf(vault, ordinal));
  assert.deepEqual(states, ['confirmed', 'capped', 'confirmed']);
  await executor.propose(id(4), paying(IBAN, -500));
  await executor.drain();
  assert.equal(executor.servers.performed, 2);
});

test('a small payment that recurs is held once a person approved the first, and one that is larger is asked', async () => {
  await using vault = new InProcess();
  const rule = 'rules:\n  - {name: again, zone: yellow, does: pay, to: known, recurring: true}';
  const executor = await executorUnder(vault, rule, PAYS);
  await yes(vault, executor, 1, paying(IBAN, 30));
  for (const [ordinal, part] of [
    [2, paying(IBAN, 30)],
    [3, paying(IBAN, 31)],
    [4, paying(IBAN, 5, 'USD')],
    [5, paying('GB82WEST12345698765432', 5)],
  ] as const) {
    await executor.propose(id(ordinal), part);
    await executor.drain();
  }
  assert.deepEqual(
    [2, 3, 4, 5].map(ordinal => stateOf(vault, ordinal)),
    ['held', 'proposed', 'proposed', 'proposed'],
  );
  vault.ahead.wall += 63 * 24 * 3_600_000;
  await executor.propose(id(6), paying(IBAN, 30));
  await executor.drain();
  assert.equal(stateOf(vault, 6), 'proposed', 'two months later it does not recur');
});
