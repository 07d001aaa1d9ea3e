import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readEnvironment } from '../../core/config.ts';
import { openVault } from '../../core/open-vault.ts';
import { keptSecrets, readSecret } from '../../core/secret-store/index.ts';
import { plainFault } from '../../scripts/connect/fault.ts';
import { keepAll, withSettings } from '../../scripts/connect/keep.ts';
import { TestVault } from '../helpers/vault.ts';

const changed = (text: string, ...settings: Parameters<typeof withSettings>[1]): string => {
  const made = withSettings(text, settings, 'config.yaml');
  assert.ok(made.ok, JSON.stringify(made));
  return made.value;
};

test('a setting is changed in its place, and every comment, the order and all else stays', () => {
  const before = `# My settings
node: local   # this laptop

watchers:
  mail:   # work
    accounts:
      work: { address: me@work.example, host: old.example, folders: [INBOX, Bills] } # mine
# the end
`;
  const after = changed(
    before,
    { at: ['watchers', 'mail', 'accounts', 'work', 'host'], value: 'new.example' },
    { at: ['watchers', 'mail', 'accounts', 'work', 'user'], value: undefined },
    { at: ['servers', 'email', 'from'], value: 'me@work.example' },
  );
  assert.deepEqual(parse(after), {
    node: 'local',
    watchers: {
      mail: { accounts: { work: { address: 'me@work.example', host: 'new.example', folders: ['INBOX', 'Bills'] } } },
    },
    servers: { email: { from: 'me@work.example' } },
  });
  for (const comment of ['# My settings', '# this laptop', '# work', '# mine', '# the end'])
    assert.ok(after.includes(comment), after);
  assert.equal(changed(after, { at: ['watchers', 'mail', 'accounts', 'work', 'host'], value: 'new.example' }), after);
});

test('a file of comments alone and an empty one take settings too', () => {
  for (const before of ['', '# servers:\n#   email:\n', '# a\n\n# b\n']) {
    const after = changed(before, { at: ['servers', 'email', 'from'], value: 'me@work.example' });
    assert.equal(parse(after).servers.email.from, 'me@work.example', after);
    for (const comment of before.match(/#.*/g) ?? []) assert.ok(after.includes(comment), `${before}→${after}`);
  }
});

test('settings with a mistake are left as they are', () => {
  const made = withSettings('node: local\nbrian: claude\n', [{ at: ['node'], value: 'here' }], 'config.yaml');
  assert.ok(!made.ok && /line 2: brian/.test(made.failure.message));
});

test('a secret that is to be gone is kept no more, and is back where the settings cannot be written', async () => {
  await using vault = new TestVault('node: local\n');
  const opened = openVault(readEnvironment(vault.environment));
  assert.ok(opened.ok);
  const { state } = opened.value;
  const names = (): readonly string[] => {
    const kept = keptSecrets(state);
    assert.ok(kept.ok);
    return Object.keys(kept.value).sort();
  };
  const both = { STEWARD_MAIL_MAIN_SECRET: 'of the client', STEWARD_MAIL_MAIN_TOKEN: 'to renew' };
  assert.ok((await keepAll(state, [], both)).ok);
  const gone = { STEWARD_MAIL_MAIN_SECRET: undefined, STEWARD_EMAIL_SECRET: undefined };
  const nowhere = { ...state, config: path.join(state.root, 'gone', 'config.yaml') };
  assert.ok(!(await keepAll(nowhere, [], gone)).ok);
  assert.deepEqual(names(), Object.keys(both));
  assert.ok((await keepAll(state, [], gone)).ok);
  assert.deepEqual(names(), ['STEWARD_MAIL_MAIN_TOKEN']);
});

test('where the settings cannot be written, the secrets are as they were before', async () => {
  await using vault = new TestVault('node: local\n');
  const opened = openVault(readEnvironment(vault.environment));
  assert.ok(opened.ok);
  const { state } = opened.value;
  const first = await keepAll(state, [{ at: ['node'], value: 'one' }], { STEWARD_EMAIL_PASSWORD: 'the one before' });
  assert.ok(first.ok);
  const nowhere = { ...state, config: path.join(state.root, 'gone', 'config.yaml') };
  const failed = await keepAll(nowhere, [{ at: ['node'], value: 'two' }], {
    STEWARD_EMAIL_PASSWORD: 'another one',
    STEWARD_MAIL_MAIN_PASSWORD: 'a new one',
  });
  assert.ok(!failed.ok && /could not be written.*Nothing was changed/.test(failed.failure.message));
  assert.equal(readFileSync(state.config, 'utf8'), 'node: one\n');
  const kept = keptSecrets(state);
  assert.ok(kept.ok);
  assert.deepEqual(Object.keys(kept.value), ['STEWARD_EMAIL_PASSWORD']);
  const keeper = kept.value.STEWARD_EMAIL_PASSWORD;
  assert.ok(keeper !== undefined);
  assert.deepEqual(await readSecret(state, 'STEWARD_EMAIL_PASSWORD', keeper), { ok: true, value: 'the one before' });
});

const TRIED = {
  kind: 'IMAP',
  server: { host: 'imap.firm.example', port: 993, security: 'tls' },
  user: 'anna@firm.example',
  password: 'hunter2-hunter2',
  hint: undefined,
} as const;
for (const [what, thrown, said, mend] of [
  [
    'a wrong password',
    { authenticationFailed: true, responseText: 'Authentication failed.' },
    /does not let anna@firm\.example in \(Authentication failed\)/,
    /app password/,
  ],
  [
    'a provider that wants an app password',
    { authenticationFailed: true, responseText: 'Application-specific password required' },
    /Application-specific/,
    /make one in the security settings/,
  ],
  [
    'a provider that takes no passwords',
    { code: 'EAUTH', response: '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.' },
    /basic authentication is disabled/,
    /access token/,
  ],
  ['a name that does not exist', { code: 'ENOTFOUND' }, /no computer called imap\.firm\.example/, /Check the name/],
  ['no network', { code: 'EAI_AGAIN' }, /cannot be looked up/, /on the network/],
  [
    'a port at which nothing listens',
    { code: 'ECONNREFUSED' },
    /Nothing listens at imap\.firm\.example on port 993/,
    /993 with TLS, or 143/,
  ],
  [
    'a port that is blocked',
    { code: 'ETIMEDOUT', message: 'Connection timeout' },
    /does not answer on port 993/,
    /firewall/,
  ],
  [
    'a port that begins without TLS',
    { code: 'ESOCKET', message: 'SSL routines:ssl3_get_record:wrong version number' },
    /does not speak TLS from the first word/,
    /STARTTLS/,
  ],
  [
    'a server without STARTTLS',
    { message: 'Server does not support STARTTLS', tlsFailed: true },
    /offers no encryption/,
    /TLS from the start/,
  ],
  [
    'a certificate of nobody known',
    { code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: 'self-signed certificate' },
    /Nobody that this computer trusts/,
    /certificate/,
  ],
  [
    'a certificate for another name',
    { code: 'ERR_TLS_CERT_ALTNAME_INVALID', message: 'altnames: DNS:mail.host.example' },
    /is for mail\.host\.example/,
    /the name that the certificate is for/,
  ],
  ['a certificate that has expired', { code: 'CERT_HAS_EXPIRED' }, /has expired/, /clock/],
  [
    'something else',
    { responseText: 'Too many connections hunter2-hunter2' },
    /could not be used \(Too many connections •••\)/,
    /IMAP server/,
  ],
] as const) {
  test(`${what} is told in plain words, with what to do and without the password`, () => {
    const failure = plainFault(
      Object.assign(new Error('message' in thrown ? thrown.message : 'Command failed'), thrown),
      TRIED,
    );
    assert.match(failure.message, said);
    assert.match(failure.mend ?? '', mend);
    assert.ok(!`${failure.message}${failure.mend}`.includes(TRIED.password));
  });
}
