import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Arguments, Attachment } from '../../core/envelope.ts';
import { Vault } from '../../core/vault.ts';
import email from '../../mcp-servers/email/index.ts';
import { FakeSmtp } from '../fakes/smtp.ts';
import { envelopeFor } from '../helpers/envelopes.ts';
import { accountAt, MAIL, PASSWORD, perform, toolNamed, toolsOf } from '../helpers/mail.ts';
import { TempFolder } from '../helpers/temp.ts';

test('what arrives is what was approved: recipients, headers, text with dots, attachment, and one id in every attempt', async () => {
  using folder = new TempFolder();
  await using far = await FakeSmtp.start();
  writeFileSync(path.join(folder.path, 'Zahlen für Q3.txt'), 'one\n.\ntwo\n');
  const send = toolNamed(toolsOf(new Vault(folder.path, 'server'), accountAt(far.port)), 'send');
  const args = {
    ...{ to: ['anna@example.test', 'anna@example.test'], cc: ['bob@example.test'], bcc: ['carl@example.test'] },
    ...{
      subject: 'Grüße — the Q3 numbers',
      text: 'Hello\n.\n..\n.\r\nQUIT\rlone\r\nend',
      in_reply_to: '<a.1@example.test>',
    },
    ...{ references: ['<r.1@example.test>', '<a.1@example.test>'], attachments: ['Zahlen für Q3.txt'] },
  };
  const prepared = await send.prepare(args);
  assert.ok(prepared.ok);
  const { attachments, title, account } = prepared.value.describe();
  assert.equal(account, 'me@example.test');
  assert.match(
    title,
    /Send a mail “Grüße — the Q3 numbers” to anna@example\.test, bob@example\.test, carl@example\.test/,
  );
  const envelope = envelopeFor('email', 'send', args, attachments);
  const approved = { envelope, key: envelope.id, signal: AbortSignal.timeout(5000) };
  far.fault = { at: 'dot', reply: '451 4.0.0 later' };
  assert.equal((await prepared.value.perform(approved)).outcome, 'not_sent');
  far.fault = { at: 'dot', reply: '250 ok', keeps: true };
  const first = await prepared.value.perform(approved);
  assert.equal(first.outcome, 'confirmed');
  const [delivered] = far.delivered;
  assert.ok(delivered && first.outcome === 'confirmed');
  assert.deepEqual(delivered.to, ['anna@example.test', 'bob@example.test', 'carl@example.test']);
  assert.equal(delivered.from, 'me@example.test');
  const message = delivered.message;
  assert.ok(message.includes(`Message-ID: ${String(first.receipt.message_id)}\r\n`), message);
  assert.match(String(first.receipt.message_id), /^<[0-9a-f]{32}@example\.test>$/);
  assert.deepEqual(first.receipt.accepted, delivered.to);
  assert.match(message, /^From: Me Myself <me@example\.test>\r$/m);
  assert.match(message, /^In-Reply-To: <a\.1@example\.test>\r$/m);
  assert.match(message, /^References: <r\.1@example\.test> <a\.1@example\.test>\r$/m);
  assert.doesNotMatch(message, /carl|X-Unsent/);
  assert.match(message, /Hello\r\n\.\r\n\.\.\r\n\.\r\nQUIT\r\nlone\r\nend/);
  assert.match(message, new RegExp(Buffer.from('one\n.\ntwo\n').toString('base64')));
  const asked = await send.reconcile(envelope, envelope.id);
  assert.ok(asked.outcome === 'unknown' && asked.why.includes(String(first.receipt.message_id)));
});

test('a line break or a name where an address belongs is refused before anything is done', async () => {
  using folder = new TempFolder();
  const tools = toolsOf(new Vault(folder.path, 'server'), accountAt(1));
  const addresses = [
    ...[
      'a@example.test\r\nBcc: b@example.test',
      'a@example.test\n',
      'a@example.test\r',
      'a b@example.test',
      '@example.test',
    ],
    ...[
      'Anna <a@example.test>',
      '<a@example.test>',
      'a@example.test, b@example.test',
      'a@exa\u0000mple.test',
      'a@localhost',
    ],
    ...['аnna@example.test', 'a@еxample.test', 'a@example.test\u2028', 'a@-example.test', '"a b"@example.test', ''],
  ];
  const bad: Arguments[] = [
    ...addresses.flatMap(address => [
      { ...MAIL, to: [address] },
      { ...MAIL, cc: [address] },
      { ...MAIL, bcc: [address] },
    ]),
    ...['x\r\nBcc: b@example.test', 'x\ny', 'x\ry', 'x\u0000', 'x\u2028y', 'x\u0085y', ''].map(subject => ({
      ...MAIL,
      subject,
    })),
    ...['<a@b>\r\nX: y', 'a@b', '<a b@c>', '<a@b> <c@d>', '<>', '<ä@b>'].flatMap(id => [
      { ...MAIL, in_reply_to: id },
      { ...MAIL, references: [id] },
    ]),
    { ...MAIL, to: [] },
    { ...MAIL, to: Array.from({ length: 51 }, (_, index) => `a${index}@example.test`) },
    { ...MAIL, text: 'a\u0000b' },
    { ...MAIL, html: '<b>x</b>' },
    { ...MAIL, from: 'boss@example.test' },
  ];
  for (const args of bad) {
    const prepared = await toolNamed(tools, 'send').prepare(args);
    assert.ok(!prepared.ok && prepared.failure.kind === 'invalid', JSON.stringify(args));
  }
});

test('without an account mail can only be drafted, and a wrong account is named in plain words', () => {
  using folder = new TempFolder();
  const vault = new Vault(folder.path, 'server');
  assert.deepEqual(
    toolsOf(vault, null).map(({ name }) => name),
    ['draft'],
  );
  assert.deepEqual(
    toolsOf(vault, accountAt(25)).map(({ name }) => name),
    ['draft', 'send', 'reply'],
  );
  const context = { vault, state: folder.path, dropFolders: [], secrets: {}, now: () => new Date() };
  for (const [wrong, says] of [
    [{ from: 'me@example.test', host: 'mail.example.test', security: 'none' }, /only for a server on this machine/],
    [{ from: 'Me <me@example.test>', host: 'mail.example.test' }, /from: a bare address/],
    [{ from: 'me@example.test', host: 'mail.example.test', password: 'x' }, /password/],
    [{ from: 'me@example.test', host: 'mail example' }, /host: a host name/],
    [{ from: 'me@example.test' }, /host/],
    ['yes', /servers\.email/],
  ] as const) {
    const offered = email.offer(wrong, context);
    assert.ok(!offered.ok, JSON.stringify(wrong));
    assert.match(offered.failure.message, says);
  }
});

test('an account without its password sends nothing and says which variable to set', async () => {
  using folder = new TempFolder();
  const send = toolNamed(toolsOf(new Vault(folder.path, 'server'), accountAt(25, { user: 'me' })), 'send');
  const prepared = await send.prepare(MAIL);
  assert.ok(!prepared.ok);
  assert.match(prepared.failure.mend ?? '', /STEWARD_EMAIL_PASSWORD/);
});

test('a server that echoes the password does not get it into the answer', async () => {
  using folder = new TempFolder();
  await using far = await FakeSmtp.start({ user: 'me', password: 'other' });
  const plain = Buffer.from(`\0me\0${PASSWORD}`).toString('base64');
  far.fault = { at: 'auth', reply: `535 5.7.8 ${PASSWORD} ${plain} is wrong` };
  const tools = toolsOf(new Vault(folder.path, 'server'), accountAt(far.port, { user: 'me' }), {
    STEWARD_EMAIL_PASSWORD: PASSWORD,
  });
  const outcome = await perform(toolNamed(tools, 'send'), MAIL);
  assert.ok(outcome.outcome === 'not_sent' && !outcome.retry);
  assert.ok(!outcome.proof.includes(PASSWORD) && !outcome.proof.includes(plain), outcome.proof);
});

test('a draft is the same bytes for the same action, opens unsent, overwrites nothing and is found again', async () => {
  using folder = new TempFolder();
  const vault = new Vault(folder.path, 'server');
  writeFileSync(path.join(folder.path, 'numbers.csv'), 'a;b\n1;2\n');
  const draft = toolNamed(toolsOf(vault, null), 'draft');
  const args = { ...MAIL, to: [], attachments: ['numbers.csv'] };
  const prepared = await draft.prepare(args);
  assert.ok(prepared.ok);
  const attachments: Attachment[] = [...prepared.value.describe().attachments];
  const envelope = { ...envelopeFor('email', 'draft', args, attachments), created: '2026-11-03T12:00:00.000Z' };
  const approved = { envelope, key: envelope.id, signal: AbortSignal.timeout(5000) };
  assert.equal((await draft.reconcile(envelope, envelope.id)).outcome, 'not_sent');
  const first = await prepared.value.perform(approved);
  assert.ok(first.outcome === 'confirmed', JSON.stringify(first));
  const file = path.join(folder.path, String(first.receipt.path));
  assert.equal(first.receipt.path, 'Documents/Drafts/2026-11-03 the-q3-numbers.eml');
  const bytes = readFileSync(file, 'utf8');
  assert.match(bytes, /^X-Unsent: 1\r$/m);
  assert.doesNotMatch(bytes, /^From:/m);
  assert.doesNotMatch(bytes.replace(/\r\n/g, ''), /[\r\n]/);
  assert.deepEqual(await prepared.value.perform(approved), first);
  assert.deepEqual(await draft.reconcile(envelope, envelope.id), first);
  const other = { ...envelope, id: 'test-0123456789ab-a999', nonce: 'f'.repeat(32) };
  const second = await prepared.value.perform({ ...approved, envelope: other, key: other.id });
  assert.ok(second.outcome === 'confirmed' && second.receipt.path !== first.receipt.path);
  assert.equal(readFileSync(file, 'utf8'), bytes);
  writeFileSync(path.join(folder.path, 'elsewhere.eml'), bytes);
  using again = new TempFolder();
  writeFileSync(path.join(again.path, 'numbers.csv'), 'a;b\n1;2\n');
  const twin = await toolNamed(toolsOf(new Vault(again.path, 'server'), null), 'draft').prepare(args);
  assert.ok(twin.ok);
  await twin.value.perform(approved);
  assert.equal(readFileSync(path.join(again.path, String(first.receipt.path)), 'utf8'), bytes);
});
