import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { Vault } from '../../core/vault.ts';
import { FakeImap } from '../fakes/imap.ts';
import { MAIL, perform, toolNamed, toolsOf } from '../helpers/mail.ts';
import { portOf } from '../helpers/port.ts';
import { TempFolder } from '../helpers/temp.ts';

const REFRESH = 'refresh token of the person';

test('with a refresh token mail is sent and filed by access tokens that are got anew, and one that ended is the person’s to mend', async () => {
  using folder = new TempFolder();
  const good = new Set<string>();
  const asked: string[] = [];
  let gives = 1;
  const endpoint = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => {
      body += String(data);
    });
    request.on('end', () => {
      asked.push(body);
      const isEnded = gives > 2;
      const token = `access-${gives}`;
      gives += 1;
      if (!isEnded) good.add(token);
      const answer = isEnded ? { error: 'invalid_grant' } : { access_token: token, expires_in: 3600 };
      response.writeHead(isEnded ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  endpoint.listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  const got: string[] = [];
  const smtp = new SMTPServer({
    ...{ authMethods: ['XOAUTH2'], allowInsecureAuth: true, hideSTARTTLS: true, logger: false },
    onAuth: ({ username, accessToken }, _, done) => {
      if (username === 'me@example.test' && good.has(accessToken ?? '')) done(null, { user: 'me' });
      else done(null, { data: { status: '401', schemes: 'bearer' } });
    },
    onData: (stream, _, done) => {
      let text = '';
      stream.on('data', (data: Buffer) => {
        text += data.toString('latin1');
      });
      stream.on('end', () => {
        got.push(text);
        done();
      });
    },
  });
  smtp.on('error', () => undefined);
  const listening = smtp.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  await using imap = await FakeImap.start('me@example.test', 'no password here');
  try {
    const settings = {
      ...{ from: 'me@example.test', host: '127.0.0.1', port: portOf(listening), security: 'none' },
      oauth: { token_url: `http://127.0.0.1:${portOf(endpoint)}/token`, client_id: 'steward' },
      imap: { host: '127.0.0.1', port: imap.port, security: 'none' },
    };
    const tools = toolsOf(new Vault(folder.path, 'server'), settings, { STEWARD_EMAIL_TOKEN: REFRESH });
    const sent = await perform(toolNamed(tools, 'send'), MAIL);
    assert.ok(sent.outcome === 'confirmed' && sent.follow !== undefined, JSON.stringify(sent));
    imap.tokens.add('access-1');
    const filed = await perform(toolNamed(tools, 'file_sent'), sent.follow.arguments);
    assert.equal(filed.outcome, 'confirmed', JSON.stringify(filed));
    assert.equal(asked.length, 1, 'one access token serves both until it ends');
    assert.match(asked[0] ?? '', /grant_type=refresh_token/);
    // The provider takes the access token back before its time: the next try gets another.
    good.clear();
    const refused = await perform(toolNamed(tools, 'send'), MAIL);
    assert.ok(refused.outcome === 'not_sent' && refused.fault === 'authentication', JSON.stringify(refused));
    const again = await perform(toolNamed(tools, 'send'), MAIL);
    assert.equal(again.outcome, 'confirmed', JSON.stringify(again));
    assert.deepEqual([got.length, asked.length], [2, 2]);
    good.clear();
    await perform(toolNamed(tools, 'send'), MAIL);
    const ended = await perform(toolNamed(tools, 'send'), MAIL);
    assert.ok(ended.outcome === 'not_sent' && ended.fault === 'authentication', JSON.stringify(ended));
    assert.match(ended.proof, /steward secret set STEWARD_EMAIL_TOKEN/);
    assert.equal(got.length, 2);
    for (const told of [refused, ended]) assert.doesNotMatch(JSON.stringify(told), /refresh token of|access-\d/);
  } finally {
    await new Promise<void>(resolve => smtp.close(() => resolve()));
    endpoint.closeAllConnections();
    endpoint.close();
  }
});
