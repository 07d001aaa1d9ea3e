import assert from 'node:assert/strict';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type Message, Spool } from '../../core/spool.ts';
import { TempFolder } from '../helpers/temp.ts';

const CLOSE: Message = { kind: 'close', task: 'tester-0123456789ab', title: 'A', verdict: 'done', why: '', notes: [] };

test('a message that is put down at each look is written once while it waits, and again once it is gone', () => {
  using folder = new TempFolder();
  const spool = new Spool(folder.path, folder.path);
  const file = path.join(folder.path, 'close.json');
  spool.putAgain('close', CLOSE);
  const first = lstatSync(file).ino;
  for (let look = 0; look < 3; look += 1) spool.putAgain('close', { ...CLOSE, why: 'later' });
  assert.equal(lstatSync(file).ino, first);
  assert.deepEqual(readdirSync(folder.path), ['close.json'], 'something was left in passing');
  assert.deepEqual(
    spool.waiting(assert.fail).map(({ message }) => message),
    [CLOSE],
  );
  // As a power cut may leave it, or the executor that has taken it.
  rmSync(file);
  spool.putAgain('close', CLOSE);
  assert.equal(spool.waiting(assert.fail).length, 1);
});
