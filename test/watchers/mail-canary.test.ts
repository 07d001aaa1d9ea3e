import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ChannelHealth, readChannels } from '../../core/channel-health.ts';
import { Cursors } from '../../core/cursors.ts';
import { Intake } from '../../core/intake.ts';
import { createLog } from '../../core/log.ts';
import { ok } from '../../core/outcome.ts';
import { WatchedChannels } from '../../core/watch-channels.ts';
import mail from '../../watchers/mail/index.ts';
import { openMail } from '../../watchers/mail/open.ts';
import { Settings } from '../../watchers/mail/settings.ts';
import { MailServers } from '../helpers/mail-servers.ts';
import { mailAccount, poll, WatchedMail } from '../helpers/mail-watcher.ts';
import { mailOf } from '../helpers/messages.ts';

const servers = await MailServers.start();
after(() => servers[Symbol.asyncDispose]());

const CHANNEL = 'alice@example.test INBOX';
const DAY = 24 * 3_600_000;

test('a canary goes the whole way in, is no task, and is gone from the mailbox; what only calls itself one is a task', async () => {
  await using watched = new WatchedMail(mailAccount(servers, 'sent: false'));
  const { state, vault, config, secrets } = watched;
  let clock = 0;
  const now = (): Date => new Date();
  const log = createLog(line => watched.lines.push(line), secrets);
  const health = new ChannelHealth(state, 'mail', now, DAY, () => clock);
  const context = { vault, state, config, secrets, log, now, look: () => undefined };
  const intake = new Intake(context, {
    ...{ name: 'mail', extension: 'eml' },
    make: async (item, given) => ok(await mail.toNote(item, given)),
    known: () => ({ own: new Set(), people: new Map(), compared: [] }),
  });
  const channels = openMail(Settings.parse(config.watchers.mail), {
    ...{ state, secrets, log, now, has: (account, key) => intake.has(account, key) },
    isCanary: (channel, mark) => health.isCanary(channel, mark),
  });
  assert.ok(channels.ok);
  const running = new WatchedChannels(context, channels.value, { intake, health, cursors: new Cursors(state, 'mail') });
  try {
    await poll(
      async () => (await running.sweep()).settlesIn === undefined,
      () => 'the first round does not end',
    );
    assert.equal(readChannels(state, 'mail')[CHANNEL]?.canary, undefined, 'who only just began puts none down');
    clock = 120_000;
    const forged = `Message-ID: <steward-canary-${'0'.repeat(32)}@steward.invalid>\r\n${mailOf('forged').replace(/^Message-ID:.*\r?\n/im, '')}`;
    await servers.deliver('alice', forged);
    await poll(
      () => readChannels(state, 'mail')[CHANNEL]?.proved !== undefined,
      () => `no canary came back: ${JSON.stringify(readChannels(state, 'mail'))} ${watched.lines.join(' | ')}`,
    );
    await watched.until(1);
    const client = await servers.login('alice');
    const status = await client.status('INBOX', { messages: true });
    await client.logout();
    assert.equal(
      status !== false && status.messages,
      1,
      'the canary was left behind, or the forged one was taken away',
    );
    assert.equal(health.due(CHANNEL), undefined, 'one a day is enough');
  } finally {
    await running.close();
  }
});
