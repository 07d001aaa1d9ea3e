import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { AccessTokens } from '../../core/access-tokens.ts';
import { portOf } from '../helpers/port.ts';

/** A token endpoint (RFC 6749) that answers what it is told to; undefined is no answer of its kind. */
async function endpoint(answers: readonly (object | string)[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let form = '';
    request.on('data', data => {
      form += String(data);
    });
    request.on('end', () => {
      asked.push(new URLSearchParams(form).get('refresh_token') ?? '');
      const answer = answers[asked.length - 1] ?? 'nothing more';
      const isError = typeof answer === 'string' || 'error' in answer;
      response.writeHead(isError ? 400 : 200);
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const oauth = { token_url: `http://127.0.0.1:${portOf(server)}/token`, client_id: 'steward' };
  return { server, asked, oauth };
}

test('a refresh token that is replaced is used and kept from then on, and access tokens only until shortly before their end', async () => {
  const { server, asked, oauth } = await endpoint([
    { access_token: 'one', expires_in: 3600, refresh_token: 'second' },
    { access_token: 'two', expires_in: '3600' },
    { access_token: 'three', expires_in: 3600 },
  ]);
  try {
    let now = Date.parse('2026-11-21T10:00:00Z');
    const kept: string[] = [];
    const given = { kind: 'refresh', oauth, token: 'first', secret: undefined, name: 'STEWARD_MAIL_TOKEN' } as const;
    const tokens = new AccessTokens(
      given,
      () => new Date(now),
      async (name, token) => void kept.push(`${name}=${token}`),
    );
    const several = await Promise.all([tokens.get(), tokens.get(), tokens.get()]);
    assert.ok(several.every(one => one.ok && one.value === 'one'));
    now += 58 * 60_000;
    assert.deepEqual(await tokens.get(), { ok: true, value: 'one' });
    now += 2 * 60_000;
    assert.deepEqual(await tokens.get(), { ok: true, value: 'two' });
    assert.equal(tokens.refused('one'), false, 'an old token that was refused says nothing of the new one');
    assert.equal(tokens.refused('two'), true);
    assert.deepEqual(await tokens.get(), { ok: true, value: 'three' });
    assert.deepEqual([asked, kept], [['first', 'second', 'second'], ['STEWARD_MAIL_TOKEN=second']]);
  } finally {
    server.close();
  }
});

test('a token endpoint that is out of order is tried again, one that took the access back is the person’s to mend', async () => {
  const { server, oauth } = await endpoint([
    '<html>busy</html>',
    { error: 'temporarily_unavailable' },
    { error: 'invalid_grant' },
  ]);
  try {
    const given = { kind: 'refresh', oauth, token: 'first', secret: 'client', name: 'STEWARD_MAIL_TOKEN' } as const;
    const tokens = new AccessTokens(
      given,
      () => new Date(),
      async () => undefined,
    );
    const faults = [];
    for (let time = 0; time < 3; time += 1) {
      const got = await tokens.get();
      assert.ok(!got.ok && !got.failure.message.includes('first'));
      faults.push(got.failure.fault ?? got.failure.kind);
    }
    assert.deepEqual(faults, ['retryable', 'retryable', 'authentication']);
  } finally {
    server.close();
  }
});
