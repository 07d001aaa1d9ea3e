import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { GoldenDay } from '../helpers/golden-day.ts';

/**
 * Each kind of note that Steward writes, byte for byte, so that a change of words or looks is read as a diff.
 * `GOLDEN=write npm test -- --only golden` writes them anew.
 */
test('each kind of note that Steward writes is what was looked at last, to the byte', async () => {
  using day = new GoldenDay();
  await day.write();
  const notes = day.notes();
  if (process.env.GOLDEN === 'write')
    for (const [name, text] of notes) writeFileSync(path.join(import.meta.dirname, name), text);
  for (const [name, text] of notes) {
    assert.equal(text, readFileSync(path.join(import.meta.dirname, name), 'utf8'), name);
  }
  const files = readdirSync(import.meta.dirname).filter(name => name.endsWith('.md'));
  assert.deepEqual(files.sort(), [...notes.keys()].sort(), 'a golden note that nothing writes');
  assert.ok(files.length >= 15);
});
