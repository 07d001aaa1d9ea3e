import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { Vault } from '../../core/vault.ts';
import { fileText } from '../../orchestrator/think/file-text.ts';
import { EXAMPLE } from '../helpers/vault.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'steward-text-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const vault = new Vault(folder, 'planner');
const never = new AbortController().signal;

function put(name: string, data: string | Uint8Array): string {
  writeFileSync(path.join(folder, name), data);
  return name;
}

/** A PDF of one page whose content is `content`, packed twice: a small file that unpacks into a large one. */
function packed(content: Uint8Array): Buffer {
  const stream = deflateSync(deflateSync(content));
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>',
    `<< /Length ${stream.length} /Filter [/FlateDecode /FlateDecode] >>\nstream\n${stream.toString('latin1')}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const trailer = `trailer << /Size 6 /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
  return Buffer.from(`${text}xref\n0 6\n0000000000 65535 f \n${offsets.join('')}${trailer}`, 'latin1');
}

test('the text of a PDF arrives every time, although its worker ends right after it', async () => {
  const read = await Promise.all(Array.from({ length: 4 }, () => fileText(vault, EXAMPLE, never)));
  for (const text of read) assert.match(text, /Date: 2026-11-03/);
});

test('a PDF that is packed twice is read', async () => {
  const file = put('packed.pdf', packed(Buffer.from('BT /F1 12 Tf 72 700 Td (Packed twice) Tj ET')));
  assert.match(await fileText(vault, file, never), /Packed twice/);
});

test('a damaged, empty, missing or wrongly named PDF has no text', async () => {
  const whole = readFileSync(EXAMPLE);
  const noise = Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) % 251));
  const files = [
    put('cut.pdf', whole.subarray(0, 200)),
    put('noise.pdf', Buffer.concat([Buffer.from('%PDF-1.4\n'), noise])),
    put('empty.pdf', ''),
    put('text.pdf', 'This is no PDF.'),
    'missing.pdf',
  ];
  for (const text of await Promise.all(files.map(file => fileText(vault, file, never)))) assert.equal(text, '');
});

test('a PDF that unpacks into gigabytes has no text, and the process stays within its bound', async () => {
  const file = put('large.pdf', packed(Buffer.alloc(600_000_000, 32)));
  const before = process.memoryUsage.rss();
  let most = before;
  const gauge = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  const text = await fileText(vault, file, never, { patience: 10_000, megabytes: 200 });
  clearInterval(gauge);
  assert.equal(text, '');
  assert.ok(most - before < 600 * 1024 * 1024, `${Math.round((most - before) / 1024 / 1024)} MB more`);
});

test('a PDF that takes too long has no text when the time is up', async () => {
  const page = `BT /F1 12 Tf 72 700 Td\n${'(slow) Tj T*\n'.repeat(2_000_000)}ET`;
  const file = put('slow.pdf', packed(Buffer.from(page)));
  const from = performance.now();
  assert.equal(await fileText(vault, file, never, { patience: 500, megabytes: 4000 }), '');
  assert.ok(performance.now() - from < 15_000);
});

test('an abort ends the reading of a PDF at once, also one that came before', async () => {
  const file = put('abort.pdf', packed(Buffer.alloc(100_000_000, 32)));
  const abort = new AbortController();
  const from = performance.now();
  const reading = fileText(vault, file, abort.signal);
  setImmediate(() => abort.abort());
  assert.equal(await reading, '');
  assert.equal(await fileText(vault, file, abort.signal), '');
  assert.ok(performance.now() - from < 15_000);
});

test('of a long text its beginning is read, and of another kind of file nothing', async () => {
  const text = await fileText(vault, put('long.txt', `Invoice of 2026-11-03\n${'x'.repeat(100_000)}`), never);
  assert.ok(text.startsWith('Invoice of 2026-11-03'));
  assert.equal(text.length, 40_000);
  assert.equal(await fileText(vault, put('picture.png', 'Invoice'), never), '');
  assert.equal(await fileText(vault, '../outside.txt', never), '');
});
