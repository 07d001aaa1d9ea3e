import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readProperties } from '../../core/front-matter.ts';
import { CORPUS } from '../corpus/mail/all.ts';
import { arrived, isKeptFile } from '../helpers/arrived-mail.ts';
import { HOSTILE } from '../helpers/hostile-markdown.ts';
import { shapeOf } from '../helpers/live-markdown.ts';

const RUNS = process.env.STEWARD_TEST_LONG === '1' ? 20_000 : 250;
const SMALL = [...CORPUS.values()].filter(({ length }) => length < 5000).map(bytes => Buffer.from(bytes));

/** A note is a task, whole, and nothing in it is live. */
function looksRight(bytes: Uint8Array): void {
  const { note, title, facts } = arrived(bytes);
  const read = readProperties(note);
  assert.ok(read.ok && read.value.properties.type === 'task' && read.value.properties.id === 'mail-0123456789ab');
  assert.ok(note.isWellFormed() && title.isWellFormed() && !note.includes('\0'));
  assert.ok(title !== '' && title.length <= 200);
  assert.ok(Buffer.byteLength(JSON.stringify(facts)) <= 32_768);
  assert.deepEqual(shapeOf(note, isKeptFile).live, []);
}

test('whatever the bytes, a mail becomes a task note in which nothing is live', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), bytes => looksRight(bytes)),
    { numRuns: RUNS },
  );
});

const piece = fc.oneof(
  fc.constantFrom(...Object.values(HOSTILE)),
  fc.constantFrom(
    ...['<p>', '</p>', '<br>', '<b>', '</b>', '<li>', '<ul>', '</ul>', '<blockquote>', '</blockquote>', '<td>', '<tr>'],
    ...[
      '<pre>',
      '</pre>',
      '<a href="https://a.test/x">',
      '<a href="javascript:x">',
      '</a>',
      '<div style="display:none">',
    ],
    ...[
      '\n',
      '> ',
      ' ',
      '--b',
      '--b--',
      '\n\n',
      '=\n',
      '=41',
      '&lt;',
      '&#x60;',
      '`',
      '@',
      '.',
      ':',
      '/',
      '//',
      'www',
      'com',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

test('whatever words and elements a mail is put together from, they are a task note in which nothing is live', () => {
  const types = [
    'text/plain',
    'text/html',
    'text/plain; format=flowed',
    'multipart/mixed; boundary=b',
    'text/calendar',
    'message/rfc822',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.array(piece, { maxLength: 30 }),
      fc.array(piece, { maxLength: 6 }),
      (type, body, head) => {
        const line = head.join('').replace(/[\r\n]+/g, ' ');
        looksRight(
          Buffer.from(
            `From: ${line} <a@b.test>\nSubject: ${line}\nTo: ${line}\nContent-Type: ${type}\n\n${body.join('')}`,
          ),
        );
      },
    ),
    { numRuns: RUNS },
  );
});

test('an odd mail that is cut, doubled or changed anywhere is a task note in which nothing is live', () => {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat({ max: 40 }),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.constantFrom(...Object.values(HOSTILE)).map(text => Buffer.from(text)),
    ),
  });
  fc.assert(
    fc.property(fc.constantFrom(...SMALL), fc.array(change, { minLength: 1, maxLength: 5 }), (mail, changes) => {
      const changed = changes.reduce((bytes, { at, length, put }) => {
        const from = Math.floor(at * bytes.length);
        return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + length)]);
      }, mail);
      looksRight(changed);
    }),
    { numRuns: RUNS },
  );
});
