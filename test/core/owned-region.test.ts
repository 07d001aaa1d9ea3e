import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownedRegion, replaceRegion } from '../../core/owned-region.ts';

test('a title that holds the words of Steward’s own mark does not make a note grow with each writing', () => {
  const mark = ownedRegion('x').split('\n')[0] ?? '';
  const note = `---\ntask: "${mark}"\n---\n${ownedRegion('# one')}\n`;
  const once = replaceRegion(note, '# two', new Date(0));
  assert.equal(once, `---\ntask: "${mark}"\n---\n${ownedRegion('# two')}\n`);
});
