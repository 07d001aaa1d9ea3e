import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { approveByCommand } from '../../orchestrator/approve/decisions.ts';
import { InProcess } from '../helpers/in-process.ts';
import { ScriptedExecutor } from '../helpers/scripted.ts';

const TASK = 'tester-0123456789ab';
const ID = `${TASK}-a1`;
const notes = (vault: InProcess, folder: string): string[] =>
  readdirSync(path.join(vault.root, folder)).filter(name => name.endsWith('.md') && name !== 'README.md');
const action = (vault: InProcess, id = ID) => vault.ledger.book.actions.get(id) ?? assert.fail(`${id} is not open`);

/** An action that lapsed, and the question about it. */
async function lapsed(vault: InProcess): Promise<ScriptedExecutor> {
  const executor = new ScriptedExecutor(vault);
  await executor.propose();
  await vault.ledger.record({ kind: 'EXPIRED', id: ID });
  await executor.drain();
  assert.equal(notes(vault, 'Questions').length, 1);
  return executor;
}

function answerAgain(vault: InProcess): void {
  const file = path.join(vault.root, 'Questions', notes(vault, 'Questions')[0] ?? assert.fail());
  writeFileSync(file, readFileSync(file, 'utf8').replace('- [ ] Ask me again', '- [x] Ask me again'));
}

test('a crash right after a lapsed approval was replaced leaves nothing that stops the executor', async () => {
  await using vault = new InProcess();
  const executor = await lapsed(vault);
  answerAgain(vault);
  await executor.propose(`${ID}-again`);
  await vault.ledger.record({ kind: 'SUPERSEDED', id: ID, by: `${ID}-again`, why: 'It had lapsed.' });
  await executor.drain();
  assert.equal(vault.ledger.book.questions.size, 0);
  assert.equal(vault.ledger.book.past.get(ID), 'superseded');
  assert.equal(action(vault, `${ID}-again`).state, 'proposed');
});

test('while a server is down, a lapsed approval that is wanted again waits, and what else is decided is done', async () => {
  await using vault = new InProcess();
  const executor = await lapsed(vault);
  await executor.propose(`${TASK}-a2`);
  executor.servers.down = { kind: 'retryable', message: 'The server does not start.' };
  answerAgain(vault);
  renameSync(
    path.join(vault.root, 'Pending_Approval', 'letter-01234567-approval-2.md'),
    path.join(vault.root, 'Approved', 'letter-01234567-approval-2.md'),
  );
  await executor.drain();
  assert.equal(vault.ledger.book.past.get(`${TASK}-a2`), 'confirmed');
  assert.equal(action(vault).state, 'expired');
  executor.servers.down = undefined;
  await executor.drain();
  assert.equal(action(vault, `${ID}-again`).state, 'proposed');
});

test('what had lapsed is withdrawn with its task, and its question too', async () => {
  await using vault = new InProcess();
  const executor = await lapsed(vault);
  executor.spool.put('withdraw', { kind: 'withdraw', task: TASK, why: 'You removed the task.' });
  executor.spool.put('close', {
    ...{ kind: 'close', task: TASK, title: 'x', verdict: 'rejected', why: 'removed' },
    notes: [],
  });
  await executor.drain();
  assert.ok(vault.ledger.book.isTaskClosed(TASK), 'the task waits for nobody');
  assert.deepEqual(notes(vault, 'Questions'), []);
});

test('a proposal that could not be prepared yet is withdrawn with its task, and asked for by nobody later', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  executor.servers.down = { kind: 'retryable', message: 'The server does not start.' };
  const stem = 'letter-01234567';
  executor.spool.put('propose', {
    ...{ kind: 'propose', id: ID, task: TASK, task_note: stem, plan_note: `${stem}-plan`, note: `${stem}-approval-1` },
    ...{
      server: 'email',
      tool: 'send',
      arguments: {},
      origins: {},
      exposure: { untrusted: [], private: [] },
      source: 'person',
      brain: 'tester',
    },
  });
  await executor.drain();
  executor.spool.put('withdraw', { kind: 'withdraw', task: TASK, why: 'You rewrote the task.' });
  await executor.drain();
  executor.servers.down = undefined;
  await executor.drain();
  assert.deepEqual(notes(vault, 'Pending_Approval'), []);
});

test('while the ledger cannot be written an approved action is tried again in a while, not as fast as the computer can', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  await executor.propose();
  await approveByCommand(action(vault), 'tester', executor.context);
  const record = vault.ledger.record.bind(vault.ledger);
  vault.ledger.record = () => Promise.reject(new Error('no space left'));
  await executor.drain();
  assert.equal(executor.servers.performed, 0);
  vault.ledger.record = record;
});

test('an approval whose title is cut in the middle of an emoji can be given by moving its note', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  for (const [index, start] of ['Send', 'Send a'].entries()) {
    executor.servers.title = `${start}${'😀'.repeat(140)} to Anna`;
    await executor.propose(`${TASK}-a${index + 1}`);
  }
  for (const name of notes(vault, 'Pending_Approval')) {
    renameSync(path.join(vault.root, 'Pending_Approval', name), path.join(vault.root, 'Approved', name));
  }
  await executor.drain();
  assert.equal(executor.servers.performed, 2);
  assert.deepEqual(notes(vault, 'Quarantine'), []);
});

test('a name with an emoji where it is cut does not stop the executor when its approval lapses', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  executor.servers.title = `Send ${'😀'.repeat(140)} ${'x'.repeat(5)}`;
  await executor.propose();
  executor.servers.title = `Send a${'😀'.repeat(140)} ${'x'.repeat(6)}`;
  await executor.propose(`${TASK}-a2`);
  await vault.ledger.record({ kind: 'EXPIRED', id: ID }, { kind: 'EXPIRED', id: `${TASK}-a2` });
  await executor.drain();
  assert.equal(notes(vault, 'Questions').length, 2);
});
