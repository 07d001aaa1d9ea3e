import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../core/digest.ts';
import { arrived } from '../helpers/arrived-mail.ts';

const HEAD = 'From: a@b.test\r\nSubject: x\r\nMIME-Version: 1.0\r\n';
const page = (html: string): string => `${HEAD}Content-Type: text/html\r\n\r\n${html}`;
const plain = (text: string): string => `${HEAD}\r\n${text}`;
const to = (value: string): string => `From: a@b.test\r\nTo: ${value}\r\n\r\nx`;
const parts = (body: string, boundary = 'X'): string =>
  `${HEAD}Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${body}`;
const MANY = 60_000;

/** Mails that are made to take long, by what is in the way. */
const HOSTILE: Readonly<Record<string, () => string>> = {
  'elements in each other': () => page(`${'<div>'.repeat(MANY)}x`),
  'elements that are closed and never opened': () => page('<div>'.repeat(25_000) + '</span>'.repeat(80_000)),
  'quotations in each other': () => page('<blockquote>'.repeat(25_000) + 'x<br>'.repeat(25_000)),
  'lists in each other': () => page(`${'<ul><li>'.repeat(25_000)}x`),
  'lines of a page': () => page('x<br>'.repeat(MANY)),
  'cells of a table': () => page(`<table><tr>${'<td>x'.repeat(MANY)}`),
  pictures: () => page('<img src=//e.test/a alt="aa bb">'.repeat(20_000)),
  links: () => page('<a href=https://e.test/1>pay.test</a> '.repeat(20_000)),
  attributes: () => page(`<a ${'x=1 '.repeat(MANY)}>`),
  'a style': () => page(`<p style="${'display '.repeat(MANY)}">`),
  'angle brackets': () => page('<'.repeat(MANY)),
  entities: () => page('&'.repeat(MANY) + '&#x41;'.repeat(25_000)),
  'dots behind an address': () => plain(`a.bc${'.'.repeat(MANY)}x`),
  'one word': () => plain('a'.repeat(MANY)),
  'signs of quoting': () => plain('>'.repeat(MANY)),
  backticks: () => plain('` '.repeat(MANY)),
  'empty lines': () => plain('\r\n'.repeat(MANY)),
  'lines that flow on': () => `${HEAD}Content-Type: text/plain; format=flowed\r\n\r\n${'a \r\n'.repeat(MANY)}`,
  addresses: () => to(Array.from({ length: 20_000 }, (_, at) => `"N ${at}" <u${at}@e.test>`).join(',')),
  'at signs': () => to('@'.repeat(MANY)),
  quotes: () => to('"a\\"'.repeat(25_000)),
  brackets: () => to('<'.repeat(MANY) + '('.repeat(MANY)),
  'encoded words': () => `From: a@b.test\r\nSubject: ${'=?utf-8?Q?a?= '.repeat(20_000)}\r\n\r\nx`,
  'folded lines': () => `From: a@b.test\r\nSubject: x\r\n${' y\r\n'.repeat(MANY)}\r\nx`,
  'lines of a head': () => `${'X: y\r\n'.repeat(MANY)}\r\nx`,
  parameters: () => `From: a@b.test\r\nContent-Type: text/plain; ${'a="\\"'.repeat(25_000)}\r\n\r\nx`,
  parts: () => parts('--X\r\n\r\nx\r\n'.repeat(25_000)),
  'parts in each other': () =>
    HEAD +
    Array.from({ length: 3000 }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`).join(
      '',
    ),
  'lines that are nearly a boundary': () => parts('--X y\n'.repeat(MANY)),
  'dashes, where a dash is the boundary': () => parts('-'.repeat(2_000_000), '-'),
  'mails in each other': () => HEAD + 'Content-Type: message/rfc822\r\n\r\n'.repeat(50_000),
  'groups of a report': () =>
    `${HEAD}Content-Type: multipart/report; boundary=X\r\n\r\n--X\r\nContent-Type: message/delivery-status\r\n\r\n${'Action: failed\r\n\r\n'.repeat(20_000)}`,
  'ends of base64': () => `${HEAD}Content-Transfer-Encoding: base64\r\n\r\n${'YQ=='.repeat(MANY)}`,
  'events in each other': () => `${HEAD}Content-Type: text/calendar\r\n\r\n${'BEGIN:VEVENT\r\n'.repeat(14_000)}`,
};

/** Milliseconds: a hundred times what the slowest takes on a slow machine, and nothing to what it took before it was bound. */
const LONGEST = 20_000;

test('no mail can be made to take long: not by depth, by numbers, nor by what a pattern would look through again and again', () => {
  for (const [name, make] of Object.entries(HOSTILE)) {
    const bytes = Buffer.from(make(), 'latin1');
    const began = performance.now();
    const { note } = arrived(bytes);
    assert.ok(performance.now() - began < LONGEST, name);
    assert.ok(note.length < 500_000, name);
  }
});

test('a file of fifty megabytes is kept to the byte, and takes no more memory than it needs', () => {
  const file = Buffer.alloc(50 * 1024 * 1024, 'fifty megabytes ');
  const coded = Buffer.from(`${file.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`, 'latin1');
  const head = 'Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n';
  const bytes = Buffer.concat([
    Buffer.from(parts(`--X\r\n\r\nhello\r\n--X\r\n${head}`)),
    coded,
    Buffer.from('--X--\r\n'),
  ]);
  const before = process.memoryUsage().arrayBuffers;
  const { attachments, note } = arrived(bytes);
  const [kept] = attachments;
  assert.equal(kept?.sha256, sha256(file));
  assert.match(note, /· PDF, 52\.4 MB\n/);
  assert.match(note, /\nhello\n/);
  assert.ok(process.memoryUsage().arrayBuffers - before < 130_000_000, 'more than the file and one copy');
});

test('a small file does not carry the whole mail along, and what is read of a large mail is said', () => {
  const body = `--X\r\nContent-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\nsmall\r\n--X\r\n\r\n${'x'.repeat(100_000)}\r\n--X--\r\n`;
  const bytes = Buffer.from(parts(body));
  const [kept] = arrived(bytes).attachments;
  assert.equal(kept?.bytes.buffer.byteLength, 5);
  const { note } = arrived(bytes.subarray(0, 50_000), { size: 200_000_000 });
  assert.match(note, /> - It is larger than is fetched: 200\.0 MB, of which the first 50 KB are here\.\n/);
});

const word = fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), minLength: 6, maxLength: 12 });
type Tree = string | readonly Tree[];
const { tree } = fc.letrec<{ tree: Tree }>(tie => ({
  tree: fc.oneof({ depthSize: 'small' }, word, fc.array(tie('tree'), { minLength: 1, maxLength: 4 })),
}));

function written(node: Tree, at: string, way: number): string {
  if (typeof node !== 'string') {
    const inner = node.map((child, index) => `--b${at}\r\n${written(child, `${at}x${index}`, way + index)}\r\n`);
    return `Content-Type: multipart/mixed; boundary="b${at}"\r\n\r\n${inner.join('')}--b${at}--`;
  }
  if (way % 4 === 0) return `\r\n${node}`;
  if (way % 4 === 1)
    return `Content-Type: text/html\r\n\r\n<div><p>${node.slice(0, 3)}<b>${node.slice(3)}</b></p></div>`;
  if (way % 4 === 2) return `Content-Transfer-Encoding: base64\r\n\r\n${Buffer.from(node).toString('base64')}`;
  return `Content-Transfer-Encoding: quoted-printable\r\n\r\n${node.slice(0, 2)}=\r\n${node.slice(2)}`;
}

test('no word of a mail is lost, however its parts lie in each other and in whatever way they travel', () => {
  const wordsIn = (node: Tree): readonly string[] => (typeof node === 'string' ? [node] : node.flatMap(wordsIn));
  fc.assert(
    fc.property(tree, fc.nat({ max: 3 }), (node, way) => {
      const { note } = arrived(Buffer.from(`From: a@b.test\r\nSubject: x\r\n${written(node, 'r', way)}\r\n`));
      for (const one of wordsIn(node)) assert.ok(note.includes(one), one);
    }),
    { numRuns: 500 },
  );
});
