import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { keepShort } from '../../core/service.ts';
import { TempFolder } from '../helpers/temp.ts';

test('a log that grew long is begun anew under whoever writes it, with the older part beside it, and never holds a hole', () => {
  using folder = new TempFolder();
  const file = path.join(folder.path, 'planner.log');
  // pm2 keeps the log open, to append.
  const handle = openSync(file, 'a');
  writeSync(handle, 'first\n'.repeat(10));
  keepShort(file, 100);
  assert.equal(statSync(file).size, 60, 'it is short enough');
  writeSync(handle, 'second\n'.repeat(10));
  keepShort(file, 100);
  assert.equal(statSync(file).size, 0);
  writeSync(handle, 'third\n');
  closeSync(handle);
  assert.equal(readFileSync(file, 'utf8'), 'third\n');
  assert.equal(readFileSync(`${file}.1`, 'utf8'), `${'first\n'.repeat(10)}${'second\n'.repeat(10)}`);
  keepShort(path.join(folder.path, 'none.log'), 100);
});
