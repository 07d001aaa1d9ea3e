import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { approveByCommand } from '../../orchestrator/approve/decisions.ts';
import { InProcess } from '../helpers/in-process.ts';
import { ScriptedExecutor } from '../helpers/scripted.ts';

const ID = 'tester-0123456789ab-a1';
const questions = (vault: InProcess): string[] =>
  readdirSync(path.join(vault.root, 'Questions')).filter(name => name !== 'README.md');

/** An action that was approved and begun, and whose outcome nobody knows. */
async function unknown(vault: InProcess): Promise<ScriptedExecutor> {
  const executor = new ScriptedExecutor(vault);
  executor.servers.outcomes = [{ outcome: 'unknown', why: 'the line went dead' }];
  await executor.propose();
  await approveByCommand(vault.ledger.book.actions.get(ID) ?? assert.fail(), 'tester', executor.context);
  await executor.drain();
  return executor;
}

function tick(vault: InProcess, name: string, choice: string): void {
  const file = path.join(vault.root, 'Questions', name);
  const text = readFileSync(file, 'utf8');
  assert.ok(text.includes(`- [ ] ${choice}`), text);
  writeFileSync(file, text.replace(`- [ ] ${choice}`, `- [x] ${choice}`));
}

test('“try again” is one more try: when that is unknown too the person is asked anew, and nothing is tried unasked', async () => {
  await using vault = new InProcess();
  const executor = await unknown(vault);
  assert.equal(executor.servers.performed, 1);
  const [first = assert.fail()] = questions(vault);
  tick(vault, first, 'It did not happen: try again');
  await executor.drain();
  assert.equal(executor.servers.performed, 2, 'one word of the person, one more try');
  const second = questions(vault).find(name => name !== first) ?? assert.fail('it was not asked again');
  tick(vault, second, 'It happened');
  await executor.drain();
  assert.equal(executor.servers.performed, 2);
  assert.deepEqual(questions(vault), []);
  assert.equal(vault.ledger.book.past.get(ID), 'confirmed');
});

test('an answer whose consequence was cut off by a crash is asked for again', async () => {
  await using vault = new InProcess();
  const executor = await unknown(vault);
  const question = `${ID}-unknown`;
  await vault.ledger.record({ kind: 'ANSWERED', question, about: ID, answer: 'It happened' });
  await executor.drain();
  assert.equal(executor.servers.performed, 1);
  assert.ok(vault.ledger.book.hasOpenQuestion('tester-0123456789ab'), 'nobody waits for what can never come');
});
