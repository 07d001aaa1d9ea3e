import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { ImapFlow } from 'imapflow';
import { MAIL_PEOPLE, MailServers } from '../helpers/mail-servers.ts';
import { TestVault, until } from '../helpers/vault.ts';

const SKILL = `---
name: answer-at-noon
description: Say to people you know that noon suits.
---
# Answer at noon

## Rule

\`\`\`yaml
priority: 90
when:
  source: mail
  mail: question
  standing: known
  words: [lunch]
  reads: mail
then:
  summary: "{mail_from_name} asks about lunch."
  actions:
    - do: email.reply
      say: Answer {mail_first_name}
      with:
        to: ["{mail_reply_to}"]
        subject: "{mail_subject}"
        in_reply_to: "{mail_id}"
        references: ["{mail_thread}"]
        text: "Hello {mail_first_name}, at noon, gladly."
\`\`\`
`;

const QUESTION = [
  ...['From: Bob Olsen <bob@example.test>', 'To: alice@example.test', 'Subject: Lunch?'],
  ...['Date: Fri, 20 Nov 2026 09:00:00 +0000', 'Message-ID: <lunch.2@example.test>'],
  ...['In-Reply-To: <lunch.1@example.test>', 'References: <lunch.1@example.test>', ''],
  ...['Shall we have lunch on Tuesday?', ''],
].join('\r\n');

async function messages(client: ImapFlow, folder: string): Promise<readonly string[]> {
  const { exists } = await client.mailboxOpen(folder, { readOnly: true });
  if (exists === 0) return [];
  return (await client.fetchAll('1:*', { source: true })).map(({ source }) => source?.toString() ?? '');
}

test('a mail that arrives becomes a task, is answered by an approved reply once, threaded, once in Sent, and the task is in Done, also over a restart', {
  skip: process.getuid?.() !== 0 && 'Exim needs root',
}, async () => {
  const servers = await MailServers.start({ sends: true });
  after(() => servers[Symbol.asyncDispose]());
  const account = `host: 127.0.0.1, port: ${servers.imap}, security: none`;
  await using vault = new TestVault(
    [
      'settle: { note: 0.3, tick: 0.2, drop: 0.2 }',
      `watchers: { mail: { accounts: { alice: { address: alice@example.test, ${account} } } } }`,
      'servers:',
      `  email: { from: alice@example.test, host: 127.0.0.1, port: ${servers.smtp}, security: none, user: alice@example.test, imap: { ${account} } }`,
      '',
    ].join('\n'),
  );
  const secrets = { STEWARD_EMAIL_PASSWORD: MAIL_PEOPLE.alice, STEWARD_MAIL_PASSWORD: MAIL_PEOPLE.alice };
  const state = (): string => `${vault.files().join('\n')}\n${vault.output}`;
  vault.write('Skills/answer-at-noon/SKILL.md', SKILL);
  vault.write('Memory/People/Bob Olsen.md', '---\nemail: bob@example.test\n---\n');
  await vault.start(secrets);
  await servers.deliver('alice', QUESTION, 'bob@example.test');
  await until(
    () =>
      vault.files('In_Progress').length + vault.files('Pending_Approval').length + vault.files('Outbox').length >= 2,
    state,
  );
  const held = vault.files('Outbox');
  assert.equal(held.length, 1, `an answer to somebody known is held: ${state()}`);
  const task = vault.read(vault.only('In_Progress'));
  assert.match(task, /From:\*\* Bob Olsen `bob@example\.test` · \*\*known to you:\*\* it stands in \[\[Bob Olsen\]\]/);
  await vault.stop();
  vault.move(held[0] ?? '', 'Approved');
  await vault.start(secrets);
  await until(
    () => vault.files('Done').some(file => file.includes('receipt')) && vault.files('In_Progress').length === 0,
    state,
  );
  const [alice, bob] = [await servers.login('alice'), await servers.login('bob')];
  try {
    let [arrived, sent]: readonly string[][] = [[], []];
    const deadline = performance.now() + 45_000;
    while ((arrived?.length === 0 || sent?.length === 0) && performance.now() < deadline) {
      arrived = [...(await messages(bob, 'INBOX'))];
      sent = [...(await messages(alice, 'Sent'))];
    }
    assert.deepEqual([arrived?.length, sent?.length], [1, 1], state());
    for (const copy of [arrived?.[0] ?? '', sent?.[0] ?? '']) {
      assert.match(copy, /^In-Reply-To: <lunch\.2@example\.test>\r$/m);
      assert.match(copy, /^References:\s+<lunch\.1@example\.test>\s+<lunch\.2@example\.test>\r$/m);
      assert.match(copy, /^Subject: Re: Lunch\?\r$/m);
      assert.match(copy, /Hello Bob, at noon, gladly\./);
    }
  } finally {
    await Promise.all([alice.logout(), bob.logout()]);
  }
  assert.equal(vault.cli('verify').code, 0);
});
