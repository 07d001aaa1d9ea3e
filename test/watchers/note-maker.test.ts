import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { RawItem } from '../../core/networked-watcher.ts';
import { NoteMaker } from '../../core/note-maker.ts';
import { TempFolder } from '../helpers/temp.ts';

/** A watcher that does what an item tells it to: as a parser does that a stranger’s bytes have got the better of. */
function obedient(folder: string, broken = ''): void {
  const code = `${broken}
    const toNote = item => {
      const told = Buffer.from(item.bytes).toString();
      if (told === 'throw') throw new Error('it is torn');
      if (told === 'hang') for (;;);
      if (told === 'fill') for (const all = []; ; ) all.push(new Array(1e6).fill(Math.random()));
      if (told === 'exit') process.exit(3);
      return { title: told, note: told, sender: undefined, thread: undefined, attachments: [], facts: {} };
    };
    export default { name: 'obedient', start: () => undefined, toNote, sample: () => undefined, ping: () => undefined };`;
  writeFileSync(path.join(folder, 'obedient.ts'), code);
}

const item = (text: string): RawItem => ({
  ...{ key: text, account: 'a@example.test', folder: 'INBOX', received: '2026-11-21T10:00:00.000Z' },
  ...{ bytes: Buffer.from(text), size: text.length, about: {} },
});
const context = { task: 'mail-0123456789ab', known: { own: new Set<string>(), people: new Map(), compared: [] } };

test('an item that hangs or takes too much memory cannot be read, and those behind it are', async () => {
  using folder = new TempFolder();
  obedient(folder.path);
  const maker = new NoteMaker(folder.path, 'obedient', { patience: 1500, heap: 64 });
  try {
    const told = ['one', 'throw', 'hang', 'two', 'fill', 'exit', 'three'];
    const made = await Promise.all(told.map(text => maker.make(item(text), context)));
    const said = made.map(one => (one.ok ? one.value.title : one.failure.message));
    // How memory runs out depends on the machine: by its bound, or by the time that takes.
    const bound = ['It is damaged, or unpacks into too much.', 'It takes too long.'];
    assert.ok(bound.includes(said[4] ?? ''), said[4]);
    assert.deepEqual(
      said.filter((_, index) => index !== 4),
      ['one', 'It is torn.', 'It takes too long.', 'two', 'It is damaged.', 'three'],
    );
    assert.ok(made.every(one => one.ok || one.failure.kind === 'invalid'));
  } finally {
    await maker.close();
  }
});

test('where notes cannot be made at all no item is blamed: it is to be tried again', async () => {
  using folder = new TempFolder();
  obedient(folder.path, `throw new Error(${JSON.stringify(pathToFileURL(folder.path).protocol)});`);
  const maker = new NoteMaker(folder.path, 'obedient');
  const made = await Promise.all(['one', 'two'].map(text => maker.make(item(text), context)));
  assert.ok(
    made.every(one => !one.ok && one.failure.kind === 'retryable'),
    JSON.stringify(made),
  );
  await maker.close();
});

test('a machine on which it takes long to begin blames no item for that', async () => {
  using folder = new TempFolder();
  obedient(folder.path, 'await new Promise(resolve => setTimeout(resolve, 2000));');
  const maker = new NoteMaker(folder.path, 'obedient', { patience: 1500, heap: 64 });
  try {
    const made = await Promise.all(['one', 'two'].map(text => maker.make(item(text), context)));
    assert.deepEqual(
      made.map(one => (one.ok ? one.value.title : one.failure.message)),
      ['one', 'two'],
    );
  } finally {
    await maker.close();
  }
});
