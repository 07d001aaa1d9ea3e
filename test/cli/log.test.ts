import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { LedgerTail } from '../../scripts/log/follow.ts';
import { LedgerWords } from '../../scripts/log/ledger-words.ts';
import { homeAt, LAUNCH } from '../helpers/cli.ts';
import { InProcess } from '../helpers/in-process.ts';
import { TempFolder } from '../helpers/temp.ts';
import { EXAMPLE, TestVault, until } from '../helpers/vault.ts';

const LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}\S/;

test('log tells each thing in one line of plain words, all of one task by any of its ids, and nothing else in a pipe', async () => {
  await using vault = new TestVault();
  copyFileSync(EXAMPLE, path.join(vault.root, 'Inbox', 'invoice.pdf'));
  vault.write('Needs_Action/Moon.md', 'Wonder about the moon\n');
  assert.equal(vault.once().code, 0);
  const { waiting } = JSON.parse(vault.cli('status', '--json').out);
  vault.cli('approve', 'file');
  vault.cli('answer', 'note', 'Drop it');
  assert.equal(vault.once().code, 0);
  const all = vault.cli('log');
  assert.equal(all.err, '');
  for (const line of all.out.trimEnd().split('\n')) assert.match(line, LINE);
  assert.match(all.out, / {2}asks {7}file-\S+-a1 {2}Move Inbox\/invoice\.pdf to /);
  assert.match(all.out, / {2}done {7}file-\S+-a1 {2}Move /);
  assert.match(all.out, / {2}ended {6}note-\S+ {2}Moon: rejected\./);
  const one = vault.cli('log', waiting[0].id);
  assert.match(one.out, /asks[\s\S]*approved[\s\S]*does[\s\S]*done[\s\S]*ended/);
  assert.ok(!one.out.includes('Moon'));
  assert.equal(vault.cli('log', '--since', 'soon').code, 2);
  assert.equal(vault.cli('log', 'zebra').code, 2);
  assert.equal(vault.cli('log', '--since', '2030-01-01').out, '');
});

test('log --follow tells what happens while it looks on, and ends well when the person has enough', async () => {
  await using vault = new TestVault();
  const child = spawn(process.execPath, [LAUNCH, 'log', '--follow'], {
    env: { ...homeAt(vault.base), ...vault.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    out += data;
  });
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve));
  copyFileSync(EXAMPLE, path.join(vault.root, 'Inbox', 'invoice.pdf'));
  assert.equal(vault.once().code, 0);
  await until(
    () => out.includes(' asks '),
    () => out,
  );
  vault.cli('reject', 'file', '--why', 'not mine');
  assert.equal(vault.once().code, 0);
  await until(
    () => out.includes('not mine'),
    () => out,
  );
  child.kill('SIGINT');
  assert.equal(await ended, 0);
  assert.equal(new Set(out.trimEnd().split('\n')).size, out.trimEnd().split('\n').length, 'nothing is told twice');
});

test('a ledger that is cut, replaced or restored under a follower is read anew, and nothing is told twice', async () => {
  await using vault = new InProcess();
  using folder = new TempFolder();
  const file = path.join(folder.path, 'ledger');
  writeFileSync(path.join(vault.root, 'Inbox', 'a.txt'), 'An invoice of 2026-01-02');
  await vault.drain();
  const early = readFileSync(vault.opened.state.ledger, 'utf8');
  writeFileSync(path.join(vault.root, 'Inbox', 'b.txt'), 'A receipt of 2026-01-03');
  await vault.drain();
  const late = readFileSync(vault.opened.state.ledger, 'utf8');
  const seqs = (tail: LedgerTail): number[] => [...tail.look()].filter(({ isNew }) => isNew).map(({ seq }) => seq);
  const count = (text: string): number => text.split('\n').length - 1;
  const rest = Array.from({ length: count(late) - count(early) }, (_, at) => count(early) + at + 1);

  writeFileSync(file, early);
  const tail = new LedgerTail(file);
  assert.equal(seqs(tail).length, count(early));
  appendFileSync(file, late.slice(early.length, -10));
  assert.deepEqual(seqs(tail), rest.slice(0, -1), 'half a record is not told');
  appendFileSync(file, late.slice(-10));
  assert.deepEqual(seqs(tail), rest.slice(-1));
  assert.deepEqual(seqs(tail), []);

  writeFileSync(`${file}.new`, late);
  renameSync(`${file}.new`, file);
  assert.deepEqual(seqs(tail), [], 'the same in another file');
  truncateSync(file, early.length);
  assert.deepEqual(seqs(tail), [], 'cut');
  writeFileSync(`${file}.new`, late);
  renameSync(`${file}.new`, file);
  assert.deepEqual(seqs(tail), [], 'what came back was told');
  assert.equal(tail.problem, undefined);

  writeFileSync(file, `${late}broken\n`);
  for (let looks = 0; looks < 4; looks += 1) seqs(tail);
  assert.match(tail.problem ?? '', /cannot be read behind record \d+\. Run {2}steward verify/);
});

test('no record of a ledger is told with a sign that moves the cursor, whatever stands in it', () => {
  const words = new LedgerWords();
  const told = words.tell({ kind: 'STOPPED', why: 'x\u001b[2J\ny\u202e', by: 'eve\r' });
  assert.ok(told !== undefined);
  assert.doesNotMatch(`${told.word}${told.id}${told.text}`, /[\u001b\n\r\u202e]/);
});
