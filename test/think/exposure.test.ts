import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Origin } from '../../core/envelope.ts';
import { openStateFolder } from '../../core/state-folder.ts';
import { exposedByAsking } from '../../orchestrator/think/exposure.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import type { Taken } from '../../orchestrator/think/task-record.ts';
import { TempFolder } from '../helpers/temp.ts';

const NOW = (): Date => new Date(0);
const TAKEN: Taken = {
  ...{ kind: 'TAKEN', id: 'note-0123456789ab', stem: 'x-01234567', title: 'x', source: 'person' },
  ...{ note: 'Needs_Action/x.md', own: true, sha256: '0'.repeat(64), origin: { kind: 'person' } },
};

function open(folder: TempFolder, taken: Taken = TAKEN): TaskJournal {
  const state = openStateFolder(folder.path, '/nowhere', '0123456789abcdef');
  const task = state.ok ? TaskJournal.open(state.value, taken.id, NOW, taken) : undefined;
  assert.ok(task !== undefined);
  return task;
}

function give(task: TaskJournal, origin: Origin, text: string): void {
  const usage = { model: '', input_tokens: 0, output_tokens: 0 };
  task.record({ kind: 'TURN', turn: { say: '', calls: [{ id: 'c', tool: 'read_a_b', input: {} }], usage } });
  task.record({ kind: 'RESULT', result: { call: 'c', ok: true, text, origin } });
}

test('a person’s own note exposes nothing, and what a watcher brought is a stranger’s', () => {
  using folder = new TempFolder();
  assert.deepEqual(open(folder).exposure, { untrusted: [], private: [] });
  const mail: Taken = { ...TAKEN, id: 'mail-0123456789ab', own: false, source: 'mail' };
  assert.deepEqual(open(folder, mail).exposure, { untrusted: ['mail'], private: [] });
});

test('what was read here is a stranger’s and private, a page of the web is a stranger’s alone', () => {
  using folder = new TempFolder();
  const task = open(folder);
  give(task, { kind: 'web', url: 'https://a.example/' }, 'page');
  assert.deepEqual(task.exposure, { untrusted: ['https://a.example/'], private: [] });
  give(task, { kind: 'incoming', source: 'mail.search' }, 'letter');
  assert.deepEqual(task.exposure, { untrusted: ['https://a.example/', 'mail.search'], private: ['mail.search'] });
});

test('what was shown stays shown after a crash, and where thinking starts again from new words', () => {
  using folder = new TempFolder();
  const task = open(folder);
  give(task, { kind: 'incoming', source: 'mail.search' }, 'letter');
  task.record({ kind: 'SHOWN', exposure: { untrusted: [], private: ['Memory/People'] } });
  task.record({ kind: 'REVISED', sha256: '1'.repeat(64) });
  assert.equal(task.exchanges.length, 0);
  const expected = { untrusted: ['mail.search'], private: ['mail.search', 'Memory/People'] };
  assert.deepEqual(task.exposure, expected);
  assert.deepEqual(open(folder).exposure, expected);
  assert.deepEqual(
    open(folder).readings.map(({ text }) => text),
    ['letter'],
  );
});

test('the list of people is private for a model, and not for the rulebook, which is code', () => {
  assert.deepEqual(exposedByAsking({ name: 'claude' }, 2).private, ['Memory/People']);
  assert.deepEqual(exposedByAsking({ name: 'claude' }, 0).private, []);
  assert.deepEqual(exposedByAsking({ name: 'rulebook' }, 2).private, []);
});
