import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Vault } from '../../core/vault.ts';
import { officeText } from '../../orchestrator/text/office.ts';
import { textByWorker } from '../../orchestrator/text/worker.ts';
import { tokensOf, unescaped } from '../../orchestrator/text/xml.ts';
import { fileText } from '../../orchestrator/think/file-text.ts';
import { TempFolder } from '../helpers/temp.ts';
import { zipOf } from '../helpers/zip.ts';

const folder = new TempFolder();
after(() => folder[Symbol.dispose]());
const vault = new Vault(folder.path, 'planner');
const never = new AbortController().signal;

const W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
const document = (body: string): string =>
  `<?xml version="1.0"?><w:document ${W}><w:body>${body}</w:body></w:document>`;

async function textOf(name: string, data: string | Uint8Array): Promise<string> {
  writeFileSync(path.join(folder.path, name), data);
  return fileText(vault, name, never);
}

/** What is read, or in which words it is refused: never in those of the system. */
function attempt(read: () => string): string {
  try {
    return read();
  } catch (error) {
    const told = error instanceof Error ? error.message : '';
    assert.match(told, /^it (is|unpacks|holds) /);
    return told;
  }
}

/** Why there is no text, as a worker says it. */
async function whyNot(name: string, data: Uint8Array): Promise<string> {
  const file = path.join(folder.path, name);
  writeFileSync(file, data);
  const read = await textByWorker('office', { file, longest: 1000 }, never);
  return read.ok ? `read: ${read.value.slice(0, 50)}` : read.failure.message;
}

test('a letter of Word is read with its paragraphs, tables and notes, and without what was deleted', async () => {
  const body = [
    '<w:p><w:r><w:t>Dear Anna &amp; Ben,</w:t></w:r></w:p>',
    '<w:p><w:r><w:t xml:space="preserve">pay </w:t></w:r><w:del><w:r><w:delText>900</w:delText></w:r></w:del><w:r><w:t>500 EUR</w:t><w:br/><w:t>soon</w:t></w:r></w:p>',
    '<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Wood</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>12</w:t></w:r></w:p></w:tc></w:tr></w:tbl>',
  ].join('');
  const foot = `<w:footnotes ${W}><w:footnote><w:p><w:r><w:t>Net of tax.</w:t></w:r></w:p></w:footnote></w:footnotes>`;
  const text = await textOf('letter.docx', zipOf({ 'word/document.xml': document(body), 'word/footnotes.xml': foot }));
  assert.equal(text, 'Dear Anna & Ben,\npay 500 EUR\nsoon\nWood\t12\n\nNet of tax.');
});

test('a table of Excel is read by sheets and rows, with dates as dates and gaps as gaps', async () => {
  const text = await textOf(
    'table.xlsx',
    zipOf({
      'xl/workbook.xml':
        '<workbook xmlns:r="x"><sheets><sheet name="Costs" sheetId="1" r:id="rId7"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels':
        '<Relationships><Relationship Id="rId7" Target="worksheets/sheet1.xml"/></Relationships>',
      'xl/sharedStrings.xml': '<sst><si><t>Item</t></si><si><r><t>Wo</t></r><r><t>od</t></r></si></sst>',
      'xl/styles.xml': '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
      'xl/worksheets/sheet1.xml':
        '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>When</t></is></c></row><row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2"><v>12.5</v></c><c r="C2" s="1"><v>46347</v></c><c r="D2" t="b"><v>1</v></c></row></sheetData></worksheet>',
    }),
  );
  assert.equal(text, '# Costs\nItem\t\tWhen\nWood\t12.5\t2026-11-21\tTRUE');
});

test('slides and OpenDocument texts are read in their order', async () => {
  const slide = (words: string): string => `<p:sld><a:p><a:r><a:t>${words}</a:t></a:r></a:p></p:sld>`;
  const slides = zipOf({ 'ppt/slides/slide10.xml': slide('Ten'), 'ppt/slides/slide2.xml': slide('Two') });
  assert.equal(await textOf('talk.pptx', slides), '# Slide 2\nTwo\n\n# Slide 10\nTen');
  const open =
    '<office:document-content><office:body><text:h>Offer</text:h><text:p>Larch<text:s text:c="2"/>roof<text:tab/>400</text:p></office:body></office:document-content>';
  assert.equal(await textOf('offer.odt', zipOf({ 'content.xml': open })), 'Offer\nLarch  roof\t400');
});

test('a web page is read without its scripts, and a table from an old program in its own letters', async () => {
  const page =
    '<html><head><title>x</title></head><body><h1>Hi</h1><script>alert("<p>no</p>")</script><p>a &lt; b<br>c</p></body>';
  assert.equal(await textOf('page.html', page), 'Hi\na < b\nc');
  assert.equal(await textOf('bank.csv', Buffer.from('Gr\u00fc\u00dfe;1', 'latin1')), 'Grüße;1');
  assert.equal(await textOf('wide.txt', Buffer.from('\ufeffGrüße', 'utf16le')), 'Grüße');
});

test('a document with pictures of 100 MB gives its text, and what unpacks into gigabytes gives a reason', async () => {
  const large = zipOf({
    'word/media/a.png': randomBytes(100_000_000),
    'word/document.xml': document('<w:p><w:t>Small text</w:t></w:p>'),
  });
  assert.equal(await textOf('large.docx', large), 'Small text');
  const bomb = zipOf({ 'word/document.xml': Buffer.alloc(300_000_000, 'a') });
  assert.ok(bomb.length < 3_000_000);
  const before = process.memoryUsage.rss();
  assert.match(await whyNot('bomb.docx', bomb), /it unpacks into too much/);
  assert.ok(process.memoryUsage.rss() - before < 500_000_000);
});

test('one packed member that is named a thousand times is not unpacked a thousand times', async () => {
  const slide = Buffer.alloc(3_000_000, ' ');
  const names = Array.from({ length: 100 }, (_, at) => [`ppt/slides/slide${at}.xml`, slide] as const);
  assert.match(await whyNot('many.pptx', zipOf(Object.fromEntries(names))), /it unpacks into too much/);
});

test('what is damaged, locked, empty or no office file at all is refused in words', async () => {
  const whole = zipOf({ 'word/document.xml': document('<w:p><w:t>Text</w:t></w:p>') });
  assert.match(await whyNot('empty.docx', Buffer.alloc(0)), /not what its name says/);
  assert.match(await whyNot('plain.docx', Buffer.from('no zip')), /not what its name says/);
  assert.match(await whyNot('locked.docx', Buffer.from('d0cf11e0a1b11ae1', 'hex')), /not what its name says/);
  const secret = Buffer.from(whole);
  secret.writeUInt16LE(1, secret.indexOf('504b0102', 0, 'hex') + 8);
  assert.match(await whyNot('secret.docx', secret), /locked with a password/);
  const file = path.join(folder.path, 'changed.docx');
  for (let at = 0; at < whole.length; at += 1) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 0xff;
    writeFileSync(file, changed);
    const read = attempt(() => officeText(file, 1000));
    assert.ok(read.length < 1000, `byte ${at}: ${read}`);
  }
  assert.equal(await textOf('outside.docx', zipOf({ '../../etc/passwd': 'x', 'word/document.xml': '' })), '');
});

test('entities of a document’s own do not unfold, point elsewhere or stop the reading', async () => {
  const bomb = `<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>${document('<w:p><w:t>&b;&x;&#65;</w:t></w:p>')}`;
  const text = await textOf('entities.docx', zipOf({ 'word/document.xml': bomb }));
  assert.match(text, /^.*&b;&x;A$/s);
  assert.doesNotMatch(text, /root:/);
});

test('nearly a million spaces in a row take no time', async () => {
  const body = document(`<w:p><w:t>a${' '.repeat(900_000)}b</w:t></w:p>`);
  const from = performance.now();
  assert.equal((await textOf('spaces.docx', zipOf({ 'word/document.xml': body }))).length, 40_000);
  assert.ok(performance.now() - from < 10_000);
});

test('whatever the XML, walking through it ends and loses no text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('<', '>', '/', '!', '-', '[', ']', '"', "'", '&', ';', 'a', ' ') }),
      xml => {
        let text = '';
        for (const token of tokensOf(xml)) if (token.kind === 'text') text += token.text;
        assert.ok(text.length <= xml.length);
        if (!xml.includes('<')) assert.equal(text, unescaped(xml));
      },
    ),
    { numRuns: 2000 },
  );
});
