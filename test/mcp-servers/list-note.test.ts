import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProperties } from '../../core/front-matter.ts';
import { linesOf, withAdded } from '../../mcp-servers/files/list-note.ts';

const HEAD = '# List\n\n| date | amount | mark |\n| --- | ---: | --- |';
const row = (amount: string, mark: string): string => `| 2026-11-01 | ${amount} | ^${mark} |`;

function added(before: string | undefined, lines: readonly string[], total?: string): string {
  const made = withAdded(before, { head: HEAD, lines, total });
  assert.ok(made.ok, made.ok ? '' : made.failure.message);
  return made.value.text;
}
const propertiesOf = (text: string): Readonly<Record<string, unknown>> => {
  const split = readProperties(text);
  assert.ok(split.ok);
  return split.value.properties;
};

test('lines are added once, by their mark, whatever a person made of the rest of them', () => {
  const first = added(undefined, [row('-1.00', 'aaaaaa1'), row('-2.50', 'aaaaaa2')], 'amount');
  assert.deepEqual(propertiesOf(first), { type: 'list', entries: 2, total: -3.5 });
  const edited = first.replace('2026-11-01 | -1.00', '2026-11-01, coffee | -1.20');
  const again = added(edited, [row('-1.00', 'aaaaaa1'), row('4.00', 'aaaaaa3')], 'amount');
  assert.match(again, /coffee \| -1\.20 \| \^aaaaaa1/);
  assert.equal(again.split('aaaaaa1').length, 2);
  assert.deepEqual(propertiesOf(again), { type: 'list', entries: 3, total: 0.3 });
  assert.equal(added(again, [row('4.00', 'aaaaaa3')], 'amount'), again, 'nothing new changes nothing');
});

test('what a person wrote stays to the letter, and new rows stand with the rows above it', () => {
  const first = added(undefined, [row('1.00', 'aaaaaa1')]);
  const before = `${first}\n## My notes\n\nAsk the bank about the first one.\n`;
  const after = added(before, [row('2.00', 'aaaaaa2')]);
  const kept = after.split('\n').filter(line => !line.includes('aaaaaa2'));
  assert.deepEqual(kept, before.split('\n'));
  assert.ok(after.indexOf('aaaaaa2') < after.indexOf('My notes'));
});

test('a note that is no list is not touched, nor one whose properties cannot be read', () => {
  for (const before of ['Mine.\n', '---\ntype: plan\n---\nx', '---\ntype: [list\n---\nx', '---js\n{}\n---\n', ''])
    assert.ok(!withAdded(before, { head: HEAD, lines: ['- x'], total: undefined }).ok, before);
  assert.ok(!withAdded(undefined, { head: '# no table', lines: ['- x'], total: 'amount' }).ok);
});

test('lines are cut at every kind of line end, and empty ones are none', () => {
  assert.deepEqual(linesOf('a\r\nb\rc\n\n  \nd  '), ['a', 'b', 'c', 'd']);
});

test('a total is exact where floating point is not', () => {
  const lines = Array.from({ length: 1000 }, (_, at) => row('0.10', `mark${String(at).padStart(4, '0')}`));
  assert.equal(propertiesOf(added(undefined, lines, 'amount')).total, 100);
});
