import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ImapFlow } from 'imapflow';
import nodemailer from 'nodemailer';
import { MAIL_PEOPLE, MailServers } from './mail-servers.ts';

const mail = await MailServers.start({ sends: process.getuid?.() === 0 });
after(() => mail[Symbol.asyncDispose]());

/** How many messages stand in the inbox. */
async function held(client: ImapFlow): Promise<number | undefined> {
  const status = await client.status('INBOX', { messages: true });
  return status === false ? undefined : status.messages;
}

test('what is handed to Dovecot lies in the mailbox, by LMTP and by the folder, also after it was killed', async () => {
  await mail.deliver('alice', 'From: bob@example.test\nSubject: one\n\n.dot\n');
  mail.fill('alice', 2, index => `From: bob@example.test\nSubject: filled ${index}\n\nhello\n`);
  await mail.killImap();
  await mail.startImap();
  const alice = await mail.login('alice');
  try {
    assert.equal(await held(alice), 3);
    await mail.deliver('alice', 'Subject: two\n\nhello\n');
    assert.equal(await held(alice), 4);
  } finally {
    await alice.logout();
  }
});

test('a token of OAuth2 logs in while it is good, and a wrong password never does', async () => {
  const as = (auth: { user: string; pass?: string; accessToken?: string }) =>
    new ImapFlow({ host: '127.0.0.1', port: mail.imap, secure: false, doSTARTTLS: false, logger: false, auth });
  mail.tokens.set('good token', 'bob');
  const good = as({ user: 'bob@example.test', accessToken: 'good token' });
  await good.connect();
  await good.logout();
  mail.tokens.clear();
  await assert.rejects(as({ user: 'bob@example.test', accessToken: 'good token' }).connect(), /./);
  await assert.rejects(as({ user: 'bob@example.test', pass: 'wrong' }).connect(), /./);
});

test('Exim takes mail from who has a password, hands ours to Dovecot and keeps the rest', {
  skip: process.getuid?.() !== 0 && 'Exim needs root',
}, async () => {
  const send = (pass: string, to: string) =>
    nodemailer
      .createTransport({
        host: '127.0.0.1',
        port: mail.smtp,
        ignoreTLS: true,
        auth: { user: 'bob@example.test', pass },
      })
      .sendMail({ from: 'bob@example.test', to, subject: `to ${to}`, text: 'hello' });
  await send(MAIL_PEOPLE.bob, 'carol@example.test');
  await send(MAIL_PEOPLE.bob, 'far@elsewhere.test');
  await assert.rejects(send('wrong', 'carol@example.test'), /535/);
  const carol = await mail.login('carol');
  const deadline = Date.now() + 30_000;
  while ((await held(carol)) !== 1 || mail.outside().length !== 1) {
    assert.ok(Date.now() < deadline, 'it does not arrive');
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  await carol.logout();
  assert.match(mail.outside()[0] ?? '', /Subject: to far@elsewhere\.test/);
});
