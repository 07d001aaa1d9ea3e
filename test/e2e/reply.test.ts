import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { ImapFlow } from 'imapflow';
import { FakeImap } from '../fakes/imap.ts';
import { FakeSmtp } from '../fakes/smtp.ts';
import { MAIL_PEOPLE, MailServers } from '../helpers/mail-servers.ts';
import { TestVault, until } from '../helpers/vault.ts';

const QUESTION = '<question.1@example.test>';
const SKILL = `---
name: answer-bob
description: Answer Bob when a note says so.
---
# Answer Bob

## Rule

\`\`\`yaml
priority: 90
when:
  source: person
  words: [bob]
then:
  summary: You asked to answer Bob.
  actions:
    - do: email.reply
      say: Answer Bob
      with:
        to: ["bob@example.test"]
        subject: "Re: AW: Lunch?"
        text: "{text}"
        in_reply_to: "${QUESTION}"
        references: ["<first.1@example.test>"]
\`\`\`
`;
/** Where work lies that is not over. */
const OPEN = ['Needs_Action', 'In_Progress', 'Plans', 'Pending_Approval', 'Approved', 'Questions'];

function vaultFor(smtp: number, imap: number, more = ''): TestVault {
  const vault = new TestVault(
    [
      'settle: { note: 0.3, tick: 0.2, drop: 0.2 }',
      'servers:',
      `  email: { from: alice@example.test, name: Alice, host: 127.0.0.1, port: ${smtp}, security: none, user: alice@example.test, imap: { host: 127.0.0.1, port: ${imap}, security: none${more} } }`,
      '',
    ].join('\n'),
  );
  vault.write('Skills/answer-bob/SKILL.md', SKILL);
  return vault;
}

const state = (vault: TestVault): string => `${vault.files().join('\n')}\n${vault.output}`;

async function approved(vault: TestVault): Promise<void> {
  vault.write('Needs_Action/Lunch.md', 'Tell Bob: at noon, gladly.\n');
  await until(
    () => vault.files('Pending_Approval').length === 1,
    () => state(vault),
  );
  const approval = vault.read(vault.only('Pending_Approval'));
  assert.match(approval, /Answer with “Re: Lunch\?” to bob@example\.test/);
  vault.move(vault.only('Pending_Approval'), 'Approved');
}

const isOver = (vault: TestVault): boolean => OPEN.every(folder => vault.files(folder).length === 0);

async function messages(client: ImapFlow, folder: string): Promise<readonly string[]> {
  const { exists } = await client.mailboxOpen(folder, { readOnly: true });
  if (exists === 0) return [];
  const mails = await client.fetchAll('1:*', { source: true });
  return mails.map(({ source }) => source?.toString() ?? '');
}

test('an approved answer arrives once in the mailbox, stands once in Sent, and is threaded right', {
  skip: process.getuid?.() !== 0 && 'Exim needs root',
}, async () => {
  const servers = await MailServers.start({ sends: true });
  after(() => servers[Symbol.asyncDispose]());
  await using vault = vaultFor(servers.smtp, servers.imap);
  await vault.start({ STEWARD_EMAIL_PASSWORD: MAIL_PEOPLE.alice });
  await approved(vault);
  await until(
    () => isOver(vault) && vault.files('Done').some(file => file.includes('after-')),
    () => state(vault),
  );
  const [alice, bob] = [await servers.login('alice'), await servers.login('bob')];
  try {
    let arrived: readonly string[] = [];
    const deadline = performance.now() + 30_000;
    while (arrived.length === 0 && performance.now() < deadline) arrived = await messages(bob, 'INBOX');
    const sent = await messages(alice, 'Sent');
    assert.deepEqual([arrived.length, sent.length], [1, 1]);
    const [mail = ''] = arrived;
    const [copy = ''] = sent;
    assert.match(mail, /^Subject: Re: Lunch\?\r$/m);
    assert.match(mail, /^In-Reply-To: <question\.1@example\.test>\r$/m);
    assert.match(mail, /^References: <first\.1@example\.test>\s+<question\.1@example\.test>\r$/m);
    assert.match(mail, /^From: Alice <alice@example\.test>\r$/m);
    const id = /^Message-ID: (<\S+>)\r$/m.exec(mail)?.[1];
    assert.ok(id !== undefined && copy.includes(`Message-ID: ${id}\r\n`), copy);
    assert.ok(mail.endsWith(copy), 'the copy is of the very bytes that were sent');
  } finally {
    await alice.logout();
    await bob.logout();
  }
  await vault.stop();
  const verified = vault.cli('verify');
  assert.equal(verified.code, 0, `${verified.out} ${verified.err}`);
  assert.deepEqual(vault.files('Failed'), []);
  assert.deepEqual(vault.files('Questions'), []);
  const done = vault.files('Done').filter(file => file.includes('after-'));
  assert.equal(done.length, 2, `one approval and one receipt: ${done.join(' ')}`);
  assert.ok(done.some(file => /Put the copy of the sent mail “Re: Lunch\?” into Sent/.test(vault.read(file))));
});

test('what was sent when everything was killed is found in Sent by the next start: not sent again, and nobody is asked', async () => {
  await using smtp = await FakeSmtp.start({ user: 'alice@example.test', password: 'secret word' });
  await using imap = await FakeImap.start('alice@example.test', 'secret word');
  smtp.took = ({ message }) => imap.put('Sent', message);
  smtp.fault = { at: 'dot', ends: 'hang', keeps: true };
  await using vault = vaultFor(smtp.port, imap.port, ', sent: provider');
  const child = await vault.start({ STEWARD_EMAIL_PASSWORD: 'secret word' });
  await approved(vault);
  await until(
    () => smtp.delivered.length === 1,
    () => state(vault),
  );
  const ended = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  smtp.fault = undefined;
  vault.output = '';
  await vault.start({ STEWARD_EMAIL_PASSWORD: 'secret word' });
  await until(
    () => isOver(vault),
    () => state(vault),
  );
  assert.deepEqual([smtp.delivered.length, imap.messages('Sent').length], [1, 1]);
  assert.doesNotMatch(vault.output, /Did this happen/);
  assert.equal(vault.files('Done').filter(file => /receipt/.test(file)).length, 1);
});

test('a Sent folder that cannot be written keeps no sent mail from being done, and the copy is tried again', async () => {
  await using smtp = await FakeSmtp.start({ user: 'alice@example.test', password: 'secret word' });
  await using imap = await FakeImap.start('alice@example.test', 'secret word');
  imap.fault = { at: 'append', reply: 'NO [OVERQUOTA] the mailbox is full' };
  await using vault = vaultFor(smtp.port, imap.port);
  await vault.start({ STEWARD_EMAIL_PASSWORD: 'secret word' });
  await approved(vault);
  await until(
    () => vault.files('Done').some(file => file.endsWith('Lunch.md')) && vault.output.includes('the mailbox is full'),
    () => state(vault),
  );
  assert.deepEqual([smtp.delivered.length, imap.messages('Sent').length], [1, 0]);
  assert.equal(vault.files('Approved').length, 1, 'the copy is still to be made');
  await vault.stop();
  const again = vault.once();
  assert.equal(again.code, 3, `work waits for a retry: ${again.out} ${again.err}`);
  assert.equal(smtp.delivered.length, 1);
  assert.deepEqual(vault.files('Failed'), []);
});
