import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { SyncPair } from '../helpers/sync.ts';
import { TempFolder } from '../helpers/temp.ts';

/** Names that have broken programs before: quoting, options, encodings, reserved words, lengths. */
const NAUGHTY: readonly string[] = [
  ...[' leading.md', 'trailing .md', '-rf.md', '--help.md', '"quotes".md', "it's.md", 'back`tick`.md', '$(id).md'],
  ...['semi;colon.md', 'amp&ersand.md', 'pipe|.md', 'star*.md', 'question?.md', '[brackets].md', '{braces}.md'],
  ...['percent%20.md', 'hash#.md', 'tilde~1.md', 'new\nline.md', 'tab\there.md', 'bell\u0007.md', 'a:b.md', '<tag>.md'],
  ...['CON.md', 'NUL.md', 'aux.md', 'Ω≈ç√∫.md', '社會科學院.md', '🏳️‍🌈🎉.md', 'ﬁ ligature.md', 'ß.md', 'İstanbul.md'],
  ...['\u202egpj.md', 'zero\u200bwidth.md', 'undefined', 'null', 'true', '0', 'NaN', '1e1000', 'a'.repeat(255)],
  ...[`${'ü'.repeat(126)}.md`, 'name with  two  spaces.md', 'dot.in.name.', 'Ｆｕｌｌ.md', '👾'.repeat(60)],
];
const PAIRS: readonly (readonly [string, string])[] = [
  ['Case.md', 'case.md'],
  ['STRASSE.md', 'straße.md'],
  ['caf\u00e9.md', 'cafe\u0301.md'],
];
const CONTENTS: readonly Buffer[] = [
  Buffer.from('LF\nonly\n'),
  Buffer.from('CR LF\r\nlines\r\n'),
  Buffer.from('mixed\r\nand\nbare\rthree\n'),
  Buffer.from('\ufeffwith a mark of order\n'),
  Buffer.from('no end'),
  Buffer.from([0, 255, 254, 13, 10, 0, 128]),
  Buffer.alloc(0),
];

test('no name and no byte is lost between two vaults: strange names, names that are nearly the same, every line end', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local, cloud } = nodes;
  const written = new Map<string, string>();
  const write = (name: string, bytes: Buffer): void => {
    local.write(`Projects/${name}`, bytes);
    written.set(name, bytes.toString('latin1'));
  };
  for (const [index, name] of NAUGHTY.entries()) write(name, Buffer.from(`${index} ${name}\n`));
  for (const [index, bytes] of CONTENTS.entries()) write(`content ${index}.md`, bytes);
  for (const [one, other] of PAIRS) {
    write(one, Buffer.from(`first ${one}\n`));
    write(other, Buffer.from(`second ${other}\n`));
  }
  // Bytes that are no text in any encoding: nothing that Steward could name, and nothing that stops the rest.
  writeFileSync(Buffer.concat([Buffer.from(path.join(local.root, 'Projects/')), Buffer.from([0xff, 0xfe])]), 'x');
  await nodes.settle();
  await nodes.settle();
  const there = [...cloud.files.values()];
  const here = [...local.files.values()];
  // Where a name had to give way, its note says so at its top.
  const holds = (files: readonly string[], text: string): boolean =>
    files.some(file => file === text || (text !== '' && file.startsWith('> [!warning]') && file.endsWith(text)));
  const told = new Map(local.sync.held.map(({ path: at, why }) => [at, why]));
  for (const [name, text] of written) {
    assert.ok(holds(here, text), `what “${name}” holds is gone here`);
    const why = told.get(`Projects/${name}`);
    assert.ok(
      holds(there, text) || why !== undefined,
      `what “${name}” holds is not on the other node, and nobody says so`,
    );
  }
  const kept = [...written].filter(([name]) => cloud.files.has(`Projects/${name}`));
  assert.ok(kept.length > 20, `only ${kept.length} names came over as they are`);
  bare.git('fsck', '--strict');
});
