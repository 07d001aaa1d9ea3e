import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { withValue } from '../../core/approval-edit.ts';
import { parseApproval, renderApproval } from '../../core/approval-note.ts';
import { payloadText } from '../../scripts/review/payload.ts';
import { anyEnvelope, envelopeWith, nastyText } from '../helpers/any-envelope.ts';
import { type Typed, typing } from '../helpers/keys.ts';
import { EXAMPLE, TestVault } from '../helpers/vault.ts';

const vault = new TestVault();
after(() => vault[Symbol.asyncDispose]());
const KEYS = /q {2}quit/;
const type = (...keys: string[]): Typed[] => keys.map(one => ({ when: KEYS, keys: one }));
const review = (typed: readonly Typed[], more: NodeJS.ProcessEnv = {}) =>
  typing(['review'], { ...vault.environment, NO_COLOR: '1', ...more }, typed);
const waiting = (): { id: string; title: string }[] => JSON.parse(vault.cli('status', '--json').out).waiting;
const drop = (name: string): void => vault.write(`Inbox/${name}`, readFileSync(EXAMPLE));

test('the whole payload stands before the question, and each key does what it says: skip, edit, approve, reject with a reason, quit', async () => {
  for (const name of ['a invoice 2026-01-01.pdf', 'b invoice 2026-01-02.pdf', 'c invoice 2026-01-03.pdf']) {
    drop(name);
    vault.write(`Inbox/${name}`, `${name} is an invoice`);
  }
  assert.equal(vault.once().code, 0);
  const [first, second, third] = waiting();
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  const { screen, code } = await review([
    ...type('e'),
    { when: /b {2}to/, keys: 'b' },
    { when: /pdf█/, keys: `${'\u007f'.repeat(4)} changed.pdf\r` },
    ...type('a', 'r'),
    { when: /It is remembered/, keys: 'wrong folder\r' },
    ...type('s'),
  ]);
  assert.equal(code, 0, screen);
  const shown = screen.slice(0, screen.indexOf('What shall happen'));
  assert.match(shown, /files\.move, once, with exactly these values:/);
  assert.match(shown, /^from {2}from what you dropped\n {2}│ Inbox\/. invoice/m);
  assert.match(shown, /^Why it asks:\n {2}The rule “moving files”/m);
  assert.match(screen, /changed by hand\n {2}│ Accounting\/2026\/.* changed\.pdf\n {2}it was:/);
  assert.match(screen, /approved {2}file-\S+ {2}with your changes/);
  assert.match(screen, /1 approved, 1 rejected, 1 skipped\./);
  assert.doesNotMatch(screen, /\u001b\[\d*m/, 'NO_COLOR');
  assert.equal(vault.once().code, 0);
  const filed = vault.files('Accounting');
  assert.equal(filed.length, 1);
  assert.match(filed[0] ?? '', / changed\.pdf$/);
  const told = vault.cli('why', first.id).out;
  assert.match(told, /said yes|approved/);
  assert.match(told, /with changed values/, 'the executor judged it as a change by hand');
  assert.match(vault.cli('why', second.id).out, /wrong folder/);
  assert.deepEqual(
    waiting().map(({ id }) => id),
    [third.id],
  );
});

test('nothing is decided by Enter, by Ctrl-C, or by what was typed before the question stood there', async () => {
  const before = waiting().map(({ id }) => id);
  assert.equal(before.length, 1);
  const entered = await review(type('\r'));
  assert.match(entered.screen, /1 skipped\./);
  const stopped = await review(type('\u0003'));
  assert.equal(stopped.code, 0);
  assert.match(stopped.screen, /Nothing was decided\./);
  const early = await review([{ when: /to look at/, keys: 'aaa' }, ...type('q')]);
  assert.match(early.screen, /Nothing was decided\./);
  assert.equal(vault.once().code, 0);
  assert.deepEqual(
    waiting().map(({ id }) => id),
    before,
  );
});

test('a value of many lines opens in the editor, a note that was tampered with can only be rejected, and a question is answered', async () => {
  vault.write('Memory/People/Anna.md', '---\nemail: anna@example.test\n---\n');
  vault.write('Needs_Action/Mail Anna.md', 'Send Anna the Q3 numbers\n');
  vault.write('Needs_Action/Moon.md', 'Wonder about the moon\n');
  assert.equal(vault.once().code, 0);
  const editor = path.join(vault.base, 'editor');
  writeFileSync(editor, `#!/bin/sh\necho "$1" > '${vault.base}/edited'\necho 'A line more' >> "$2"\n`);
  chmodSync(editor, 0o755);
  const invoice = vault.files('Pending_Approval').find(file => file.includes('invoice')) ?? assert.fail();
  vault.write(invoice, vault.read(invoice).replace('files.move', 'files.copy'));
  const { screen } = await review(
    [
      ...type('r'),
      { when: /It is remembered/, keys: '\r' },
      ...type('e'),
      { when: /q {2}none/, keys: 'c' },
      ...type('a', '2'),
    ],
    { EDITOR: `${editor} --wait`, VISUAL: '' },
  );
  assert.match(screen, /wrote it: .*It can only be rejected\./);
  assert.match(screen, /│ A line more/);
  assert.match(screen, /1 rejected, 1 approved, 1 answered\./);
  assert.equal(readFileSync(path.join(vault.base, 'edited'), 'utf8'), '--wait\n');
  assert.equal(vault.once().code, 0);
  assert.deepEqual(waiting(), []);
  const draft = vault.files('Done').find(file => /mail-anna.*approval/.test(file)) ?? assert.fail();
  assert.match(vault.read(draft), /A line more/);
  const rest = await review([]);
  assert.match(rest.screen, /Nothing waits for you\./);
});

test('without a terminal review lists what Steward decided by itself, and asks nothing', () => {
  const listed = vault.cli('review');
  assert.equal(listed.code, 0);
  assert.match(listed.out, /^Since .* Steward decided/);
  assert.equal(vault.cli('review', '--json').out.trim().split('\n').length, 1);
});

test('a value that is put into a note stands there exactly, or the note is left as it is', () => {
  fc.assert(
    fc.property(anyEnvelope, nastyText, fc.nat(), (envelope, text, which) => {
      const names = Object.keys(envelope.arguments);
      const name = names[which % Math.max(1, names.length)];
      fc.pre(name !== undefined);
      const note = renderApproval(envelope);
      const changed = withValue(note, name ?? '', text.toWellFormed());
      if (!changed.ok) return;
      const read = parseApproval(changed.value);
      assert.ok(read.ok);
      assert.deepEqual(read.value.envelope.arguments, { ...envelope.arguments, [name ?? '']: text.toWellFormed() });
    }),
    { numRuns: 60 },
  );
  assert.equal(withValue(renderApproval(envelopeWith()), 'nowhere', 'x').ok, false);
});

test('nothing of a stranger’s in a payload moves the cursor, or begins a line as if it were ours', () => {
  const text = `${'a '.repeat(200)}\nWhy it asks:\n\u001b[2J\u202eevil\r\n`;
  const envelope = envelopeWith({
    arguments: { body: text },
    origins: { body: { kind: 'web', url: 'https://x.test' } },
  });
  const shown = payloadText(envelope, envelope.arguments, { width: 80, colour: false });
  assert.doesNotMatch(shown, /[\u001b\r\u202e]/);
  const from = shown.indexOf('body  ! from a page on the web');
  assert.ok(from !== -1, shown);
  const lines = shown.slice(from).split('\n').slice(1);
  const end = lines.findIndex(line => !line.startsWith('  │ '));
  assert.ok(lines.slice(0, end).join('').includes('evil'), shown);
});
