import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { TestVault, until } from '../helpers/vault.ts';

const ANNA = '---\nemail: anna@example.test\n---\n# Anna\n';

function answerIn(vault: TestVault, title: string, change: (text: string) => string): void {
  const note = vault.files('Questions').find(file => vault.read(file).includes(`[[${title}]]`));
  assert.ok(note, `no question about ${title} in ${vault.files('Questions')}`);
  const before = vault.read(note);
  const after = change(before);
  assert.notEqual(after, before);
  vault.write(note, after);
}

test('a note in a person’s own words becomes a draft to the address in Memory/People, and waits for a yes', async () => {
  await using vault = new TestVault();
  vault.write('Memory/People/Anna.md', ANNA);
  vault.write('Needs_Action/Numbers.md', 'Send Anna the Q3 numbers\n');
  assert.equal(vault.once().code, 0);
  const approval = vault.read(vault.only('Pending_Approval'));
  assert.match(approval, /action: email\.draft/);
  assert.match(approval, /\*\*to\*\* · from your contacts\n```json\n\[\n "anna@example\.test"\n\]/);
  assert.match(approval, /\*\*subject\*\* ·[^\n]*\n```text\nThe Q3 numbers\n```/);
  assert.deepEqual(vault.files('Documents'), []);
  assert.equal(
    vault.read('Needs_Action/Numbers.md'),
    'Send Anna the Q3 numbers\n',
    'the person’s note keeps its name and bytes',
  );
  vault.move(vault.only('Pending_Approval'), 'Approved');
  assert.equal(vault.once().code, 0);
  assert.equal(vault.files('Documents/Drafts').length, 1);
  assert.ok(vault.files('Done').some(file => file.endsWith('/Numbers.md')));
});

test('a note that no rule fits asks one question; a tick, a property, words or the command answer it, and the same task goes on', async () => {
  await using vault = new TestVault();
  vault.write('Memory/People/Anna.md', ANNA);
  for (const name of ['By tick', 'By property', 'By words', 'By command'])
    vault.write(`Needs_Action/${name}.md`, `The moon, ${name}.\n`);
  assert.equal(vault.once().code, 0);
  assert.equal(vault.files('Questions').length, 4);
  const tasks = (): { id: string; title: string }[] => JSON.parse(vault.cli('status', '--json').out).working;
  const before = new Map(tasks().map(({ id, title }) => [title, id]));
  assert.equal(vault.once().code, 0);
  assert.equal(vault.files('Questions').length, 4, 'asked once');
  answerIn(vault, 'By tick', text => text.replace('- [ ] Drop it', '- [x] Drop it'));
  answerIn(vault, 'By property', text => text.replace(/^answer:.*$/m, 'answer: Drop it'));
  answerIn(vault, 'By words', text => `${text.trimEnd()}\n\nSend Anna the Q3 numbers\n`);
  const id = before.get('By command') ?? '';
  assert.equal(vault.cli('answer', id, 'I did it myself').code, 0);
  assert.equal(vault.once().code, 0);
  const { waiting } = JSON.parse(vault.cli('status', '--json').out);
  assert.deepEqual(
    waiting.map(({ kind }: { kind: string }) => kind),
    ['approval'],
    'no question waits',
  );
  for (const name of ['By tick', 'By property'])
    assert.ok(
      vault.files('Rejected').some(file => file.endsWith(`/${name}.md`)),
      name,
    );
  assert.ok(vault.files('Done').some(file => file.endsWith('/By command.md')));
  assert.deepEqual(tasks(), [{ ...tasks()[0], id: before.get('By words'), title: 'By words' }]);
  const approval = vault.read(vault.only('Pending_Approval'));
  assert.match(approval, /anna@example\.test/);
  assert.ok(approval.includes(`id: ${before.get('By words')}-a1`), 'the same task');
});

test('a note that its person rewrites is planned again from the new words, and what was proposed before no longer counts', async () => {
  await using vault = new TestVault();
  vault.write('Memory/People/Anna.md', ANNA);
  vault.write('Needs_Action/Mail.md', 'Send Anna the Q3 numbers\n');
  assert.equal(vault.once().code, 0);
  const first = vault.only('Pending_Approval');
  vault.write('Needs_Action/Mail.md', 'Send Anna the Q4 plans\n');
  assert.equal(vault.once().code, 0);
  const second = vault.only('Pending_Approval');
  assert.notEqual(second, first);
  assert.match(vault.read(second), /The Q4 plans/);
  assert.ok(
    vault.files('Rejected').some(file => path.basename(file) === path.basename(first)),
    'the old one is put away',
  );
  vault.move(second, 'Approved');
  assert.equal(vault.once().code, 0);
  assert.equal(vault.files('Documents/Drafts').length, 1);
  assert.equal(vault.cli('verify').code, 0);
});

test('a note that its person deletes while it is open is dropped, with whatever it had asked', async () => {
  await using vault = new TestVault();
  vault.write('Memory/People/Anna.md', ANNA);
  vault.write('Needs_Action/Mail.md', 'Send Anna the Q3 numbers\n');
  vault.write('Needs_Action/Moon.md', 'The moon.\n');
  await vault.start();
  await until(
    () => vault.files('Questions').length === 1 && vault.files('Pending_Approval').length === 1,
    () => vault.output,
  );
  for (const name of ['Mail', 'Moon']) rmSync(path.join(vault.root, 'Needs_Action', `${name}.md`));
  await until(
    () => ['Questions', 'Pending_Approval', 'Plans'].every(folder => vault.files(folder).length === 0),
    () => `${vault.files()} ${vault.output}`,
  );
  assert.deepEqual(vault.files('Done'), []);
  assert.deepEqual(JSON.parse(vault.cli('status', '--json').out).working, []);
});

test('a question that was answered no longer says that it waits, while its task goes on', async () => {
  await using vault = new TestVault();
  vault.write('Needs_Action/Moon.md', 'The moon.\n');
  vault.once();
  const question = vault.only('Questions');
  assert.match(vault.read(question), /^status: waiting$/m);
  answerIn(vault, 'Moon', text => text.replace('answer:', 'answer: mail anna@example.test about the moon'));
  vault.once();
  assert.match(vault.read(vault.only('Questions')), /^status: answered$/m);
  assert.equal(vault.files('Pending_Approval').length, 1);
});

test('words that a person adds while their task is about to end are not filed unread', async () => {
  await using vault = new TestVault('settle: { note: 3, tick: 0.2, drop: 0.2 }\n');
  vault.write('Needs_Action/Mail.md', 'Send anna@example.test the numbers\n');
  vault.once();
  vault.write('Needs_Action/Mail.md', 'Send bob@example.test the numbers\n');
  vault.cli('approve', 'note');
  vault.once();
  assert.match(vault.read(vault.only('Pending_Approval')), /bob@example\.test/);
  assert.deepEqual(
    vault.files('Done').filter(file => file.endsWith('/Mail.md')),
    [],
  );
});
