import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../core/digest.ts';
import { createFile, moveFile, moveFileExactly, readStrictly, replaceFile } from '../../core/durable.ts';
import { codeSpan, fence, isPlain, proseLine, quoted, visibleJson } from '../../core/inert.ts';
import { Vault } from '../../core/vault.ts';
import { mayWrite, type Writer } from '../../core/vault-paths.ts';
import { nastyText } from '../helpers/any-envelope.ts';
import { TempFolder } from '../helpers/temp.ts';

const WRITERS: readonly Writer[] = ['watcher', 'planner', 'executor', 'server'];
/** Who may write where; nobody else, and never in any spelling that a file system may take for the same place. */
const TABLE: Readonly<Record<string, readonly Writer[]>> = {
  'Approved/a.md': ['executor'],
  'Rejected/a.md': ['executor'],
  'Pending_Approval/a.md': ['executor'],
  'Outbox/a.md': ['executor'],
  'Questions/a.md': ['planner', 'executor'],
  'Needs_Action/a.md': ['watcher', 'planner', 'executor'],
  'Plans/a.md': ['planner', 'executor'],
  'In_Progress/local/a.md': ['planner', 'executor'],
  'Done/2026-11/a.md': ['executor'],
  'Failed/2026-11/a.md': ['executor'],
  'Logs/a.md': ['executor'],
  'Skills/a/SKILL.md': [],
  'Agents/a/AGENT.md': [],
  'Memory/People/Anna.md': [],
  'Memory/a.md': [],
  'Memory/Preferences/a.md': ['planner'],
  'Memory/Projects/a.md': ['planner'],
  'Memory/Facts/a.md': ['planner'],
  'Memory/Lessons/a.md': ['planner'],
  'Policies.md': [],
  'Company_Handbook.md': [],
  'Business_Goals.md': [],
  'STOP.md': ['executor'],
  'Dashboard.md': ['planner'],
  '.steward/vault.json': [],
  '.obsidian/app.json': [],
  '.git/config': [],
  '.gitattributes': [],
  'Documents/.hidden': [],
  Inbox: [],
  'Inbox/a.pdf': ['server'],
  'Accounting/2026/a.pdf': ['server'],
  'Documents/a.md': ['server'],
};
const SPELLINGS: readonly ((path: string) => string)[] = [
  place => place,
  place => place.toUpperCase(),
  place => place.toLowerCase(),
  place => place.replace('e', '\u200be'),
  place => place.replace('o', 'o\u00ad'),
  place => place.replace(/[a-zA-Z]/, letter => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
  place => place.replace('/', './').replace(/^([^/]*)$/, '$1.'),
  place => place.replace('/', ' /').replace(/^([^/]*)$/, '$1 '),
  place => place.replaceAll('s', '\u017f'),
  place => place.normalize('NFD'),
];

for (const [place, allowed] of Object.entries(TABLE)) {
  test(`${place} is written by ${allowed.join(' and ') || 'the person alone'}, however it is spelt`, () => {
    for (const writer of WRITERS)
      assert.equal(mayWrite(writer, place), allowed.includes(writer), `${writer} at ${place}`);
    for (const spell of SPELLINGS) {
      const spelt = spell(place);
      // Another spelling may be refused to more writers, never allowed to more.
      for (const writer of WRITERS.filter(one => !allowed.includes(one)))
        assert.equal(mayWrite(writer, spelt), false, `${writer} at ${JSON.stringify(spelt)}`);
    }
  });
}

test('paths that leave the vault, or mean different things on different computers, are refused to everybody', () => {
  using folder = new TempFolder();
  const vault = new Vault(folder.path, 'executor');
  for (const bad of [
    '../x.md',
    'Done/../../x.md',
    '/etc/passwd',
    'C:\\x',
    'C:x.md',
    'Done\\x.md',
    'Done/\0.md',
    '',
    '.',
    '..',
    './..',
    'Done/\u200b/x.md',
    `Done/${'x'.repeat(256)}`,
  ]) {
    assert.equal(vault.create(bad, 'x').ok, false, JSON.stringify(bad));
    assert.equal(vault.read(bad).ok, false, JSON.stringify(bad));
  }
});

test('nothing is read or written through a linked folder, a link, a second name, a pipe or a folder', () => {
  using folder = new TempFolder();
  using outside = new TempFolder();
  const at = (...parts: string[]): string => path.join(folder.path, ...parts);
  const vault = new Vault(folder.path, 'executor');
  writeFileSync(path.join(outside.path, 'secret.md'), 'secret');
  symlinkSync(outside.path, at('Done'));
  mkdirSync(at('Approved'));
  symlinkSync(path.join(outside.path, 'secret.md'), at('Approved', 'link.md'));
  linkSync(path.join(outside.path, 'secret.md'), at('Approved', 'twin.md'));
  spawnSync('mkfifo', [at('Approved', 'pipe.md')]);
  mkdirSync(at('Approved', 'folder.md'));
  for (const file of [
    'Done/secret.md',
    'Approved/link.md',
    'Approved/twin.md',
    'Approved/pipe.md',
    'Approved/folder.md',
  ]) {
    const read = vault.read(file);
    assert.ok(!read.ok && read.failure.kind !== 'retryable', file);
  }
  assert.deepEqual(vault.list('Done'), []);
  assert.equal(vault.create('Done/new.md', 'x').ok, false);
  assert.equal(vault.move('Approved/folder.md', 'Done/folder.md').ok, false);
  assert.equal(vault.makeFolder('Done/2026-11').ok, false);
  assert.deepEqual(readdirSync(outside.path), ['secret.md']);
  writeFileSync(at('Approved', 'bytes.md'), Buffer.from([0xff, 0xfe, 0x41]));
  writeFileSync(at('Approved', 'nul.md'), 'a\0b');
  writeFileSync(at('Approved', 'large.md'), Buffer.alloc(2 * 1024 * 1024 + 1, 'x'));
  for (const name of ['bytes', 'nul', 'large']) assert.equal(vault.read(`Approved/${name}.md`).ok, false, name);
});

test('a replacement loses against a save that came before it, and against one that slips in between', () => {
  using folder = new TempFolder();
  const file = path.join(folder.path, 'a.md');
  writeFileSync(file, 'old');
  assert.equal(replaceFile(folder.path, file, sha256('old'), 'new'), 'replaced');
  assert.equal(replaceFile(folder.path, file, sha256('old'), 'newer'), 'changed');
  assert.equal(readFileSync(file, 'utf8'), 'new');
  assert.equal(replaceFile(folder.path, path.join(folder.path, 'none.md'), sha256(''), 'x'), 'changed');
  assert.deepEqual(readdirSync(folder.path), ['a.md'], 'nothing is left behind');
});

test('a save in place that runs beside replacements is never lost', async () => {
  using folder = new TempFolder();
  const file = path.join(folder.path, 'a.md');
  const passing = path.join(folder.path, 'tmp');
  mkdirSync(passing);
  writeFileSync(file, '0');
  // Another process saves in place, as Obsidian does, and says what it saved last.
  const script = `const fs=require('fs');for(let i=1;i<=400;i++){fs.writeFileSync(${JSON.stringify(file)},'person '+i);}`;
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, ['-e', script]);
  const ended = new Promise(resolve => child.once('exit', resolve));
  let replaced = 0;
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const before = readFileSync(file, 'utf8');
    if (
      before.startsWith('person') &&
      replaceFile(passing, file, sha256(before), `steward after ${before}`) === 'replaced'
    )
      replaced += 1;
    await new Promise(resolve => setImmediate(resolve));
  }
  const last = readFileSync(file, 'utf8');
  assert.match(last, /person 400$/, `after ${replaced} replacements`);
  assert.deepEqual(readdirSync(passing), []);
});

test('a move lands on nothing: the first free name is taken, and a twin that a crash left is finished, not copied', () => {
  using folder = new TempFolder();
  const at = (name: string): string => path.join(folder.path, name);
  for (const name of ['a.md', 'b.md', 'b (2).md']) writeFileSync(at(name), name);
  assert.equal(moveFileExactly(at('a.md'), at('b.md')), 'taken');
  assert.equal(moveFile(at('a.md'), at('b.md')), at('b (3).md'));
  assert.equal(moveFile(at('a.md'), at('b.md')), undefined);
  assert.deepEqual(
    ['b.md', 'b (2).md', 'b (3).md'].map(name => readFileSync(at(name), 'utf8')),
    ['b.md', 'b (2).md', 'a.md'],
  );
  linkSync(at('b.md'), at('moved.md'));
  assert.equal(moveFile(at('b.md'), at('moved.md')), at('moved.md'));
  assert.deepEqual([existsSync(at('b.md')), lstatSync(at('moved.md')).nlink], [false, 1]);
  mkdirSync(at('full'));
  writeFileSync(at('full/x'), '');
  mkdirSync(at('other'));
  assert.equal(moveFileExactly(at('other'), at('full')), 'taken');
  assert.equal(moveFileExactly(at('moved.md'), at('full')), 'taken');
  const long = `${'n'.repeat(252)}.md`;
  writeFileSync(at(long), 'one');
  mkdirSync(at('to'));
  writeFileSync(at(`to/${long}`), 'two');
  assert.equal(moveFile(at(long), at(`to/${long}`)), at(`to/${'n'.repeat(248)} (2).md`));
});

test('a file is created whole or not at all, once, and leaves nothing behind', () => {
  using folder = new TempFolder();
  const file = path.join(folder.path, 'a');
  assert.equal(createFile(folder.path, file, 'one'), 'created');
  assert.equal(createFile(folder.path, file, 'two'), 'exists');
  assert.throws(() => createFile(folder.path, path.join(folder.path, 'none', 'a'), 'x'), /ENOENT/);
  assert.equal(readFileSync(file, 'utf8'), 'one');
  assert.deepEqual(readdirSync(folder.path), ['a']);
  assert.equal(readStrictly(file, 2).kind, 'refused');
  assert.equal(readStrictly(path.join(folder.path, 'none'), 2).kind, 'missing');
});

test('foreign text in a note is inert: no line of it leaves its fence, its span or its line of prose', () => {
  fc.assert(
    fc.property(nastyText, text => {
      const block = quoted(text).split('\n');
      const mark = /^(`{3,})text$/.exec(block[0] ?? '')?.[1] ?? assert.fail();
      assert.equal(block.at(-1), mark);
      assert.ok(
        block.slice(1, -1).every(line => !/^\s*`{3,}\s*$/.test(line) || line.trim().length < mark.length),
        'a fence is closed within',
      );
      const span = codeSpan(text);
      assert.doesNotMatch(span, /\n/);
      if (span !== '(empty)') {
        const ticks = /^`+/.exec(span)?.[0] ?? assert.fail(span);
        const inner = span.slice(ticks.length, -ticks.length);
        assert.ok(span.endsWith(ticks) && !inner.split(/[^`]/).some(run => run.length === ticks.length), span);
        assert.doesNotMatch(inner.trim(), /^\$?=/, 'Dataview would run it');
      }
      const prose = proseLine(text);
      assert.doesNotMatch(prose, /\n/);
      // Addresses stand in code spans; what stands outside of them is escaped.
      const bare = prose.replace(/\\[\s\S]|(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
      assert.doesNotMatch(bare, /[`*_[\]<>#|!$^~=]|%%|::/, JSON.stringify(prose));
      for (const shown of [quoted(text), span, prose, visibleJson(text)])
        assert.ok(isPlain(shown), JSON.stringify(shown));
      assert.deepEqual(JSON.parse(visibleJson({ [text]: [text] }, 1)), { [text]: [text] });
    }),
    { numRuns: 2000, seed: 5 },
  );
  assert.equal(fence('a'), '```text\na\n```');
});

test('a line of prose is never a heading, a list, a tick, a quote or a rule', () => {
  for (const text of ['# a', '- [x] a', '> a', '---', '1. a', '+ a', '- a', '===', '\t- a', '***', '~~~']) {
    const prose = proseLine(text);
    assert.doesNotMatch(`- ${prose}`, /^- \[.\] /, prose);
    assert.doesNotMatch(prose, /^(#|>|~~~|\*\*\*|===)/, prose);
  }
});
