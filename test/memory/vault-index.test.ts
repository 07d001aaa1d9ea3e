import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { VaultIndex } from '../../orchestrator/memory/vault-index.ts';
import { TempFolder } from '../helpers/temp.ts';

class Place implements Disposable {
  readonly #base = new TempFolder();
  readonly root = path.join(this.#base.path, 'vault');
  readonly file = path.join(this.#base.path, 'notes.sqlite');
  readonly #opened: VaultIndex[] = [];

  write(name: string, text: string): string {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  open(): VaultIndex {
    const index = new VaultIndex(this.root, this.file, new AbortController().signal);
    this.#opened.push(index);
    return index;
  }

  [Symbol.dispose](): void {
    for (const index of this.#opened) index.close();
    this.#base[Symbol.dispose]();
  }
}

const found = async (index: VaultIndex, word: string): Promise<readonly string[]> =>
  (await index.search([word], 10)).map(hit => hit.path);

test('an index that nobody asks is not even made', () => {
  using place = new Place();
  place.write('Memory/a.md', 'alpha');
  place.open();
  assert.equal(statSync(place.file, { throwIfNoEntry: false }), undefined);
});

test('an index whose file was deleted while it is in use is made again, and used by whoever comes then', async () => {
  using place = new Place();
  place.write('Memory/a.md', 'alpha');
  const index = place.open();
  assert.deepEqual(await found(index, 'alpha'), ['Memory/a.md']);
  for (const ending of ['', '-wal', '-shm']) rmSync(`${place.file}${ending}`, { force: true });
  assert.deepEqual(await found(index, 'alpha'), ['Memory/a.md']);
  assert.deepEqual(await found(place.open(), 'alpha'), ['Memory/a.md']);
});

test('an index that is damaged, cut off, empty or of another kind is made again', async () => {
  using place = new Place();
  for (let at = 0; at < 300; at += 1) place.write(`Documents/n${at}.md`, `alpha beta${at} ${'word '.repeat(50)}`);
  const whole = place.open();
  await whole.freshen();
  whole.close();
  const damage: readonly (() => void)[] = [
    () => writeFileSync(place.file, 'this is no database, '.repeat(500)),
    () => truncateSync(place.file, 5000),
    () => writeFileSync(place.file, ''),
    () => {
      const bytes = readFileSync(place.file);
      writeFileSync(place.file, bytes.fill(0x5a, 4096));
    },
  ];
  for (const [at, spoil] of damage.entries()) {
    spoil();
    const index = place.open();
    assert.deepEqual(await found(index, 'beta17'), ['Documents/n17.md'], `damage ${at}`);
    index.close();
  }
});

test('two processes use one index at the same time, and both find what is there', async () => {
  using place = new Place();
  for (let at = 0; at < 500; at += 1) place.write(`Documents/n${at}.md`, `alpha beta${at}`);
  const [one, other] = [place.open(), place.open()];
  const both = await Promise.all([found(one, 'beta3'), found(other, 'beta4')]);
  assert.deepEqual(both, [['Documents/n3.md'], ['Documents/n4.md']]);
  assert.equal(await other.rebuild(), 500);
  assert.deepEqual(await found(one, 'beta5'), ['Documents/n5.md']);
});

test('after a restart a note that was edited in place meanwhile is found by its new words', async () => {
  using place = new Place();
  const file = place.write('Memory/a.md', 'oldword');
  const before = place.open();
  assert.deepEqual(await found(before, 'oldword'), ['Memory/a.md']);
  before.close();
  writeFileSync(file, 'newword');
  utimesSync(file, new Date(), new Date(Date.now() + 5000));
  assert.deepEqual(await found(place.open(), 'newword'), ['Memory/a.md']);
});

test('words of one folder are searched in that folder, and an address is found whole or not at all', async () => {
  using place = new Place();
  place.write('Memory/a.md', 'Ask anna@example.com about wood.');
  place.write('Documents/b.md', 'Anna, for example: com wood.');
  place.write('Documents/c.md', 'From: <anna@example.com>');
  const index = place.open();
  assert.deepEqual(
    (await index.search(['wood'], 10, 'Memory')).map(hit => hit.path),
    ['Memory/a.md'],
  );
  const address = await index.phrase(['anna', 'example', 'com'], 10);
  assert.deepEqual(address.map(hit => hit.path).sort(), ['Documents/c.md', 'Memory/a.md']);
  assert.deepEqual(await index.phrase([], 10), []);
  assert.deepEqual(await found(index, 'memory'), [], 'the folder is no word of the note');
});
