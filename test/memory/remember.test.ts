import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { sha256 } from '../../core/digest.ts';
import { Vault } from '../../core/vault.ts';
import { MemoryJournal } from '../../orchestrator/memory/memory-journal.ts';
import { remember } from '../../orchestrator/memory/remember.ts';
import { whose } from '../../orchestrator/memory/whose.ts';
import { TempFolder } from '../helpers/temp.ts';

const WANTED = { kind: 'fact', title: 'Gate code', text: 'It is 1234.' } as const;
const about = (call: string, untrusted: readonly string[] = []) => ({
  ...{ task: 'note-0123456789ab', call, note: 'Garden', by: 'Claude' },
  exposure: { untrusted: [...untrusted], private: [] },
});
const at = (hour: number): Date => new Date(2026, 10, 21, hour);

const journalIn = (folder: TempFolder): MemoryJournal =>
  new MemoryJournal(path.join(folder.path, 'm.journal'), folder.path, () => at(9));

test('the same call after a crash is the same note, whether the crash came before the note or behind it', () => {
  using folder = new TempFolder();
  const vault = new Vault(folder.path, 'planner');
  const first = remember(WANTED, about('c'), vault, journalIn(folder), at(9));
  assert.ok(first.ok);
  const text = readFileSync(path.join(folder.path, first.value), 'utf8');
  const again = remember(WANTED, about('c'), vault, journalIn(folder), at(10));
  assert.deepEqual(again, first);
  assert.equal(readFileSync(path.join(folder.path, first.value), 'utf8'), text);
  assert.equal(vault.exists(first.value), true);
  vault.remove(first.value);
  assert.deepEqual(remember(WANTED, about('c'), vault, journalIn(folder), at(11)), first);
  assert.equal(readdirSync(path.join(folder.path, 'Memory', 'Facts')).length, 1);
});

test('a note from which a secret was left out is still known as what strangers had a hand in', () => {
  using folder = new TempFolder();
  const vault = new Vault(folder.path, 'planner');
  const journal = journalIn(folder);
  const text = `The token is ghp_${'a1B2c3D4e5F6'.repeat(3)}.`;
  const made = remember({ ...WANTED, text }, about('c', ['mail']), vault, journal, at(9));
  assert.ok(made.ok);
  const read = vault.read(made.value);
  assert.ok(read.ok);
  assert.doesNotMatch(read.value.text, /ghp_/);
  assert.equal(read.value.sha256, sha256(read.value.text));
  assert.deepEqual(whose(read.value, journal.book), { kind: 'incoming', source: 'mail' });
});

test('whatever its title, a note lands in its folder and nowhere else, and never among people', () => {
  using folder = new TempFolder();
  const vault = new Vault(folder.path, 'planner');
  const journal = journalIn(folder);
  const titles = [
    '../People/Eve',
    '/etc/passwd',
    '..',
    'a/b\\c',
    'Ünïcödé 🙂',
    '---\ntype: task',
    '.hidden',
    'x'.repeat(120),
  ];
  for (const [index, title] of titles.entries()) {
    const made = remember({ ...WANTED, title }, about(`c${index}`), vault, journal, at(9));
    assert.ok(made.ok, title);
    assert.match(made.value, /^Memory\/Facts\/[a-z0-9-]{1,80}\.md$/);
  }
  assert.deepEqual(readdirSync(path.join(folder.path, 'Memory')), ['Facts']);
});
