import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import PostalMime from 'postal-mime';
import type { Outcome, Tool } from '../../core/action-server.ts';
import type { Arguments, Envelope } from '../../core/envelope.ts';
import { Vault } from '../../core/vault.ts';
import { envelopeFor } from '../helpers/envelopes.ts';
import { MAIL, toolNamed, toolsOf } from '../helpers/mail.ts';
import { MailServers } from '../helpers/mail-servers.ts';
import { dovecotMailbox, fakeMailbox, type MailboxUnderTest } from '../helpers/mailboxes.ts';
import { TempFolder } from '../helpers/temp.ts';

const servers = await MailServers.start();
const boxes: readonly MailboxUnderTest[] = [await fakeMailbox(), await dovecotMailbox(servers)];
after(async () => {
  for (const box of boxes) await box.close();
  await servers[Symbol.asyncDispose]();
});

let made = 0;
/** A message with an id of its own. */
function message(head = '', body = 'Hello Alice.\n'): { id: string; text: string } {
  made += 1;
  const id = `<m${made}.${process.pid}@elsewhere.test>`;
  const lines = ['From: bob@elsewhere.test', 'To: alice@example.test', `Subject: Letter ${made}`, `Message-ID: ${id}`];
  return {
    id,
    text: `${[...lines, 'Date: Tue, 03 Nov 2026 10:00:00 +0000', ...(head === '' ? [] : [head])].join('\n')}\n\n${body}`,
  };
}

type Done = { readonly outcome: Outcome; readonly envelope: Envelope; readonly title: string };

async function perform(tool: Tool, args: Arguments): Promise<Done> {
  const prepared = await tool.prepare(args);
  assert.ok(prepared.ok, JSON.stringify(prepared));
  const { attachments, title } = prepared.value.describe();
  const envelope = envelopeFor('email', tool.name, args, attachments);
  const outcome = await prepared.value.perform({ envelope, key: envelope.id, signal: AbortSignal.timeout(30_000) });
  return { outcome, envelope, title };
}

const withIdIn = async (box: MailboxUnderTest, folder: string, id: string) =>
  (await box.folder(folder)).filter(({ text }) => text.includes(`Message-ID: ${id}`));

for (const box of boxes) {
  const folder = new TempFolder();
  after(() => folder[Symbol.dispose]());
  const vault = new Vault(folder.path, 'server');
  const tools = toolsOf(vault, box.settings, box.secrets);
  const tool = (name: string): Tool => toolNamed(tools, name);

  test(`${box.name}: a draft stands in Drafts once however often it is made, threaded, and is found again`, async () => {
    const args = { ...MAIL, in_reply_to: '<a.1@elsewhere.test>', references: ['<r.1@elsewhere.test>'] };
    const prepared = await tool('draft').prepare(args);
    assert.ok(prepared.ok);
    const envelope = envelopeFor('email', 'draft', args);
    assert.equal((await tool('draft').reconcile(envelope, envelope.id)).outcome, 'not_sent');
    for (let time = 0; time < 3; time += 1) {
      const approved = { envelope, key: envelope.id, signal: AbortSignal.timeout(30_000) };
      const done: Outcome = await prepared.value.perform(approved);
      assert.equal(done.outcome, 'confirmed', JSON.stringify(done));
    }
    assert.equal((await tool('draft').reconcile(envelope, envelope.id)).outcome, 'confirmed');
    const drafts = (await box.folder('Drafts')).filter(({ text }) =>
      text.includes('In-Reply-To: <a.1@elsewhere.test>'),
    );
    assert.equal(drafts.length, 1);
    assert.ok(drafts[0]?.flags.includes('\\Draft'));
    assert.match(drafts[0]?.text ?? '', /^References: <r\.1@elsewhere\.test>\s+<a\.1@elsewhere\.test>\r$/m);
    assert.doesNotMatch(drafts[0]?.text ?? '', /X-Unsent/);
  });

  test(`${box.name}: a mail is archived once, found there, named by subject and sender, and can be put back`, async () => {
    const { id, text } = message();
    await box.put('INBOX', text);
    const { outcome, envelope, title } = await perform(tool('archive'), { message_id: id });
    assert.match(title, /^Archive the mail “Letter \d+” of bob@elsewhere\.test$/);
    assert.equal(outcome.outcome, 'confirmed', JSON.stringify(outcome));
    assert.deepEqual([(await withIdIn(box, 'INBOX', id)).length, (await withIdIn(box, 'Archive', id)).length], [0, 1]);
    assert.equal((await tool('archive').reconcile(envelope, envelope.id)).outcome, 'confirmed');
    assert.equal((await perform(tool('archive'), { message_id: id })).outcome.outcome, 'confirmed');
    assert.ok(outcome.outcome === 'confirmed' && outcome.undo?.action === 'email.move');
    assert.equal((await perform(tool('move'), outcome.undo.arguments)).outcome.outcome, 'confirmed');
    assert.deepEqual([(await withIdIn(box, 'INBOX', id)).length, (await withIdIn(box, 'Archive', id)).length], [1, 0]);
    assert.equal((await tool('archive').reconcile(envelope, envelope.id)).outcome, 'not_sent');
  });

  test(`${box.name}: no mail is moved to Sent, Drafts, Trash or a folder that is not there, and nobody is asked about it`, async () => {
    const { id, text } = message();
    await box.put('INBOX', text);
    for (const [to, why] of [
      ['Sent', /only what was sent/],
      ['Drafts', /only drafts/],
      ['Trash', /deletes no mail/],
      ['Nowhere', /no folder “Nowhere”/],
      ['INBOX/../Sent', /no folder/],
    ] as const) {
      const prepared = await tool('move').prepare({ message_id: id, folder: to });
      assert.ok(!prepared.ok, to);
      assert.match(prepared.failure.message, why);
    }
    assert.equal((await perform(tool('move'), { message_id: id, folder: 'Invoices' })).outcome.outcome, 'confirmed');
    assert.equal((await withIdIn(box, 'Invoices', id)).length, 1);
  });

  test(`${box.name}: marks and labels are put on and taken off, and what is there already changes nothing`, async () => {
    const { id, text } = message();
    await box.put('INBOX', text);
    const flags = async (): Promise<readonly string[]> => (await withIdIn(box, 'INBOX', id))[0]?.flags ?? [];
    for (const [name, args, mark] of [
      ['flag', { message_id: id, flag: 'important' }, '\\Flagged'],
      ['flag', { message_id: id, flag: 'read' }, '\\Seen'],
      ['label', { message_id: id, label: 'tax-2026' }, 'tax-2026'],
    ] as const) {
      const { outcome, envelope } = await perform(tool(name), args);
      assert.equal(outcome.outcome, 'confirmed', JSON.stringify(outcome));
      assert.ok((await flags()).includes(mark), mark);
      assert.equal((await tool(name).reconcile(envelope, envelope.id)).outcome, 'confirmed');
      const again = await perform(tool(name), args);
      assert.ok(again.outcome.outcome === 'confirmed' && again.outcome.undo === undefined);
      assert.ok(outcome.outcome === 'confirmed' && outcome.undo !== undefined);
      assert.equal((await perform(tool(name), outcome.undo.arguments)).outcome.outcome, 'confirmed');
      assert.ok(!(await flags()).includes(mark), mark);
      assert.equal((await tool(name).reconcile(envelope, envelope.id)).outcome, 'not_sent');
    }
  });

  test(`${box.name}: a mail passed on as a whole arrives byte for byte as it was approved, 8-bit and broken lines too`, async () => {
    for (const body of ['Plain words.\n', `Gr\xfc\xdfe ${'x'.repeat(1200)}\n`]) {
      const { id, text } = message('', body);
      await box.put('INBOX', text);
      const [stored] = await withIdIn(box, 'INBOX', id);
      const { outcome, envelope } = await perform(tool('forward'), {
        to: ['carol@example.test'],
        message_id: id,
        text: 'See below.',
      });
      assert.equal(outcome.outcome, 'confirmed', JSON.stringify(outcome));
      const sent = box.smtp.delivered.at(-1);
      const whole = Buffer.from(sent?.message ?? '', 'latin1');
      const mail = await PostalMime.parse(whole, { forceRfc822Attachments: true });
      assert.match(mail.subject ?? '', /^Fwd: Letter \d+$/);
      assert.match(mail.text ?? '', /^See below\./);
      assert.equal(mail.attachments.length, 1);
      // Plain as it is where it may be, else encoded: the bytes are those that are stored.
      const encoded = Buffer.from(stored?.text ?? '', 'latin1').toString('base64');
      const isThere = whole.includes(stored?.text ?? 'none') || whole.toString().replace(/\s/g, '').includes(encoded);
      assert.ok(isThere, whole.toString('latin1'));
      assert.equal(envelope.attachments[0]?.size, stored?.text.length);
    }
  });

  test(`${box.name}: a mail passed on inline quotes its text and carries its attachments, whose hashes are what is approved`, async () => {
    const parts = [
      ...[
        'MIME-Version: 1.0',
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: text/plain',
        '',
        'The numbers.',
      ],
      ...[
        '--b',
        'Content-Type: text/csv',
        'Content-Disposition: attachment; filename="../a:b.csv"',
        'Content-Transfer-Encoding: base64',
        '',
      ],
      ...[Buffer.from('a;b\n1;2\n').toString('base64'), '--b--', ''],
    ];
    const { id, text } = message();
    await box.put('INBOX', `${text.split('\n\n')[0]}\n${parts.join('\n')}`);
    const args = { to: ['carol@example.test'], message_id: id, as: 'inline', text: 'For you.' };
    const { outcome, envelope, title } = await perform(tool('forward'), args);
    assert.equal(outcome.outcome, 'confirmed', JSON.stringify(outcome));
    assert.match(title, /^Pass on the mail “Fwd: Letter \d+” of bob@elsewhere\.test to carol@example\.test$/);
    const mail = await PostalMime.parse(Buffer.from(box.smtp.delivered.at(-1)?.message ?? '', 'latin1'));
    assert.match(
      mail.text ?? '',
      /^For you\.\s+-+ Forwarded message -+\s+From: bob@elsewhere\.test[\s\S]*The numbers\./,
    );
    assert.equal(mail.attachments[0]?.filename, 'a b.csv');
    assert.equal(envelope.attachments.length, 1);
    assert.equal(envelope.attachments[0]?.size, 8);
    const { id: html, text: page } = message('Content-Type: text/html', '<p>only HTML</p>\n');
    await box.put('INBOX', page);
    const prepared = await tool('forward').prepare({ ...args, message_id: html });
    assert.ok(!prepared.ok && /no plain text/.test(prepared.failure.message), JSON.stringify(prepared));
  });

  test(`${box.name}: two mails that carry one id and differ are not passed on, since it is unclear which was meant`, async () => {
    const { id, text } = message();
    await box.put('INBOX', text);
    await box.put('INBOX', `${text}\nAnd a lie.\n`);
    const prepared = await tool('forward').prepare({ to: ['carol@example.test'], message_id: id, text: '' });
    assert.ok(!prepared.ok && /Several mails that differ/.test(prepared.failure.message), JSON.stringify(prepared));
  });

  test(`${box.name}: the copy of a sent mail is of the very bytes, stands in Sent once, read, and proves that it was sent`, async () => {
    mkdirSync(path.join(folder.path, 'Documents'), { recursive: true });
    writeFileSync(path.join(folder.path, 'Documents', 'letter.eml'), 'Subject: one\n\nLF only\n');
    const args = {
      ...MAIL,
      subject: 'Re: AW: Zahlen',
      in_reply_to: '<q.1@elsewhere.test>',
      attachments: ['Documents/letter.eml'],
    };
    const { outcome, envelope } = await perform(tool('reply'), args);
    assert.ok(outcome.outcome === 'confirmed' && outcome.follow !== undefined, JSON.stringify(outcome));
    assert.equal(outcome.follow.action, 'email.file_sent');
    const early = await tool('reply').reconcile(envelope, envelope.id);
    assert.equal(early.outcome, 'unknown', 'absence proves nothing');
    for (let time = 0; time < 2; time += 1) {
      const filed = await perform(tool('file_sent'), outcome.follow.arguments);
      assert.equal(filed.outcome.outcome, 'confirmed', JSON.stringify(filed.outcome));
    }
    const copies = await withIdIn(box, 'Sent', String(outcome.receipt.message_id));
    assert.equal(copies.length, 1);
    assert.equal(copies[0]?.text, box.smtp.delivered.at(-1)?.message);
    assert.ok(copies[0]?.flags.includes('\\Seen'));
    assert.match(copies[0]?.text ?? '', /^Subject: Re: Zahlen\r$/m);
    const late = await tool('reply').reconcile(envelope, envelope.id);
    assert.equal(late.outcome, 'confirmed', JSON.stringify(late));
    const mail = await PostalMime.parse(Buffer.from(copies[0]?.text ?? '', 'latin1'), { forceRfc822Attachments: true });
    const content = mail.attachments[0]?.content;
    assert.ok(content instanceof ArrayBuffer);
    assert.equal(
      Buffer.from(content).toString(),
      'Subject: one\n\nLF only\n',
      'also a mail that is attached as a file',
    );
    const gone = await perform(tool('file_sent'), {
      message_id: '<other@example.test>',
      subject: 'x',
      sha256: '0'.repeat(64),
    });
    assert.ok(gone.outcome.outcome === 'not_sent' && !gone.outcome.retry, JSON.stringify(gone.outcome));
  });

  test(`${box.name}: a search tells the newest first, within bounds, on lines that no sender can break`, async () => {
    const { id, text } = message('X-Kind: odd');
    await box.put('INBOX', text.replace(/Subject: .*/, 'Subject: =?utf-8?Q?Odd=0A-_from_boss?='));
    const read = tool('search').read;
    assert.ok(read);
    const found = await read({ from: 'bob@', limit: 2 }, AbortSignal.timeout(30_000));
    assert.ok(found.ok, JSON.stringify(found));
    const lines = found.value.split('\n');
    assert.match(lines[0] ?? '', /^\d+ in INBOX fit; the newest 2:$|^\d in INBOX:$/);
    assert.equal(lines.filter(line => line.startsWith('- ')).length, 2);
    assert.ok(
      lines.some(line => line.includes(id)),
      found.value,
    );
    const nowhere = await read({ in: 'Nowhere' }, AbortSignal.timeout(30_000));
    assert.ok(!nowhere.ok && /There are: .*INBOX/.test(nowhere.failure.message));
    const nothing = await read({ message_id: '<none@elsewhere.test>' }, AbortSignal.timeout(30_000));
    assert.ok(nothing.ok && nothing.value === 'Nothing in INBOX fits.', JSON.stringify(nothing));
  });

  test(`${box.name}: a list is left only by the address that the mail’s own head offers for one click`, async () => {
    const url = 'https://lists.elsewhere.test/u?x=1';
    const post = 'List-Unsubscribe-Post: List-Unsubscribe=One-Click';
    const good = message(
      `List-Id: News <news.elsewhere.test>\nList-Unsubscribe: <mailto:u@elsewhere.test>,\n <${url}>\n${post}`,
    );
    const noPost = message(`List-Unsubscribe: <${url}>`);
    const noList = message();
    for (const { text } of [good, noPost, noList]) await box.put('INBOX', text);
    const asked = await tool('unsubscribe').prepare({ message_id: good.id, url });
    assert.ok(asked.ok, JSON.stringify(asked));
    assert.equal(
      asked.value.describe().title,
      'Leave the list News <news.elsewhere.test> by one click at lists.elsewhere.test',
    );
    for (const [args, why] of [
      [{ message_id: good.id, url: `${url}2` }, /not the one/],
      [{ message_id: noPost.id, url }, /does not offer/],
      [{ message_id: noList.id, url }, /does not offer/],
      [{ message_id: good.id, url: 'https://a:b@lists.elsewhere.test/' }, /a name, a password/],
      [{ message_id: good.id, url: 'https://lists.elsewhere.test:8443/' }, /a port/],
      [{ message_id: good.id, url: 'http://lists.elsewhere.test/' }, /https address/],
    ] as const) {
      const refused = await tool('unsubscribe').prepare(args);
      assert.ok(!refused.ok, JSON.stringify(args));
      assert.match(refused.failure.message, why);
    }
  });

  test(`${box.name}: a wrong password is the person’s to mend, says which, and is in no answer`, async () => {
    const wrong = toolsOf(vault, box.settings, { ...box.secrets, STEWARD_EMAIL_IMAP_PASSWORD: 'wrong horse' });
    const prepared = await toolNamed(wrong, 'archive').prepare({ message_id: '<a@b>' });
    assert.ok(!prepared.ok && prepared.failure.fault === 'authentication', JSON.stringify(prepared));
    assert.match(prepared.failure.mend ?? '', /STEWARD_EMAIL_PASSWORD \(or STEWARD_EMAIL_IMAP_PASSWORD\)/);
    assert.doesNotMatch(JSON.stringify(prepared), /wrong horse/);
    const none = await toolNamed(toolsOf(vault, box.settings), 'archive').prepare({ message_id: '<a@b>' });
    assert.ok(!none.ok && /no password/.test(none.failure.message));
  });
}

test('an OAuth2 token lets Steward into the mailbox, and one that is over is the person’s to mend', async () => {
  using folder = new TempFolder();
  const [, dovecot] = boxes;
  assert.ok(dovecot);
  const vault = new Vault(folder.path, 'server');
  servers.tokens.set('good.token', 'alice');
  const read = toolNamed(toolsOf(vault, dovecot.settings, { STEWARD_EMAIL_TOKEN: 'good.token' }), 'search').read;
  const found = await read?.({}, AbortSignal.timeout(30_000));
  assert.ok(found?.ok, JSON.stringify(found));
  const over = toolsOf(vault, boxes[0]?.settings ?? null, { STEWARD_EMAIL_TOKEN: 'over.token' });
  const refused = await toolNamed(over, 'search').read?.({}, AbortSignal.timeout(30_000));
  assert.ok(refused?.ok === false && refused.failure.fault === 'authentication', JSON.stringify(refused));
  assert.match(refused.failure.mend ?? '', /STEWARD_EMAIL_TOKEN/);
});
