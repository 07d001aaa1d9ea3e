import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { readProperties, setProperty, writeNote } from '../../core/front-matter.ts';
import { nastyText } from '../helpers/any-envelope.ts';

const MARK = path.join(tmpdir(), 'steward-front-matter-ran');
const refused = (text: string): string => {
  const read = readProperties(text);
  return read.ok ? assert.fail(`read: ${JSON.stringify(read.value.properties)}`) : read.failure.message;
};

const BOMB = [
  'a: &a [x,x]',
  ...'bcdefghij'.split('').map((name, at) => `${name}: &${name} [*${'abcdefghi'[at]},*${'abcdefghi'[at]}]`),
].join('\n');
const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['---js', `---js\n{ x: require("fs").writeFileSync(${JSON.stringify(MARK)}, "") }\n---\n`, /not plain front matter/],
  [
    '--- javascript',
    `--- javascript\n{ x: require("fs").writeFileSync(${JSON.stringify(MARK)}, "") }\n---\n`,
    /not plain/,
  ],
  ['---coffee', '---coffee\nx: 1\n---\n', /not plain/],
  ['---json', '---json\n{"x":1}\n---\n', /not plain/],
  ['---js without a line end', '---js', /not plain/],
  ['a byte order mark before ---js', '\ufeff---js\n{}\n---\n', /not plain/],
  ['a key that stands twice', '---\na: 1\na: 2\n---\n', /unique/],
  ['a key that stands twice within', '---\na: {b: 1, b: 2}\n---\n', /unique/],
  ['an alias bomb', `---\n${BOMB}\n---\n`, /aliases are not allowed/],
  ['a merge key', '---\na: &a {b: 1}\n<<: *a\n---\n', /aliases/],
  ['a tag', '---\na: !!js/function "x"\n---\n', /tag/i],
  ['a private tag', '---\na: !mine x\n---\n', /tag/i],
  ['no end', '---\na: 1\n', /not closed/],
  ['an end that is none', '---\na: 1\n---foo\nb: 2\n---\n', /three dashes/],
  ['a list at the top', '---\n- a\n---\n', /names with values/],
  ['plain words at the top', '---\nwords\n---\n', /names with values/],
  ['two documents', '---\na: 1\n...\nb: 2\n---\n', /./],
  ['more than is ever needed', `---\na: ${'x'.repeat(70_000)}\n---\n`, /too long/],
  ['nesting without end', `---\na: ${'['.repeat(20_000)}\n---\n`, /nested too deep|cannot be read/],
  ['a tab as indent', '---\na:\n\tb: 1\n---\n', /cannot be read/],
];
for (const [what, text, why] of REFUSED) {
  test(`front matter with ${what} is refused, in words, and nothing in it runs`, () => {
    assert.match(refused(text), why);
    assert.equal(existsSync(MARK), false);
  });
}
test.after(() => rmSync(MARK, { force: true }));

test('what only looks like front matter is text', () => {
  for (const text of ['----\na: 1\n----\n', 'a\n---\nb: 1\n---\n', ' ---\na: 1\n---\n', '']) {
    const read = readProperties(text);
    assert.ok(read.ok && !read.value.present && read.value.body === text, text);
  }
});

test('crlf and a byte order mark do not change what is read', () => {
  const text = '---\na: 1\nb: "x"\n---\nbody\n';
  for (const same of [text, `\ufeff${text}`, text.replaceAll('\n', '\r\n'), text.replace('---\na', '---  \na')]) {
    const read = readProperties(same);
    assert.deepEqual(read.ok && read.value.properties, { a: 1, b: 'x' });
    assert.equal(read.ok && read.value.body.trim(), 'body');
  }
});

test('a line of ten megabytes is read or refused within a second', () => {
  const long = 'x'.repeat(10 * 1024 * 1024);
  const from = performance.now();
  for (const text of [
    long,
    `---\na: ${long}\n---\n`,
    `---\na: 1\n---\n${long}`,
    `---${long}`,
    '---\n'.repeat(2_000_000),
  ])
    readProperties(text);
  assert.ok(performance.now() - from < 5000);
});

test('words like yes, no, dates and numbers stay what was written through a round trip', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.stringMatching(/^[a-z_]{1,8}$/),
        fc.oneof(
          nastyText,
          fc.constantFrom('yes', 'no', 'null', '~', '1e3', '0x1', '2026-11-03', '- a', 'a: b', '#x', '[', "'"),
        ),
        { maxKeys: 5, noNullPrototype: true },
      ),
      properties => {
        const read = readProperties(writeNote(properties, 'body'));
        const shown = Object.fromEntries(
          Object.entries(properties).map(([key, value]) => [key, value === '' ? null : value]),
        );
        assert.deepEqual(read.ok ? read.value.properties : read.failure, shown);
      },
    ),
    { numRuns: 500, seed: 3 },
  );
});

test('a property that needs no quotes is written as YAML itself would write it, whatever word or number it is', () => {
  const piece = fc.constantFrom(
    'a',
    'n',
    'e3',
    '0',
    '0x1',
    '-',
    'true',
    'null',
    'no',
    'on',
    'inf',
    'T',
    ':',
    '~',
    '.5',
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom('source', 'type', 'null', 'true'), fc.stringMatching(/^[a-z]{1,6}$/)),
      fc.oneof(
        fc.array(piece, { minLength: 1, maxLength: 4 }).map(pieces => pieces.join('')),
        fc.constantFrom('2026-11-21T10:00:00', '2026-11-21', 'mail-0123456789ab', 1e21, -0),
        fc.integer(),
      ),
      (key, value) => {
        const written = stringify({ [key]: value }, { lineWidth: 0, schema: 'core', blockQuote: false });
        assert.equal(writeNote({ [key]: value }, ''), `---\n${written}---\n`);
      },
    ),
    { numRuns: 1000 },
  );
});

test('setting one property keeps every other byte: comments, order, odd spacing, quoting, body', () => {
  const text = "---\n# mine\nb:   'x' # why\nstatus: old\nlist:\n  - one\n  - two\na: 1\n---\nbody\n\nstatus: no\n";
  const set = setProperty(text, 'status', 'new');
  assert.equal(set.ok && set.value, text.replace('status: old', 'status: new'));
  const added = setProperty(text, 'fresh', 'yes');
  assert.equal(added.ok && added.value, text.replace('a: 1\n---', 'a: 1\nfresh: "yes"\n---').replace('"yes"', 'yes'));
  const list = setProperty(text, 'list', 'none');
  assert.equal(list.ok && list.value, text.replace('list:\n  - one\n  - two', 'list: none'));
  const crlf = setProperty(text.replaceAll('\n', '\r\n'), 'status', 'new');
  assert.match(crlf.ok ? crlf.value : '', /^status: new\r?$/m);
});

test('whatever value is set is read back, and the body stays', () => {
  fc.assert(
    fc.property(
      nastyText.filter(text => text !== ''),
      value => {
        const set = setProperty('---\na: 1\nstatus: old\nz: 2\n---\nbody', 'status', value);
        const read = set.ok ? readProperties(set.value) : set;
        assert.deepEqual(read.ok ? read.value : read.failure, {
          properties: { a: 1, status: value, z: 2 },
          body: 'body',
          present: true,
        });
      },
    ),
    { numRuns: 500, seed: 4 },
  );
});
