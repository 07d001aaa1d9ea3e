import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { readProperties } from '../../core/front-matter.ts';
import { homeAt, steward, Temporary } from '../helpers/cli.ts';
import { InProcess } from '../helpers/in-process.ts';
import { jpegTaken } from '../helpers/photo.ts';
import { REPOSITORY } from '../helpers/tree.ts';

const EXAMPLES = path.join(REPOSITORY, 'examples');

const notesIn = (vault: InProcess, folder: string): string[] =>
  existsSync(path.join(vault.root, folder))
    ? readdirSync(path.join(vault.root, folder), { recursive: true, encoding: 'utf8' }).filter(
        name => name.endsWith('.md') && name !== 'README.md',
      )
    : [];
const readIn = (vault: InProcess, ...parts: string[]): string => readFileSync(path.join(vault.root, ...parts), 'utf8');

/** Decides every approval that waits: yes, unless `no` says otherwise of its action. */
async function decide(vault: InProcess, no: (text: string) => boolean = () => false): Promise<number> {
  const waiting = notesIn(vault, 'Pending_Approval');
  for (const name of waiting) {
    const from = path.join(vault.root, 'Pending_Approval', name);
    renameSync(from, path.join(vault.root, no(readFileSync(from, 'utf8')) ? 'Rejected' : 'Approved', name));
  }
  await vault.drain();
  return waiting.length;
}

test('the bank statement of the examples becomes a note for each month, and what is in it twice is entered once', async () => {
  await using vault = new InProcess();
  copyFileSync(path.join(EXAMPLES, 'bank.csv'), path.join(vault.root, 'Inbox', 'bank.csv'));
  await vault.drain();
  assert.equal(notesIn(vault, 'Accounting').length, 0, 'nothing is written without a yes');
  assert.equal(await decide(vault), 4);
  const note = 'Accounting/2026/2026-11 bank 2051 EUR.md';
  const split = readProperties(readIn(vault, note));
  assert.ok(split.ok);
  assert.deepEqual(split.value.properties, { type: 'list', entries: 4, total: 4.45 });
  assert.match(
    readIn(vault, 'Accounting/2026/Bank lines not understood.md'),
    /31\.11\.2026;.*“31\.11\.2026” is no date/,
  );
  assert.equal(notesIn(vault, 'Failed').length, 0);

  const before = readIn(vault, note);
  const later = `${readFileSync(path.join(EXAMPLES, 'bank.csv'), 'utf8')}18.11.2026;Kiosk;Zeitung;-3,20\n`;
  writeFileSync(path.join(vault.root, 'Inbox', 'bank.csv'), later);
  await vault.drain();
  // October and the line that is not understood hold nothing new, so that nobody is asked about them.
  assert.equal(await decide(vault), 1);
  // The file itself has its name taken.
  assert.equal(await decide(vault), 1);
  assert.ok(existsSync(path.join(vault.root, 'Accounting', '2026', '2026-10-20 bank (2).csv')));
  const after = readIn(vault, note);
  assert.equal(after.split('\n').length, before.split('\n').length + 1);
  assert.match(after, /^entries: 5$/m);
  assert.match(after, /^total: 1\.25$/m);
  assert.equal(notesIn(vault, 'Failed').length, 0);
  assert.deepEqual(vault.problems(), []);
});

test('of several actions of one task the one that was refused is not done, the others are, and plan and verdict say so', async () => {
  await using vault = new InProcess();
  mkdirSync(path.join(vault.root, 'Skills', 'invoice-list'));
  writeFileSync(
    path.join(vault.root, 'Skills', 'invoice-list', 'SKILL.md'),
    '---\nname: invoice-list\ndescription: File and list.\n---\n## Rule\n\n```yaml\npriority: 99\nwhen: {source: filesystem, words: invoice}\nthen:\n  summary: An invoice.\n  actions:\n    - {do: files.move, say: File it, with: {from: "{path}", to: "Accounting/{dated_name}"}}\n    - {do: files.append, say: List it, with: {path: Accounting/Invoices.md, text: "- {note}", head: "# Invoices"}}\n```\n',
  );
  copyFileSync(path.join(EXAMPLES, 'invoice.pdf'), path.join(vault.root, 'Inbox', 'invoice.pdf'));
  await vault.drain();
  assert.equal(await decide(vault, text => text.includes('action: files.move')), 2);
  assert.match(readIn(vault, 'Accounting', 'Invoices.md'), /^- \[\[/m);
  assert.ok(existsSync(path.join(vault.root, 'Inbox', 'invoice.pdf')), 'what was refused was not done');
  const month = readdirSync(path.join(vault.root, 'Rejected')).find(name => /^\d{4}-\d\d$/.test(name)) ?? '';
  const plan = notesIn(vault, `Rejected/${month}`).find(name => name.endsWith('-plan.md'));
  assert.ok(plan, 'one refusal makes the task one that ended as the person decided');
  const text = readIn(vault, 'Rejected', month, plan);
  assert.match(text, /- \[ \] File it .* · you said no/);
  assert.match(text, /- \[x\] List it .* · done/);
  assert.match(text, /1 of 2 done, with receipt\. You said no to the rest/);
  assert.deepEqual(vault.problems(), []);
});

test('a meeting note of the person’s own yields a list of its tasks that is linked to it', async () => {
  await using vault = new InProcess();
  copyFileSync(path.join(EXAMPLES, 'meeting.md'), path.join(vault.root, 'Needs_Action', 'Meeting with Nordwerk.md'));
  await vault.drain();
  await decide(vault);
  const list = readIn(vault, 'Documents', '2026-11-18 Tasks from Meeting with Nordwerk.md');
  assert.match(list, /From \[\[Meeting with Nordwerk\]\]\./);
  assert.match(list, /^- \[ \] Anna: send the Q3 numbers by Friday ➕ 2026-11-18 📅 2026-11-20$/m);
  assert.ok(notesIn(vault, 'Done').some(name => name.endsWith('/Meeting with Nordwerk.md')));
});

test('a link stands on the reading list once, however often it comes, and is not fetched', async () => {
  await using vault = new InProcess();
  for (const name of ['One', 'Two']) {
    writeFileSync(path.join(vault.root, 'Needs_Action', `${name}.md`), 'https://example.com/an-article');
    await vault.drain();
    await decide(vault);
  }
  const list = readIn(vault, 'Documents', 'Reading list.md');
  assert.equal(list.split('https://example.com/an-article').length, 2, list);
  assert.equal(notesIn(vault, 'Failed').length, 0);
  assert.equal(notesIn(vault, 'Done').filter(name => /\/(One|Two)\.md$/.test(name)).length, 2);
});

test('the photo of a receipt is filed by the day on which it was taken', async () => {
  await using vault = new InProcess();
  mkdirSync(path.join(vault.root, 'Inbox', 'Receipts'));
  writeFileSync(path.join(vault.root, 'Inbox', 'Receipts', 'IMG 1.jpg'), jpegTaken('2025:03:09 17:30:00'));
  writeFileSync(path.join(vault.root, 'Inbox', 'Receipts', 'IMG 2.jpg'), jpegTaken('2025:02:31 17:30:00'));
  writeFileSync(
    path.join(vault.root, 'Inbox', 'Receipts', '2024-12-24 IMG 3.jpg'),
    jpegTaken('2025:03:09 17:30:00', 1),
  );
  await vault.drain();
  await decide(vault);
  assert.deepEqual(readdirSync(path.join(vault.root, 'Accounting', '2025')), ['2025-03-09 receipt IMG 1.jpg']);
  assert.deepEqual(readdirSync(path.join(vault.root, 'Accounting', '2024')), ['2024-12-24 receipt IMG 3.jpg']);
});

test('steward try tells which rule fits and why others do not, with every argument and its zone, and changes nothing', async () => {
  await using vault = new InProcess();
  await vault.drain();
  using home = new Temporary();
  const env = homeAt(home.path, { STEWARD_HOME: path.dirname(vault.opened.state.root), STEWARD_VAULT: vault.root });
  writeFileSync(path.join(vault.root, 'Skills', 'file-invoice', 'SKILL.md'), '## Rule\n\n```yaml\nwehn: x\n```\n');
  const before = treeOf(vault.root);
  const asText = steward(['try', path.join(EXAMPLES, 'bank.csv')], env);
  assert.equal(asText.code, 0, asText.err);
  assert.match(asText.out, /used +90 bank-statement: Skills\/bank-statement\/SKILL\.md/);
  assert.match(asText.out, /no +60 draft-mail: it comes from filesystem/);
  assert.match(asText.out, /cannot be used: Skills\/file-invoice\/SKILL\.md: .*line 1 of its box/);
  assert.match(asText.out, /Proposal 4: files\.move would be asked \(red\)/);
  assert.match(asText.out, /\| 2026-11-17 \| .* -23\.95 \|/);
  const Told = z.object({
    rules: z.array(z.object({ skill: z.string(), used: z.boolean() })),
    proposals: z.array(
      z.object({ action: z.string(), zone: z.string(), arguments: z.record(z.string(), z.unknown()) }),
    ),
  });
  const asJson = Told.parse(JSON.parse(steward(['try', 'https://example.com/x', '--json'], env).out));
  assert.deepEqual(
    asJson.rules.filter(({ used }) => used).map(one => one.skill),
    ['read-later'],
  );
  assert.deepEqual(
    asJson.proposals.map(({ action, zone }) => `${action} ${zone}`),
    ['files.append red'],
  );
  const asked = steward(['try', 'hmm'], env);
  assert.equal(asked.code, 1);
  assert.match(asked.out, /What shall I do about this\?/);
  assert.equal(steward(['try', './missing.csv'], env).code, 2);
  assert.deepEqual(treeOf(vault.root), before);
});

/** Every file of a vault with its bytes. */
const treeOf = (root: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => path.join(entry.parentPath, entry.name))
      .sort()
      .map(file => [file, readFileSync(file, 'latin1')]),
  );
