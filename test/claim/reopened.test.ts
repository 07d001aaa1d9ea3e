import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { InProcess } from '../helpers/in-process.ts';

const at = (vault: InProcess, ...parts: string[]): string => path.join(vault.root, ...parts);
const notes = (vault: InProcess, ...folder: string[]): string[] =>
  readdirSync(at(vault, ...folder)).filter(name => name.endsWith('.md') && name !== 'README.md');

/** A drop whose proposal was turned down, and the folder in which its notes are filed. */
async function rejected(vault: InProcess): Promise<string> {
  writeFileSync(at(vault, 'Inbox', 'letter.pdf'), '%PDF-1.4\n');
  await vault.drain();
  const [approval = assert.fail()] = notes(vault, 'Pending_Approval');
  renameSync(at(vault, 'Pending_Approval', approval), at(vault, 'Rejected', approval));
  await vault.drain();
  return path.join('Rejected', readdirSync(at(vault, 'Rejected')).find(name => name.startsWith('20')) ?? assert.fail());
}

const isTask = (name: string): boolean => /^letter-[0-9a-f]+\.md$/.test(name);

test('a task that is moved back before the planner saw it filed is taken up again, not lost in In_Progress', async () => {
  await using vault = new InProcess();
  const filed = await rejected(vault);
  const { tasks, closedTasks } = vault.opened.state;
  const [journal = assert.fail()] = readdirSync(closedTasks);
  renameSync(path.join(closedTasks, journal), path.join(tasks, journal));
  const note = notes(vault, filed).find(isTask) ?? assert.fail();
  renameSync(at(vault, filed, note), at(vault, 'Needs_Action', note));
  await vault.drain();
  assert.equal(notes(vault, 'Pending_Approval').length, 1);
});

test('a task can be moved back again and again, and each time it is asked for once', async () => {
  await using vault = new InProcess();
  const filed = await rejected(vault);
  for (let round = 2; round < 6; round += 1) {
    const note = notes(vault, filed).find(isTask) ?? assert.fail();
    renameSync(at(vault, filed, note), at(vault, 'Needs_Action', note));
    await vault.drain();
    const waiting = notes(vault, 'Pending_Approval');
    assert.equal(waiting.length, 1, `round ${round}`);
    renameSync(at(vault, 'Pending_Approval', waiting[0] ?? ''), at(vault, 'Rejected', waiting[0] ?? ''));
    await vault.drain();
    assert.deepEqual([notes(vault, 'Needs_Action'), notes(vault, 'In_Progress', 'local')], [[], []]);
  }
  assert.deepEqual(vault.problems(), []);
});

test('a watcher’s note under another name is still what came in, never what the person wrote', async () => {
  await using vault = new InProcess();
  const filed = await rejected(vault);
  const note = notes(vault, filed).find(isTask) ?? assert.fail();
  renameSync(at(vault, filed, note), at(vault, 'Needs_Action', 'Please do this again.md'));
  await vault.drain();
  const open = readdirSync(vault.opened.state.tasks).filter(name => name.endsWith('.journal'));
  assert.ok(open.length <= 1);
  for (const name of open) {
    const text = readFileSync(path.join(vault.opened.state.tasks, name), 'utf8');
    assert.ok(!text.includes('"origin":{"kind":"person"}'), 'text from outside counts as the person’s own');
  }
});
