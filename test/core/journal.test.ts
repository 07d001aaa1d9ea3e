import assert from 'node:assert/strict';
import fs, { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { checkJournal, Journal, JournalReader } from '../../core/journal.ts';
import { TempFolder } from '../helpers/temp.ts';

const LONG = process.env.STEWARD_TEST_LONG === '1';
const Body = z.strictObject({ n: z.int(), text: z.string() });
type Body = z.infer<typeof Body>;
const now = (): Date => new Date('2026-11-03T10:00:00Z');

function open(folder: string, seen: Body[] = []): Journal<Body> {
  return Journal.open(path.join(folder, 'j'), folder, Body, now, ({ body }) => seen.push(body));
}
function filled(folder: string, count: number): Buffer {
  const journal = open(folder);
  for (let n = 0; n < count; n += 1) journal.appendNow({ n, text: `übel "${n}"` });
  journal.close();
  return readFileSync(path.join(folder, 'j'));
}

test('every edit, deletion, swap and cut in a journal of 300 records is found; a cut between records by its count and head', () => {
  using folder = new TempFolder();
  const file = path.join(folder.path, 'j');
  const whole = filled(folder.path, 300);
  const sound = checkJournal(file, Body);
  assert.deepEqual([sound.records, sound.problem], [300, undefined]);
  const found = (data: Uint8Array): boolean => {
    writeFileSync(file, data);
    const check = checkJournal(file, Body);
    return check.problem !== undefined || (check.records !== 300 && check.head !== sound.head);
  };
  const step = LONG ? 1 : 211;
  for (let at = 0; at < whole.length; at += step) {
    const edited = Buffer.from(whole);
    edited[at] = (edited[at] ?? 0) ^ (1 << (at % 7));
    assert.ok(found(edited), `edit at ${at}`);
    assert.ok(found(Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)])), `deletion at ${at}`);
    if (at > 0) assert.ok(found(whole.subarray(0, at)), `cut at ${at}`);
  }
  const lines = whole.toString('utf8').split('\n').slice(0, -1);
  const written = (all: readonly string[]): Buffer => Buffer.from(`${all.join('\n')}\n`);
  for (let at = 0; at < lines.length; at += LONG ? 1 : 13) {
    const [line = '', next = ''] = lines.slice(at, at + 2);
    assert.ok(found(written(lines.toSpliced(at, 1))), `record ${at} taken out`);
    assert.ok(found(written(lines.toSpliced(at, 0, line))), `record ${at} doubled`);
    if (at + 1 < lines.length) assert.ok(found(written(lines.toSpliced(at, 2, next, line))), `record ${at} swapped`);
  }
});

test('a torn tail is set aside whole, and the next record follows the last whole one', () => {
  using folder = new TempFolder();
  const whole = filled(folder.path, 3);
  const file = path.join(folder.path, 'j');
  const last = whole.subarray(whole.lastIndexOf(10, whole.length - 2) + 1);
  for (const torn of [
    last.subarray(0, 1),
    last.subarray(0, 40),
    last.subarray(0, last.length - 1),
    Buffer.from('\0\0\0\0'),
    Buffer.from('junk\n'),
  ]) {
    writeFileSync(file, Buffer.concat([whole, torn]));
    const seen: Body[] = [];
    const journal = open(folder.path, seen);
    assert.equal(seen.length, 3);
    journal.appendNow({ n: 3, text: 'next' });
    journal.close();
    assert.deepEqual([checkJournal(file, Body).records, checkJournal(file, Body).problem], [4, undefined]);
    const aside = readdirSync(folder.path).filter(name => name.startsWith('j.torn-'));
    assert.ok(aside.some(name => readFileSync(path.join(folder.path, name)).equals(torn)));
  }
});

test('whole records behind a broken one are damage: the journal is not opened and not cut', () => {
  using folder = new TempFolder();
  const whole = filled(folder.path, 5);
  const file = path.join(folder.path, 'j');
  const edited = Buffer.from(whole);
  edited[100] = (edited[100] ?? 0) ^ 1;
  writeFileSync(file, edited);
  assert.throws(() => open(folder.path), /damaged at record/);
  assert.deepEqual(readFileSync(file), edited);
});

test('a reader follows what is written, and never sees half a record', () => {
  using folder = new TempFolder();
  const whole = filled(folder.path, 4);
  const file = path.join(folder.path, 'k');
  const reader = new JournalReader(file, Body);
  assert.deepEqual(reader.next(), []);
  writeFileSync(file, '');
  const seen: number[] = [];
  for (const byte of whole) {
    appendFileSync(file, Buffer.of(byte));
    seen.push(...reader.next().map(({ body }) => body.n));
  }
  assert.deepEqual(seen, [0, 1, 2, 3]);
  assert.equal(reader.unread, 0);
});

test('records that wait together are all on disk, in order, once their promises resolve', async () => {
  using folder = new TempFolder();
  const journal = open(folder.path);
  const written = await Promise.all(Array.from({ length: 50 }, (_, n) => journal.append({ n, text: '' })));
  assert.deepEqual(
    written.map(({ body }) => body.n),
    Array.from({ length: 50 }, (_, n) => n),
  );
  assert.equal(checkJournal(path.join(folder.path, 'j'), Body).head, journal.head.hash);
  journal.close();
});

test('on a full disk nothing is acknowledged, nothing half stands there, and writing goes on once there is room', {
  skip: !existsSync('/dev/full'),
}, async t => {
  using folder = new TempFolder();
  const { spawnSync } = await import('node:child_process');
  const mount = path.join(folder.path, 'small');
  spawnSync('mkdir', [mount]);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount]).status !== 0)
    return t.skip('mounting is not allowed here');
  try {
    const journal = open(mount);
    const text = 'x'.repeat(3000);
    let n = 0;
    assert.throws(() => {
      for (; n < 100; n += 1) journal.appendNow({ n, text });
    }, /ENOSPC/);
    await assert.rejects(journal.append({ n, text }), /ENOSPC/);
    assert.equal(checkJournal(path.join(mount, 'j'), Body).problem, undefined);
    assert.equal(checkJournal(path.join(mount, 'j'), Body).records, n);
    spawnSync('mount', ['-o', 'remount,size=256k', mount]);
    journal.appendNow({ n, text });
    assert.deepEqual(checkJournal(path.join(mount, 'j'), Body).records, n + 1);
    journal.close();
  } finally {
    spawnSync('umount', [mount]);
  }
});

test('what is derived takes no sync of its own: it stands in the chain at once, and the next record’s sync is one for both', () => {
  using folder = new TempFolder();
  const journal = open(folder.path);
  const { fdatasyncSync } = fs;
  let syncs = 0;
  const count = (handle: number): void => {
    syncs += 1;
    fdatasyncSync(handle);
  };
  Reflect.set(fs, 'fdatasyncSync', count);
  syncBuiltinESMExports();
  try {
    journal.appendDerived([{ n: 0, text: 'found again' }]);
    assert.equal(syncs, 0);
    assert.equal(checkJournal(path.join(folder.path, 'j'), Body).records, 1);
    journal.appendNow({ n: 1, text: 'said' });
    assert.equal(syncs, 1);
  } finally {
    Reflect.set(fs, 'fdatasyncSync', fdatasyncSync);
    syncBuiltinESMExports();
    journal.close();
  }
  const seen: Body[] = [];
  open(folder.path, seen).close();
  assert.deepEqual(
    seen.map(({ n }) => n),
    [0, 1],
  );
});
