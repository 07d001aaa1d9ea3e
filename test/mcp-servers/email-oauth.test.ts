import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import type { Outcome, Tool } from '../../core/action-server.ts';
import { Vault } from '../../core/vault.ts';
import { FakeImap } from '../fakes/imap.ts';
import { MAIL, perform, toolNamed, toolsOf } from '../helpers/mail.ts';
import { portOf } from '../helpers/port.ts';
import { TempFolder } from '../helpers/temp.ts';
import { TokenEndpoint } from '../helpers/token-endpoint.ts';

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

test('a refresh token that the provider replaces counts after a restart, and stands nowhere in plain text', async () => {
  using folder = new TempFolder();
  await using imap = await FakeImap.start('me@example.test', 'no password here');
  // Another refresh token comes with every access token, and only the last one counts (RFC 6749, section 6).
  await using provider = await TokenEndpoint.start(access => imap.tokens.add(access), {
    ...{ client: 'steward', secret: '', refresh: REFRESH },
    next: given => `refresh token number ${given}`,
  });
  const settings = {
    ...{ from: 'me@example.test', host: '127.0.0.1', port: 1, security: 'none' },
    oauth: { token_url: provider.url, client_id: 'steward' },
    imap: { host: '127.0.0.1', port: imap.port, security: 'none' },
  };
  const state = path.join(folder.path, '.state', 'servers', 'email');
  /** Each a process of its own: nothing of the one before is in its memory. */
  const started = (token = REFRESH): readonly Tool[] =>
    toolsOf(new Vault(folder.path, 'server'), settings, { STEWARD_EMAIL_TOKEN: token }, state);
  const drafts = (tools: readonly Tool[]): Promise<Outcome> => perform(toolNamed(tools, 'draft'), MAIL);
  const first = started();
  assert.equal((await drafts(first)).outcome, 'confirmed');
  assert.equal((await drafts(started())).outcome, 'confirmed', 'after a restart');
  assert.equal((await drafts(started())).outcome, 'confirmed', 'after another one');
  assert.equal(provider.given, 3);
  // Two at once, as where doctor asks while Steward runs: what one was given the other has too.
  imap.tokens.delete('access-1');
  await drafts(first);
  assert.equal((await drafts(first)).outcome, 'confirmed');
  const files = readdirSync(state, { recursive: true, encoding: 'utf8' }).map(name => path.join(state, name));
  const kept = files.filter(file => file.endsWith('refresh-token.json'));
  assert.equal(kept.length, 1);
  for (const file of kept) assert.equal(statSync(file).mode & 0o777, 0o600);
  for (const name of readdirSync(folder.path, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder.path, name);
    if (statSync(file).isFile()) assert.doesNotMatch(readFileSync(file, 'latin1'), /refresh token (?:of|number)/, name);
  }
  // The person allowed Steward anew: what took the place of the old one counts no more.
  const { registered } = provider;
  registered.refresh = 'the new one of the person';
  assert.equal((await drafts(started(registered.refresh))).outcome, 'confirmed', 'what the person sets counts');
});
