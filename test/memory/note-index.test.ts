import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { catchUp } from '../../orchestrator/memory/catch-up.ts';
import { NoteIndex, wordsOf } from '../../orchestrator/memory/note-index.ts';
import { TempFolder } from '../helpers/temp.ts';

class IndexedVault implements Disposable {
  readonly #base = new TempFolder();
  readonly root = path.join(this.#base.path, 'vault');
  readonly index = new NoteIndex(path.join(this.#base.path, 'index.sqlite'));

  write(name: string, text: string): void {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  look(thorough = false): Promise<number> {
    return catchUp(this.root, this.index, thorough, new AbortController().signal);
  }

  found(query: string): readonly string[] {
    return this.index.search(wordsOf(query), 10).map(({ path: found }) => found);
  }

  [Symbol.dispose](): void {
    this.index.close();
    this.#base[Symbol.dispose]();
  }
}

test('a note is found by its words, whatever their case and accents, and the better fit comes first', async () => {
  using vault = new IndexedVault();
  vault.write('Memory/Projects/Café Zürich.md', 'The opening is in May.');
  vault.write('Documents/notes.md', 'We met at the cafe once; other things too.');
  vault.write('Documents/other.md', 'Nothing of it.');
  assert.equal(await vault.look(), 3);
  assert.deepEqual(vault.found('CAFE zurich'), ['Memory/Projects/Café Zürich.md', 'Documents/notes.md']);
  assert.deepEqual(vault.found('müller'), []);
});

test('what is new, changed, renamed, moved and deleted is found as it is now, and a second look does nothing', async () => {
  using vault = new IndexedVault();
  vault.write('Documents/a.md', 'alpha');
  vault.write('Documents/sub/b.md', 'beta');
  await vault.look();
  assert.equal(await vault.look(), 0);
  vault.write('Documents/c.md', 'gamma');
  renameSync(path.join(vault.root, 'Documents/sub'), path.join(vault.root, 'Documents/moved'));
  rmSync(path.join(vault.root, 'Documents/a.md'));
  await vault.look();
  assert.deepEqual(
    [vault.found('alpha'), vault.found('beta'), vault.found('gamma')],
    [[], ['Documents/moved/b.md'], ['Documents/c.md']],
  );
  assert.equal(vault.index.size, 2);
});

test('a note that was edited in place is found by a thorough look', async () => {
  using vault = new IndexedVault();
  vault.write('Memory/a.md', 'old words');
  await vault.look();
  writeFileSync(path.join(vault.root, 'Memory/a.md'), 'new words');
  utimesSync(path.join(vault.root, 'Memory/a.md'), new Date(), new Date(Date.now() + 5000));
  assert.equal(await vault.look(true), 1);
  assert.deepEqual([vault.found('old'), vault.found('new')], [[], ['Memory/a.md']]);
});

test('what a person corrects in Memory without any new file is found by the next quick look', async () => {
  using vault = new IndexedVault();
  vault.write('Memory/Projects/a.md', 'old words');
  vault.write('Documents/b.md', 'old words');
  await vault.look();
  for (const name of ['Memory/Projects/a.md', 'Documents/b.md']) {
    writeFileSync(path.join(vault.root, name), 'newer words');
    utimesSync(path.join(vault.root, name), new Date(), new Date(Date.now() + 5000));
  }
  assert.equal(await vault.look(), 1);
  assert.deepEqual(vault.found('newer'), ['Memory/Projects/a.md']);
});

test('what waits, what was set aside, hidden folders and links are never in the index', async () => {
  using vault = new IndexedVault();
  for (const folder of ['Needs_Action', 'Quarantine', '.obsidian', 'Pending_Approval', 'Documents/.trash']) {
    vault.write(`${folder}/secretword.md`, 'secretword');
  }
  vault.write('outside.md', 'secretword');
  vault.write('Documents/real.md', 'plain');
  symlinkSync(path.join(vault.root, 'outside.md'), path.join(vault.root, 'Documents', 'link.md'));
  symlinkSync(path.join(vault.root, 'Quarantine'), path.join(vault.root, 'Documents', 'linked'));
  await vault.look(true);
  assert.deepEqual(vault.found('secretword'), []);
  assert.equal(vault.index.size, 1);
});

test('no query language reaches the index: quotes, operators and stars are words or nothing', async () => {
  using vault = new IndexedVault();
  vault.write('Documents/a.md', 'near or and not title');
  await vault.look();
  for (const odd of [
    '"',
    '*',
    'a*',
    'NEAR(',
    ') OR (',
    'title:x',
    '-',
    '^',
    "'; DROP TABLE notes;--",
    '\0',
    '🙂',
    '',
  ]) {
    vault.found(odd);
  }
  assert.deepEqual(vault.found('NOT'), ['Documents/a.md']);
});

test('an index that was deleted is made again from the vault', async () => {
  using vault = new IndexedVault();
  for (let at = 0; at < 250; at += 1) vault.write(`Done/2026-11/n${at}.md`, `task number${at} common`);
  assert.equal(await vault.look(), 250);
  const fresh = new NoteIndex(':memory:');
  assert.equal(await catchUp(vault.root, fresh, false, new AbortController().signal), 250);
  assert.deepEqual(fresh.search(wordsOf('number17'), 5), vault.index.search(wordsOf('number17'), 5));
  fresh.close();
});
