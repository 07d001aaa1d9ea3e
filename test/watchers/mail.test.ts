import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { sha256 } from '../../core/digest.ts';
import { JournalReader } from '../../core/journal.ts';
import { SeenRecord } from '../../core/seen.ts';
import { MailServers } from '../helpers/mail-servers.ts';
import { mailAccount, poll, WatchedMail } from '../helpers/mail-watcher.ts';
import { mailOf, mailWith } from '../helpers/messages.ts';

/** The mail watcher against a real Dovecot. */
const servers = await MailServers.start();
after(() => servers[Symbol.asyncDispose]());

const recordsOf = (watched: WatchedMail): SeenRecord[] =>
  new JournalReader(path.join(watched.state.seen, 'mail.journal'), SeenRecord).next().map(({ body }) => body);

/** A mailbox in which nothing lies. */
async function emptied(person: 'alice' | 'bob' = 'alice'): Promise<void> {
  const client = await servers.login(person);
  for (const { path: folder } of await client.list()) {
    await client.mailboxOpen(folder);
    await client.messageDelete('1:*').catch(() => undefined);
  }
  await client.logout();
}

test('a mail that is delivered becomes one task at once, without polling, and none more after a restart', async () => {
  await emptied();
  await using watched = new WatchedMail(mailAccount(servers));
  await watched.begin();
  assert.deepEqual(watched.tasks, []);
  const begun = performance.now();
  await servers.deliver('alice', mailOf(1));
  await watched.until(1);
  assert.ok(performance.now() - begun < 30_000, 'nobody said that there was something new');
  await servers.deliver('alice', mailOf(2));
  await watched.until(2);
  await watched.stop();
  await servers.deliver('alice', mailOf(3));
  await watched.once();
  await watched.once();
  await watched.until(3);
  assert.match(watched.read(watched.tasks[0] ?? ''), /bob@example\.test/);
  const [seen] = recordsOf(watched);
  assert.ok(seen?.kind === 'seen');
  assert.deepEqual(
    [seen.source, seen.sender, seen.origin],
    ['mail', 'bob@example.test', { kind: 'incoming', source: 'mail' }],
  );
  const bytes = readFileSync(path.join(watched.state.root, 'mail', `${seen.task}.eml`), 'utf8');
  assert.ok(bytes.endsWith(mailOf(1).slice(-20)), 'the message itself is kept, to the byte');
});

test('the same mail in two folders is one task, and two mails that a program gave one Message-ID are two', async () => {
  await emptied();
  const client = await servers.login('alice');
  await client.mailboxCreate('Orders').catch(() => undefined);
  await client.append('INBOX', mailOf('copied'));
  await client.append('Orders', mailOf('copied'));
  await client.append(
    'INBOX',
    mailOf('a', { head: { 'Message-ID': '<always@the.same>', Date: 'Sat, 21 Nov 2026 10:00:00 +0000' } }),
  );
  await client.append(
    'INBOX',
    mailOf('b', { head: { 'Message-ID': '<always@the.same>', Date: 'Sat, 21 Nov 2026 10:00:01 +0000' } }),
  );
  await client.append('INBOX', mailOf('c', { without: ['Message-ID'] }));
  await client.append('Orders', mailOf('c', { without: ['Message-ID'] }));
  await client.logout();
  await using watched = new WatchedMail(mailAccount(servers, 'folders: [INBOX, Orders]'));
  await watched.once();
  await watched.until(4);
});

test('the first run takes what is recent, at most so many, says once what it leaves, and never takes that later', async () => {
  await emptied();
  const client = await servers.login('alice');
  const old = new Date(Date.now() - 30 * 86_400_000);
  for (let number = 0; number < 5; number += 1) await client.append('INBOX', mailOf(`old ${number}`), [], old);
  for (let number = 0; number < 4; number += 1) await client.append('INBOX', mailOf(`new ${number}`));
  await client.logout();
  await using watched = new WatchedMail(mailAccount(servers, 'first: { days: 7, most: 3 }'));
  await watched.once();
  await watched.once();
  await watched.until(3);
  assert.deepEqual(
    watched.tasks.map(name => name.replace(/-[0-9a-f]{12}\.md$/, '')),
    ['number-new-1', 'number-new-2', 'number-new-3'],
  );
  const said = watched.lines.filter(line => line.includes('older ones stay'));
  assert.deepEqual(said, [
    'alice@example.test INBOX: 3 messages of the last 7 days are taken; 6 older ones stay where they are, and are no tasks.',
  ]);
});

test('a mail that the person has deleted elsewhere before it was looked at is no task, and an empty folder is no trouble', async () => {
  await emptied();
  await using watched = new WatchedMail(mailAccount(servers));
  await watched.once();
  const client = await servers.login('alice');
  await client.append('INBOX', mailOf('deleted'), ['\\Deleted']);
  await client.append('INBOX', mailOf('stays'));
  await client.logout();
  await watched.once();
  await watched.until(1);
  assert.match(watched.tasks[0] ?? '', /stays/);
  assert.ok(!watched.lines.some(line => line.startsWith('! ')), watched.lines.join(' | '));
});

test('an attachment is kept once by its content under a name that leads nowhere, and is on record with its hash', async () => {
  await emptied();
  const bytes = Buffer.from('the bytes of an invoice');
  await servers.deliver('alice', mailWith('one', 'invoice.pdf', bytes));
  await servers.deliver('alice', mailWith('two', 'invoice.pdf', bytes));
  await servers.deliver('alice', mailWith('three', '../../Approved/x.md', bytes));
  await using watched = new WatchedMail(mailAccount(servers));
  await watched.once();
  const mark = sha256(bytes).slice(0, 12);
  const kept = watched.files('Documents/Attachments');
  assert.equal(kept.length, 2, kept.join(' '));
  assert.ok(kept.includes(`${mark} invoice.pdf`));
  assert.ok(
    kept.every(name => name.startsWith(mark) && !name.endsWith('.md')),
    kept.join(' '),
  );
  assert.deepEqual(watched.files('Approved'), []);
  const files = recordsOf(watched).flatMap(record => (record.kind === 'seen' ? (record.files ?? []) : []));
  assert.deepEqual(new Set(files.map(({ sha256: hash }) => hash)), new Set([sha256(bytes)]));
  for (const { path: file } of files) assert.deepEqual(readFileSync(path.join(watched.vault.root, file)), bytes);
});

test('a mail with an attachment of 12 MB is streamed into the state folder and read like any other', async () => {
  await emptied();
  const bytes = Buffer.alloc(12 * 1024 * 1024, 'Steward ');
  const client = await servers.login('alice');
  await client.append('INBOX', mailWith('large', 'film.bin', bytes));
  await client.logout();
  await using watched = new WatchedMail(mailAccount(servers));
  await watched.once();
  await watched.until(1);
  assert.deepEqual(watched.files('Documents/Attachments'), [`${sha256(bytes).slice(0, 12)} film.bin`]);
  assert.deepEqual(watched.files(watched.state.tmp), [], 'nothing is left of the streaming');
});

test('whom the person wrote to is on record, and who only wrote to them is not', async () => {
  await emptied();
  const client = await servers.login('alice');
  const mine = {
    From: 'Alice <alice@example.test>',
    To: 'Dora <dora@far.test>, erik@far.test',
    Date: 'Fri, 20 Nov 2026 10:00:00 +0000',
  };
  await client.append('Sent', mailOf('mine', { head: mine }));
  await client.append('Sent', mailOf('filed', { head: { To: 'alice@example.test' } }));
  await client.append('INBOX', mailOf('theirs'));
  await client.logout();
  await using watched = new WatchedMail(mailAccount(servers));
  await watched.once();
  await watched.once();
  const wrote = recordsOf(watched).filter(record => record.kind === 'wrote_to');
  assert.deepEqual(wrote, [
    {
      kind: 'wrote_to',
      message: '<mine@example.test>',
      addresses: ['dora@far.test', 'erik@far.test'],
      day: '2026-11-20',
    },
  ]);
  await watched.until(1);
});

test('two accounts are read side by side, and what both got is a task of each', async () => {
  await emptied();
  await emptied('bob');
  for (const person of ['alice', 'bob'] as const) await servers.deliver(person, mailOf('both'));
  await using watched = new WatchedMail([mailAccount(servers), mailAccount(servers, '', 'bob')]);
  await watched.once();
  await watched.until(2);
});

const MANY = process.env.STEWARD_TEST_LONG === '1' ? 50_000 : 1000;

test(`${MANY.toLocaleString('en')} mails that wait are all taken in level memory, and afterwards none is fetched again`, async () => {
  await emptied('bob');
  await using watched = new WatchedMail(mailAccount(servers, `first: { days: 7, most: 10000 }, sent: false`, 'bob'));
  await watched.once();
  await poll(
    () => /imap\(bob.*body_count=/.test(servers.log()),
    () => 'Dovecot does not tell the end of a session',
  );
  const before = servers.log().length;
  servers.fill('bob', MANY, index => mailOf(`many ${index}`));
  const start = process.memoryUsage.rss();
  let most = start;
  const gauge = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 50);
  await watched.once(600_000);
  clearInterval(gauge);
  await watched.until(MANY);
  assert.ok(most - start < 300_000_000, `it took ${Math.round((most - start) / 1e6)} MB more`);
  await watched.once();
  // Dovecot tells at the end of each session how many bodies it gave out.
  const bodies = (): number[] =>
    [
      ...servers
        .log()
        .slice(before)
        .matchAll(/imap\(bob.*body_count=(\d+)/g),
    ].map(found => Number(found[1] ?? 0));
  await poll(
    () => bodies().length >= 2 && bodies().includes(MANY),
    () => 'Dovecot does not tell the end of the sessions',
  );
  assert.equal(
    bodies().reduce((all, one) => all + one, 0),
    MANY,
  );
});
