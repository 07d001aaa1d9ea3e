import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import net from 'node:net';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { pauseAfter } from '../../core/watch-channels.ts';
import mail from '../../watchers/mail/index.ts';
import { MAIL_PEOPLE, MailServers } from '../helpers/mail-servers.ts';
import { mailAccount, poll, WatchedMail } from '../helpers/mail-watcher.ts';
import { mailOf } from '../helpers/messages.ts';
import { portOf } from '../helpers/port.ts';

/** What can go wrong between a real Dovecot and the mail watcher. */
const servers = await MailServers.start();
after(() => servers[Symbol.asyncDispose]());

async function emptied(): Promise<void> {
  const client = await servers.login('alice');
  await client.mailboxOpen('INBOX');
  await client.messageDelete('1:*').catch(() => undefined);
  await client.logout();
}

test('after the server numbered every message anew, what is known makes no second task, and what is new makes one', async () => {
  await emptied();
  for (const number of [1, 2, 3]) await servers.deliver('alice', mailOf(`kept ${number}`));
  await using watched = new WatchedMail(mailAccount(servers));
  await watched.once();
  await watched.until(3);
  await servers.killImap();
  await servers.renumber('alice');
  await servers.startImap();
  await servers.deliver('alice', mailOf('later'));
  await watched.once();
  await watched.until(4);
  await watched.told(/numbered its messages anew/);
  await watched.once();
  await watched.until(4);
  assert.equal(watched.lines.filter(line => line.includes('anew')).length, 1);
});

test('a server that is killed is told of once, and when it is back what came meanwhile is taken once', async () => {
  await emptied();
  await using watched = new WatchedMail(mailAccount(servers, 'sent: false'));
  await servers.deliver('alice', mailOf('before'));
  await watched.begin();
  await watched.until(1);
  await servers.killImap();
  await watched.told(
    /! .*127\.0\.0\.1 cannot be reached or broke off .* Steward tries again by itself; nothing is lost\./,
  );
  await servers.startImap();
  await servers.deliver('alice', mailOf('meanwhile'));
  await watched.until(2);
  await servers.deliver('alice', mailOf('after'));
  await watched.until(3);
  assert.ok(watched.lines.filter(line => line.startsWith('! ')).length <= 2, watched.lines.join('\n'));
});

test('a wrong password is one clear line that says what to do, and is not tried over and over', async () => {
  await emptied();
  await using watched = new WatchedMail(mailAccount(servers));
  watched.secrets = { STEWARD_MAIL_PASSWORD: 'wrong and secret' };
  const before = servers.log().length;
  await watched.begin();
  const line = await watched.told(/does not let alice@example\.test in/);
  assert.match(line, /steward secret set STEWARD_MAIL_ALICE_PASSWORD/);
  assert.ok(!watched.lines.some(one => one.includes('wrong and secret')));
  const tries =
    servers
      .log()
      .slice(before)
      .match(/auth failed/g) ?? [];
  assert.ok(tries.length <= 2, `${tries.length} tries`);
  await watched.stop();
  watched.secrets = { STEWARD_MAIL_PASSWORD: MAIL_PEOPLE.alice };
  await servers.deliver('alice', mailOf('waited'));
  await watched.once();
  await watched.until(1);
});

test('without a password nothing is tried at all, and another account goes on', async () => {
  await emptied();
  await using watched = new WatchedMail([mailAccount(servers), mailAccount(servers, '', 'bob')]);
  watched.secrets = { STEWARD_MAIL_ALICE_PASSWORD: MAIL_PEOPLE.alice };
  await servers.deliver('alice', mailOf('goes on'));
  await watched.once();
  await watched.until(1);
  await watched.told(
    /The mail account “bob” has no password\. Set it with {2}steward secret set STEWARD_MAIL_BOB_PASSWORD/,
  );
});

test('pauses grow, are never the same twice, and are long where only the person can help', () => {
  const passing = { kind: 'retryable', message: '' } as const;
  const dead = { kind: 'permanent', fault: 'authentication', message: '' } as const;
  assert.deepEqual(
    [1, 2, 3, 20, 2000].map(count => pauseAfter(count, passing, 1)),
    [1000, 2000, 4000, 300_000, 300_000],
  );
  assert.equal(pauseAfter(3, passing, 0), 2000);
  assert.ok(pauseAfter(1, dead, 0) >= 15 * 60_000);
});

test('an access token is got with the refresh token, renewed when the server takes it no more, and never shown', async () => {
  await emptied();
  const asked: URLSearchParams[] = [];
  let number = 0;
  let isEnded = false;
  const endpoint = createServer((request, response) => {
    let form = '';
    request.on('data', data => {
      form += String(data);
    });
    request.on('end', () => {
      asked.push(new URLSearchParams(form));
      number += 1;
      response.writeHead(isEnded ? 400 : 200, { 'content-type': 'application/json' });
      if (!isEnded) servers.tokens.set(`access ${number}`, 'alice');
      response.end(
        JSON.stringify(isEnded ? { error: 'invalid_grant' } : { access_token: `access ${number}`, expires_in: 3600 }),
      );
    });
  });
  await once(endpoint.listen(0, '127.0.0.1'), 'listening');
  try {
    const oauth = `oauth: { token_url: "http://127.0.0.1:${portOf(endpoint)}/token", client_id: steward }`;
    await using watched = new WatchedMail(mailAccount(servers, `sent: false, ${oauth}`));
    watched.secrets = { STEWARD_MAIL_ALICE_TOKEN: '1//0refresh-me', STEWARD_MAIL_ALICE_SECRET: 'of the client' };
    await servers.deliver('alice', mailOf('by token'));
    await watched.begin();
    await watched.until(1);
    assert.deepEqual(Object.fromEntries(asked[0] ?? []), {
      ...{ grant_type: 'refresh_token', refresh_token: '1//0refresh-me' },
      ...{ client_id: 'steward', client_secret: 'of the client' },
    });
    // The provider ends every token before its time, and every connection.
    servers.tokens.clear();
    await servers.killImap();
    await servers.startImap();
    await servers.deliver('alice', mailOf('by another token'));
    await watched.until(2);
    assert.equal(asked.length, 2);
    isEnded = true;
    servers.tokens.clear();
    await servers.killImap();
    await servers.startImap();
    await watched.told(
      /does not take the refresh token any more \(invalid_grant\)\. Allow Steward there again, set the new one with {2}steward secret set STEWARD_MAIL_ALICE_TOKEN/,
    );
    assert.ok(!watched.lines.some(line => /0refresh-me|access \d|of the client/.test(line)), watched.lines.join('\n'));
  } finally {
    endpoint.closeAllConnections();
    endpoint.close();
  }
});

/** It waits out several pauses. */
const testLong: (name: string, run: () => Promise<void>) => void =
  process.env.STEWARD_TEST_LONG === '1' ? test : () => undefined;

testLong(
  'a message at which the server always breaks off becomes a task that says so, and those beside it are taken',
  async () => {
    await emptied();
    await servers.deliver('alice', mailOf('good one'));
    await servers.deliver('alice', mailOf('poison', { text: 'POISON' }));
    await servers.deliver('alice', mailOf('good two'));
    // Between the watcher and Dovecot: what goes through is ended where the bytes of that one message begin.
    const between = net.createServer(here => {
      const there = net.connect(servers.imap, '127.0.0.1');
      here.on('data', data => there.write(data));
      there.on('data', data => (data.includes('POISON') ? here.destroy() : here.write(data)));
      for (const [one, other] of [
        [here, there],
        [there, here],
      ] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
    });
    await once(between.listen(0, '127.0.0.1'), 'listening');
    try {
      await using watched = new WatchedMail(mailAccount({ imap: portOf(between) }, 'sent: false'));
      await watched.begin();
      await watched.until(3);
      const [poison] = watched.tasks.filter(name => name.includes('poison'));
      assert.match(
        watched.read(poison ?? ''),
        /The connection broke off 4 times while it was fetched\. Nothing is lost/,
      );
    } finally {
      between.close();
    }
  },
);

test('a server that lets in and breaks off as soon as it is waited on is asked later and later', async () => {
  const asked: number[] = [];
  const between = net.createServer(here => {
    asked.push(performance.now());
    const there = net.connect(servers.imap, '127.0.0.1');
    here.on('data', data => (/ IDLE\r\n/.test(String(data)) ? here.destroy() : there.write(data)));
    there.on('data', data => here.write(data));
    for (const [one, other] of [
      [here, there],
      [there, here],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await once(between.listen(0, '127.0.0.1'), 'listening');
  try {
    await using watched = new WatchedMail(mailAccount({ imap: portOf(between) }, 'sent: false'));
    await watched.begin();
    await poll(
      () => asked.length >= 3,
      () => `${asked.length} connections`,
    );
    const [, second = 0, third = 0] = asked;
    assert.ok(third - second >= 990, `asked again after ${third - second} ms`);
  } finally {
    between.close();
  }
});

test('asked whether an account answers, it says who lets whom in, why not, and gives up on one that is silent', async () => {
  await using watched = new WatchedMail(mailAccount(servers));
  const ask = (secrets: Record<string, string>, account: string, ms = 20_000) => {
    watched.configure(account);
    const context = { secrets, now: () => new Date(), state: watched.state };
    return mail.ping(watched.config.watchers.mail, context, AbortSignal.timeout(ms));
  };
  const right = { STEWARD_MAIL_PASSWORD: MAIL_PEOPLE.alice };
  assert.deepEqual(await ask(right, mailAccount(servers)), { ok: true, value: '127.0.0.1 lets alice@example.test in' });
  const refused = await ask({ STEWARD_MAIL_PASSWORD: 'wrong' }, mailAccount(servers));
  assert.ok(!refused.ok && /does not let alice@example\.test in/.test(refused.failure.message));
  const silent = net.createServer(() => undefined);
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const given = await ask(right, mailAccount({ imap: portOf(silent) }), 300);
  assert.ok(!given.ok && given.failure.message === '127.0.0.1 does not answer.', JSON.stringify(given));
  silent.close();
});

for (const security of ['tls', 'starttls'] as const) {
  test(`over ${security} the password goes to a server whose certificate holds, and to no other`, async () => {
    const given = { imap: security === 'tls' ? servers.imaps : servers.imap };
    const account = mailAccount(given)
      .replace('127.0.0.1', 'localhost')
      .replace('security: none', `security: ${security}`);
    await using watched = new WatchedMail(account);
    const context = { secrets: watched.secrets, now: () => new Date(), state: watched.state };
    const ask = () => mail.ping(watched.config.watchers.mail, context, AbortSignal.timeout(20_000));
    const before = servers.log().length;
    const known = tls.getCACertificates('default');
    const distrusted = await ask();
    assert.ok(!distrusted.ok, 'a certificate that nobody signed was taken');
    assert.match(distrusted.failure.message, /^The connection to localhost is not safe .* nothing was sent over it\.$/);
    assert.ok(!/Login: user=<alice/.test(servers.log().slice(before)));
    try {
      tls.setDefaultCACertificates([...known, servers.certificate]);
      assert.deepEqual(await ask(), { ok: true, value: 'localhost lets alice@example.test in' });
    } finally {
      tls.setDefaultCACertificates(known);
    }
  });
}

test('settings that would read mail unencrypted over a network are refused with the place where they stand', async () => {
  await using watched = new WatchedMail(mailAccount(servers).replace('127.0.0.1', 'imap.example.test'));
  await assert.rejects(watched.start(), /watchers\.mail\.accounts\.alice\.security: “none” reads mail unencrypted/);
});
