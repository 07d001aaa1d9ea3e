import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeSmtp } from '../fakes/smtp.ts';
import { TestVault, until } from '../helpers/vault.ts';

const SKILL = `---
name: tell-anna
description: Tell Anna when a note says so.
---
# Tell Anna

## Rule

\`\`\`yaml
priority: 90
when:
  source: person
  words: [anna]
then:
  summary: You asked to tell Anna.
  actions:
    - do: email.send
      say: Send it to Anna
      with:
        to: ["anna@example.test"]
        subject: "{title}"
        text: |
          Hello Anna,

          {text}
\`\`\`
`;

/** Where work lies that is not over. */
const OPEN = ['Needs_Action', 'In_Progress', 'Plans', 'Pending_Approval', 'Approved', 'Questions'];

/** A vault whose mail goes to a far end on this machine, and a note that asks for a mail, up to its approval. */
async function asked(far: FakeSmtp, password = 'secret word'): Promise<TestVault> {
  const vault = new TestVault(
    [
      'settle: { note: 0.3, tick: 0.2, drop: 0.2 }',
      `servers: { email: { from: me@example.test, host: 127.0.0.1, port: ${far.port}, security: none, user: me } }`,
      '',
    ].join('\n'),
  );
  vault.write('Skills/tell-anna/SKILL.md', SKILL);
  await vault.start({ STEWARD_EMAIL_PASSWORD: password });
  vault.write('Needs_Action/Numbers.md', 'Tell Anna that the Q3 numbers are in.\n');
  await until(
    () => vault.files('Pending_Approval').length === 1,
    () => `${vault.output} ${vault.files().join(' ')}`,
  );
  assert.equal(far.connections, 0, 'nothing goes out before it was approved');
  return vault;
}

test('a mail that was approved by moving its note is sent exactly once, and its receipt stands in Done', async () => {
  await using far = await FakeSmtp.start({ user: 'me', password: 'secret word' });
  await using vault = await asked(far);
  const approval = vault.only('Pending_Approval');
  assert.match(vault.read(approval), /email\.send[\s\S]*anna@example\.test/);
  vault.move(approval, 'Approved');
  await until(
    () => vault.files('Done').length === 4,
    () => `${vault.files('Done')} ${vault.output}`,
  );
  assert.equal(far.delivered.length, 1);
  const [mail] = far.delivered;
  assert.deepEqual(mail?.to, ['anna@example.test']);
  const id = /^Message-ID: (<\S+>)\r$/m.exec(mail?.message ?? '')?.[1] ?? 'none';
  assert.ok(id.endsWith('@example.test>'), mail?.message);
  assert.ok(
    vault.files('Done').some(file => vault.read(file).includes(id)),
    'the receipt names the Message-ID',
  );
  await vault.stop();
  const again = vault.once();
  assert.equal(again.code, 0, `${again.out} ${again.err}`);
  assert.equal(far.delivered.length, 1);
  assert.ok(!vault.files().some(file => vault.read(file).includes('secret word')), 'the password is in no note');
  const verified = vault.cli('verify');
  assert.equal(verified.code, 0, `${verified.out} ${verified.err}`);
});

test('a mail whose answer is lost becomes a question and is not sent again; “It happened” files it as done', async () => {
  await using far = await FakeSmtp.start({ user: 'me', password: 'secret word' });
  far.fault = { at: 'dot', ends: 'reset', keeps: true };
  await using vault = await asked(far);
  vault.move(vault.only('Pending_Approval'), 'Approved');
  await until(
    () => vault.files('Questions').length === 1,
    () => `${vault.files().join(' ')} ${vault.output}`,
  );
  assert.match(vault.read(vault.only('Questions')), /Did this happen\?[\s\S]*Sent folder/);
  assert.equal(far.delivered.length, 1);
  await vault.stop();
  far.fault = undefined;
  await vault.start({ STEWARD_EMAIL_PASSWORD: 'secret word' });
  assert.equal(vault.files('Questions').length, 1, 'a new start asks the same question');
  const id = /^id: (\S+)$/m.exec(vault.read(vault.only('Questions')))?.[1] ?? '';
  const answered = vault.cli('answer', id, 'It happened');
  assert.equal(answered.code, 0, answered.err);
  await until(
    () => OPEN.every(folder => vault.files(folder).length === 0),
    () => `${vault.files().join(' ')} ${vault.output}`,
  );
  assert.deepEqual([far.delivered.length, far.connections], [1, 1]);
  assert.deepEqual(vault.files('Failed'), []);
  assert.equal(vault.files('Done').filter(file => /receipt/.test(file)).length, 1);
});

test('a wrong password pauses mail and nothing else, says how to mend it, and the mail goes out once after resume', async () => {
  await using far = await FakeSmtp.start({ user: 'me', password: 'secret word' });
  await using vault = await asked(far, 'wrong word');
  vault.move(vault.only('Pending_Approval'), 'Approved');
  const shown = /`email` is paused.*535 5\.7\.8.*STEWARD_EMAIL_PASSWORD.*steward resume email/;
  await until(
    () => shown.test(vault.read('Dashboard.md')),
    () => `${vault.read('Dashboard.md')} ${vault.output}`,
  );
  assert.equal(vault.files('Approved').length, 1, 'the approval waits');
  await vault.dropInvoice();
  vault.move(vault.only('Pending_Approval'), 'Approved');
  await until(
    () => vault.files('Accounting').length === 1,
    () => vault.output,
  );
  await vault.stop();
  const once = vault.once();
  assert.equal(once.code, 0, 'it waits for a person, not for a retry');
  assert.match(once.out, /^paused +email: .*Go on with: steward resume email$/m);
  assert.equal(far.connections, 1, 'a refused password is not tried again and again');
  assert.equal(vault.cli('resume', 'email').code, 0);
  await vault.start({ STEWARD_EMAIL_PASSWORD: 'secret word' });
  await until(
    () => OPEN.every(folder => vault.files(folder).length === 0),
    () => `${vault.files().join(' ')} ${vault.output}`,
  );
  assert.deepEqual([far.delivered.length, far.connections], [1, 2]);
  assert.deepEqual(vault.files('Failed'), []);
  assert.ok(!vault.output.includes('wrong word'));
});
