import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { merge3 } from '../../orchestrator/sync/merge.ts';

const RUNS = process.env.STEWARD_TEST_LONG === '1' ? 100_000 : 3000;
const bytes = (text: string): Buffer => Buffer.from(text);
const merged = (base: string, mine: string, theirs: string): string | undefined => {
  const result = merge3(bytes(base), bytes(mine), bytes(theirs));
  return result === undefined ? undefined : Buffer.from(result).toString();
};

const line = fc.constantFrom('a\n', 'b\n', 'c\n', 'd\r\n', 'ü\n', '- [ ] x\n', '=======\n');
const text = fc
  .tuple(fc.array(line, { maxLength: 10 }), fc.constantFrom('', 'end'))
  .map(([all, last]) => all.join('') + last);

test('changes to different lines come together, each byte as its side wrote it, line ends included', () => {
  const base = 'one\r\ntwo\r\nthree\r\nfour\nfive';
  assert.equal(
    merged(base, base.replace('one', 'ONE'), base.replace('five', 'FIVE')),
    'ONE\r\ntwo\r\nthree\r\nfour\nFIVE',
  );
  assert.equal(merged('a\nb\nc\n', 'a\nb\nc\nd\n', 'x\na\nb\nc\n'), 'x\na\nb\nc\nd\n');
  assert.equal(merged('a\nb\nc\nd\n', 'a\nd\n', 'a\nb\nc\nd\ne\n'), 'a\nd\ne\n');
});

test('changes to the same line, to neighbouring lines or in the same gap are never put together', () => {
  assert.equal(merged('a\nb\n', 'a\nx\n', 'a\ny\n'), undefined);
  assert.equal(merged('a\nb\n', 'x\nb\n', 'a\ny\n'), undefined, 'neighbours');
  assert.equal(
    merged('a\nb\n', 'a\nx\nb\n', 'a\ny\nb\n'),
    undefined,
    'the same gap: union would keep both in an order nobody chose',
  );
  assert.equal(merged('a\n', '', 'b\n'), undefined);
});

test('properties that could not be read afterwards are never made, though the lines are far apart', () => {
  const note = (head: string): string => `---\n${head}---\nbody\n`;
  const base = note('one: 1\ntwo: 2\nthree: 3\nfour: 4\n');
  assert.equal(
    merged(base, base.replace('one: 1', 'one: 1\nx: 1'), base.replace('four: 4', 'four: 4\nx: 2')),
    undefined,
  );
  assert.match(
    merged(base, base.replace('one: 1', 'one: 9'), base.replace('four: 4', 'four: 8')) ?? '',
    /one: 9\n[\s\S]*four: 8/,
  );
});

test('a merge that doing again would change is not made: after a lost answer nothing is there twice', () => {
  const theirs = '---\nb: 2\n---\nbody\n---\nb: 2\n---\nbody\n';
  assert.equal(merged('---\nb: 2\n---\nbody\n', '---\na: 1\n---\nbody\n', theirs), undefined);
  fc.assert(
    fc.property(text, text, text, (base, mine, other) => {
      const once = merged(base, mine, other);
      if (once === undefined) return;
      assert.equal(merged(base, mine, once), once);
      assert.equal(merged(base, once, other), once);
    }),
    { numRuns: RUNS },
  );
});

test('bytes that are no text are never put together', () => {
  assert.equal(merge3(bytes('a\0\nb\nc\n'), bytes('x\0\nb\nc\n'), bytes('a\0\nb\ny\n')), undefined);
  const latin = Buffer.from([0xe9, 10, 98, 10, 99, 10]);
  const result = merge3(latin, Buffer.concat([latin, bytes('d\n')]), Buffer.concat([bytes('x\n'), latin]));
  assert.deepEqual(
    Buffer.from(result ?? []),
    Buffer.concat([bytes('x\n'), latin, bytes('d\n')]),
    'no byte is read as a letter',
  );
});

test('what one side left alone is what the other made of it, and the same change twice is one', () => {
  fc.assert(
    fc.property(text, text, (base, other) => {
      assert.equal(merged(base, other, base), other);
      assert.equal(merged(base, base, other), other);
      assert.equal(merged(base, other, other), other);
    }),
    { numRuns: RUNS },
  );
});

test('a merge is the same from both sides, and holds every line that either side wrote and none that was in neither', () => {
  let clean = 0;
  fc.assert(
    fc.property(text, text, text, (base, mine, theirs) => {
      const one = merged(base, mine, theirs);
      assert.equal(one, merged(base, theirs, mine));
      if (one === undefined) return;
      clean += 1;
      const linesOf = (all: string): string[] => all.split(/(?<=\n)/).filter(part => part !== '');
      const sources = new Set([...linesOf(mine), ...linesOf(theirs)]);
      for (const part of linesOf(one)) assert.ok(sources.has(part), `${JSON.stringify(part)} came from nowhere`);
      const old = new Set(linesOf(base));
      for (const part of sources) assert.ok(old.has(part) || one.includes(part), `${JSON.stringify(part)} is gone`);
    }),
    { numRuns: RUNS },
  );
  assert.ok(clean > RUNS / 100, `only ${clean} merges were clean`);
});

test('a merge of ten thousand lines takes no longer than a person notices, and one of too many changes is left', () => {
  const base = Array.from({ length: 10_000 }, (_, at) => `line ${at}\n`);
  const mine = base.with(5, 'mine\n');
  const theirs = base.with(9000, 'theirs\n');
  const began = performance.now();
  assert.equal(
    merged(base.join(''), mine.join(''), theirs.join('')),
    base.with(5, 'mine\n').with(9000, 'theirs\n').join(''),
  );
  const turned = base.map((_, at) => `other ${at}\n`);
  assert.equal(merged(base.join(''), turned.join(''), theirs.join('')), undefined);
  assert.ok(performance.now() - began < 10_000);
});
