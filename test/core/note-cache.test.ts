import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { perNote } from '../../core/note-cache.ts';
import { Vault } from '../../core/vault.ts';
import { TempFolder } from '../helpers/temp.ts';

test('what is made of a note is made again when the note changes, and not when it does not', () => {
  using folder = new TempFolder();
  mkdirSync(path.join(folder.path, 'Skills'));
  const file = path.join(folder.path, 'Skills', 'one.md');
  const vault = new Vault(folder.path, 'planner');
  let made = 0;
  const first = perNote(read => {
    made += 1;
    return read.ok ? read.value.text : 'nothing';
  });
  const look = (): string => first(vault, 'Skills/one.md');
  assert.equal(look(), 'nothing');
  writeFileSync(file, 'one');
  assert.equal(look(), 'one');
  // The same size and time of change, as a copy with kept times has them: what tells of it is when the entry changed.
  const end = performance.now() + 30_000;
  for (let before = -1; before !== made; ) {
    assert.ok(performance.now() < end, 'it is never kept');
    before = made;
    assert.equal(look(), 'one');
  }
  writeFileSync(`${file}.new`, 'two');
  utimesSync(`${file}.new`, 1, 1);
  renameSync(`${file}.new`, file);
  assert.equal(look(), 'two');
  rmSync(file);
  assert.equal(look(), 'nothing');
});
