import assert from 'node:assert/strict';
import { readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ApprovalFolders } from '../../orchestrator/approve/approval-folders.ts';
import { InProcess } from '../helpers/in-process.ts';
import { executorUnder, moveNote, notesIn, sending, stateOf, TASK, writePolicy } from '../helpers/policy.ts';
import type { ScriptedExecutor } from '../helpers/scripted.ts';

const NOTE = 'letter-01234567-approval-1.md';
const ID = `${TASK}-a1`;
const ASKED = 'caps: []';

/** A vault with one action that waits for a yes, and a server that stands ready. */
async function asked(vault: InProcess): Promise<ScriptedExecutor> {
  const executor = await executorUnder(vault, ASKED);
  await executor.propose(ID, sending('anna@example.test'));
  await executor.drain();
  assert.deepEqual(notesIn(vault, 'Pending_Approval'), [NOTE]);
  return executor;
}

const recordsOf = (vault: InProcess) =>
  vault.records().filter(({ body }) => ['APPROVED', 'INTENT', 'CONFIRMED', 'STOPPED', 'POLICY'].includes(body.kind));

test('where a server stands ready, APPROVED and INTENT are on disk together before it is called, once', async () => {
  await using vault = new InProcess();
  const executor = await asked(vault);
  let before: readonly (readonly [string, string])[] = [];
  const written = (): typeof before =>
    [...readFileSync(vault.context.state.ledger, 'utf8').matchAll(/"at":"([^"]+)".*"kind":"([A-Z]+)"/g)].map(
      ([, at = '', kind = '']) => [kind, at],
    );
  const { servers } = executor;
  const perform = servers.perform.bind(servers);
  servers.perform = () => {
    before = written();
    return perform();
  };
  moveNote(vault, NOTE, 'Pending_Approval', 'Approved');
  await executor.drain();
  const [approved, intent] = before.slice(-2);
  assert.deepEqual([approved?.[0], intent?.[0]], ['APPROVED', 'INTENT']);
  assert.equal(approved?.[1], intent?.[1], 'each had a sync of its own');
  assert.equal(servers.performed, 1);
  assert.equal(stateOf(vault), 'confirmed');
});

test('what is approved while Steward is stopped is on record as approved, and not begun', async () => {
  await using vault = new InProcess();
  const executor = await asked(vault);
  writeFileSync(path.join(vault.root, 'STOP.md'), 'stop');
  moveNote(vault, NOTE, 'Pending_Approval', 'Approved');
  await executor.drain();
  assert.equal(executor.servers.performed, 0);
  assert.equal(stateOf(vault), 'approved');
  assert.ok(recordsOf(vault).every(({ body }) => body.kind !== 'INTENT'));
});

test('a stop that comes while an approval is being read still counts', async () => {
  await using vault = new InProcess();
  const executor = await asked(vault);
  const { context } = executor;
  const said = context.syncers;
  // Asked in the midst of taking the decision: the look at the top of the vault is over by then.
  Object.assign(context, {
    syncers: () => {
      writeFileSync(path.join(vault.root, 'STOP.md'), 'stop');
      return said();
    },
  });
  moveNote(vault, NOTE, 'Pending_Approval', 'Approved');
  await executor.drain();
  assert.equal(executor.servers.performed, 0);
});

test('a policy that became stricter by the same look is the one that what is approved in it is judged by', async () => {
  await using vault = new InProcess();
  const executor = await asked(vault);
  writePolicy(vault, `never:\n  - {name: nobody, action: email.send}`);
  moveNote(vault, NOTE, 'Pending_Approval', 'Approved');
  await executor.drain();
  assert.equal(executor.servers.performed, 0);
  assert.equal(stateOf(vault), 'failed');
});

test('where the approval cannot be put on record nothing is done, and it is tried again', async () => {
  await using vault = new InProcess();
  const executor = await asked(vault);
  const { ledger } = vault;
  const record = ledger.record.bind(ledger);
  ledger.record = () => Promise.reject(new Error('no space'));
  moveNote(vault, NOTE, 'Pending_Approval', 'Approved');
  await executor.drain();
  assert.equal(executor.servers.performed, 0);
  assert.equal(stateOf(vault), 'proposed');
  ledger.record = record;
  await executor.drain();
  assert.equal(executor.servers.performed, 1);
  assert.equal(stateOf(vault), 'confirmed');
});

test('a note that was changed within its size and times, and moved, is not taken for what was written', async () => {
  await using vault = new InProcess();
  const executor = await asked(vault);
  const file = path.join(vault.root, 'Pending_Approval', NOTE);
  const text = readFileSync(file, 'utf8');
  const changed = text.replace('anna@example.test', 'adam@example.test');
  assert.notEqual(changed, text);
  const then = new Date(Date.now() - 60_000);
  utimesSync(file, then, then);
  await executor.drain();
  writeFileSync(file, changed);
  utimesSync(file, then, then);
  moveNote(vault, NOTE, 'Pending_Approval', 'Approved');
  await executor.drain();
  const [approved] = vault.records().flatMap(({ body }) => (body.kind === 'APPROVED' ? [body] : []));
  assert.notDeepEqual(approved?.changed, [], 'the change is not on record');
});

test('a note that was only moved is the same note, and one whose bytes changed on the way is read anew', async () => {
  await using vault = new InProcess();
  await asked(vault);
  const folders = new ApprovalFolders(vault.context.vault);
  const [before = assert.fail()] = folders.look(assert.fail);
  moveNote(vault, NOTE, 'Pending_Approval', 'Approved');
  const [moved = assert.fail()] = folders.look(assert.fail);
  assert.equal(moved.folder, 'Approved');
  assert.equal(moved.note, before.note, 'it was parsed again');
  const file = path.join(vault.root, 'Approved', NOTE);
  writeFileSync(file, readFileSync(file, 'utf8').replace('reason:', 'reason: because'));
  renameSync(file, path.join(vault.root, 'Rejected', NOTE));
  const [changed = assert.fail()] = folders.look(assert.fail);
  assert.equal(changed.note.ok && changed.note.value.reason, 'because');
});
