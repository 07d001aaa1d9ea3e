import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { sentence } from '../../core/outcome.ts';
import { checkImap, checkSmtp } from '../../scripts/connect/check-mail.ts';
import { LAUNCH } from '../helpers/cli.ts';
import { type Typed, typing } from '../helpers/keys.ts';
import { MAIL_PEOPLE, MailServers } from '../helpers/mail-servers.ts';
import { cardOf, DAV_PASSWORD, DAV_USER, Radicale } from '../helpers/radicale.ts';
import { TokenEndpoint } from '../helpers/token-endpoint.ts';
import { TestVault } from '../helpers/vault.ts';

const [mail, radicale] = await Promise.all([MailServers.start({ sends: true }), Radicale.start()]);
after(() => Promise.all([mail[Symbol.asyncDispose](), radicale[Symbol.asyncDispose]()]));

const ALICE = MailServers.addressOf('alice');
const CONFIG = '# What I set\nsettle: { note: 0.4, tick: 0.2, drop: 0.2 } # short\n';
const SERVERS = [
  ...['--host', '127.0.0.1', '--port', String(mail.imap), '--security', 'none'],
  ...['--smtp-host', '127.0.0.1', '--smtp-port', String(mail.smtp), '--smtp-security', 'none'],
];

function run(vault: TestVault, input: string, ...args: string[]): { code: number; out: string; err: string } {
  const done = spawnSync(process.execPath, [LAUNCH, 'connect', ...args], {
    ...{ env: vault.environment, encoding: 'utf8', input, timeout: 60_000 },
  });
  return { code: done.status ?? -1, out: done.stdout, err: done.stderr };
}
const config = (vault: TestVault): string => readFileSync(path.join(vault.state, 'config.yaml'), 'utf8');
const secrets = (vault: TestVault): string[] =>
  vault
    .cli('secret', 'list')
    .out.split('\n')
    .flatMap(line => line.split('  ')[0] || []);

/** What the doctor says, without holding up the servers of this process meanwhile. */
async function doctored(vault: TestVault): Promise<string> {
  const child = spawn(process.execPath, [LAUNCH, 'doctor'], {
    env: vault.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return text(child.stdout);
}

/** Keys of a terminal. */
const ENTER = '\r';
const DOWN = '\u001b[B';
const CLEAR = '\u0015';

test('a mail account is connected by options: settings beside what stood there, the password in the store and nowhere else', async () => {
  await using vault = new TestVault(CONFIG);
  const done = run(vault, `${MAIL_PEOPLE.alice}\n`, 'imap', '--address', ALICE, '--password-stdin', ...SERVERS);
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /connected {2}alice@example\.test {2}as “main”, to read and to send/);
  const text = config(vault);
  assert.ok(text.startsWith(CONFIG), text);
  assert.deepEqual(parse(text).watchers.mail.accounts, {
    main: { address: ALICE, host: '127.0.0.1', port: mail.imap, security: 'none' },
  });
  assert.equal(parse(text).servers.email.from, ALICE);
  assert.deepEqual(secrets(vault), ['STEWARD_EMAIL_PASSWORD', 'STEWARD_MAIL_MAIN_PASSWORD']);
  assert.ok(!`${text}${done.out}${done.err}`.includes(MAIL_PEOPLE.alice));
  // Again, and another one: what a person added stays, and mail is still sent from the first.
  writeFileSync(
    path.join(vault.state, 'config.yaml'),
    text.replace('security: none\n', 'security: none\n        folders: [INBOX, Bills] # mine\n'),
  );
  const token = spawnSync(process.execPath, [LAUNCH, 'secret', 'set', 'STEWARD_EMAIL_TOKEN'], {
    ...{ env: vault.environment, input: 'an-access-token' },
  });
  assert.equal(token.status, 0);
  const again = run(vault, MAIL_PEOPLE.alice, 'imap', '--address', ALICE, '--password-stdin', ...SERVERS);
  const bob = run(vault, MAIL_PEOPLE.bob, 'imap', '--address', 'bob@example.test', '--password-stdin', ...SERVERS);
  assert.deepEqual([again.code, bob.code], [0, 0], again.err + bob.err);
  assert.match(
    again.out,
    /There is a STEWARD_EMAIL_TOKEN too, which wins\..*steward secret remove STEWARD_EMAIL_TOKEN/,
  );
  assert.equal(vault.cli('secret', 'remove', 'STEWARD_EMAIL_TOKEN').code, 0);
  const accounts = parse(config(vault)).watchers.mail.accounts;
  assert.deepEqual(Object.keys(accounts), ['main', 'example']);
  assert.deepEqual(accounts.main.folders, ['INBOX', 'Bills']);
  assert.match(config(vault), /# mine/);
  assert.equal(parse(config(vault)).servers.email.from, ALICE);
  assert.match(bob.out, /as “example”, to read; nothing is sent from it/);
  const told = vault.cli('status').out;
  assert.match(
    told,
    /^Connected\n {2}mail +reads alice@example\.test, bob@example\.test\n {2}email +works.as.alice@example\.test$/m,
  );
  const doctor = vault.cli('doctor').out;
  assert.match(doctor, /mail: 127\.0\.0\.1 lets alice@example\.test in, 127\.0\.0\.1 lets bob@example\.test in/);
});

test('where the login fails nothing is changed, and what is wrong is told in plain words', async () => {
  await using vault = new TestVault(CONFIG);
  const wrong = run(vault, 'not-the-password', 'imap', '--address', ALICE, '--password-stdin', ...SERVERS);
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.err,
    /^127\.0\.0\.1 does not let alice@example\.test in.*Check user and password\..*Nothing was changed\.$/m,
  );
  const book = run(vault, 'wrong', 'carddav', '--url', radicale.url, '--user', DAV_USER, '--password-stdin');
  assert.match(book.err, /does not take this user with this password\. Check both.*Nothing was changed/);
  assert.equal(config(vault), CONFIG);
  assert.deepEqual(secrets(vault), []);
});

test('a server that does not encrypt as it was told to, and a certificate that nobody trusts, are told as what they are', async () => {
  const login = { user: ALICE, password: MAIL_PEOPLE.alice, hint: undefined };
  const faultOf = async (port: number, security: 'tls' | 'starttls', kind: 'IMAP' | 'SMTP'): Promise<string> => {
    const tried = { kind, server: { host: '127.0.0.1', port, security }, ...login };
    const checked = await (kind === 'IMAP' ? checkImap(tried) : checkSmtp(tried));
    assert.ok(!checked.ok, 'it let somebody in');
    return sentence(checked.failure);
  };
  assert.match(
    await faultOf(mail.imap, 'tls', 'IMAP'),
    /does not speak TLS from the first word on port \d+\. Try STARTTLS/,
  );
  assert.match(
    await faultOf(mail.smtp, 'tls', 'SMTP'),
    /does not speak TLS from the first word on port \d+\. Try STARTTLS/,
  );
  for (const [port, way, kind] of [
    [mail.imaps, 'tls', 'IMAP'],
    [mail.imap, 'starttls', 'IMAP'],
    [mail.smtp, 'starttls', 'SMTP'],
  ] as const)
    assert.match(
      await faultOf(port, way, kind),
      /Nobody that this computer trusts has signed the certificate of 127\.0\.0\.1/,
    );
});

test('without a terminal nothing is asked for: it says which options are missing', async () => {
  await using vault = new TestVault(CONFIG);
  for (const args of [
    ['imap', '--address', ALICE],
    ['carddav', '--url', radicale.url, '--password-stdin'],
  ]) {
    const refused = run(vault, '', ...args);
    assert.equal(refused.code, 2, args.join(' '));
    assert.match(refused.err, /There is no terminal to ask at\. Give .*--password-stdin/);
  }
  assert.equal(config(vault), CONFIG);
});

test('at a terminal it asks, lets the servers be changed, takes a wrong password for what it is, and shows none', async () => {
  await using vault = new TestVault(CONFIG);
  const server = (what: string, port: number): Typed[] => [
    { when: new RegExp(`Server for ${what}.*│`, 's'), keys: `${CLEAR}127.0.0.1${ENTER}` },
    { when: new RegExp(`Port for ${what}.*│`, 's'), keys: `${CLEAR}${port}${ENTER}` },
    {
      when: new RegExp(`Encryption for ${what}.*none`, 's'),
      keys: `${what.startsWith('r') ? DOWN : ''}${DOWN}${ENTER}`,
    },
  ];
  const { code, screen } = await typing(['connect', 'imap'], { ...vault.environment, NO_COLOR: '1' }, [
    { when: /Your mail address/, keys: `${ALICE}${ENTER}` },
    { when: /a guess.*imap\.example\.test.*Are these right\?.*Change/s, keys: `${DOWN}${ENTER}` },
    ...server('reading', mail.imap),
    ...server('sending', mail.smtp),
    { when: /Who logs in/, keys: ENTER },
    { when: /Password for alice@example\.test/, keys: `wrong-password${ENTER}` },
    { when: /does not let alice@example\.test in.*What now\?/s, keys: ENTER },
    { when: /Who logs in/, keys: ENTER },
    { when: /Password for alice@example\.test/, keys: `${MAIL_PEOPLE.alice}${ENTER}` },
    { when: /Send mail from alice@example\.test too\?/, keys: ENTER },
  ]);
  assert.equal(code, 0, screen);
  assert.match(screen, /lets alice@example\.test in, \d+ mails in the inbox/);
  assert.match(screen, /connected {2}alice@example\.test/);
  assert.ok(!screen.includes('wrong-password') && !screen.includes(MAIL_PEOPLE.alice), screen);
  assert.equal(parse(config(vault)).servers.email.port, mail.smtp);
  assert.deepEqual(secrets(vault), ['STEWARD_EMAIL_PASSWORD', 'STEWARD_MAIL_MAIN_PASSWORD']);
});

test('at a terminal it logs in by access token, says whose fault it is where it gets none, and keeps the newest refresh token', async () => {
  await using vault = new TestVault(CONFIG);
  await using endpoint = await TokenEndpoint.start(access => mail.tokens.set(access, 'alice'));
  const { client, secret, refresh } = endpoint.registered;
  const asks = (given: { url: string; secret: string; refresh: string }): Typed[] => [
    { when: /Where access tokens are got.*│/s, keys: `${CLEAR}${given.url}${ENTER}` },
    { when: /Client id.*│/s, keys: `${CLEAR}${client}${ENTER}` },
    { when: /Client secret/, keys: `${given.secret}${ENTER}` },
    { when: /Scope/, keys: ENTER },
    { when: /Refresh token/, keys: `${given.refresh}${ENTER}` },
  ];
  const { code, screen } = await typing(
    ['connect', 'imap', '--address', ALICE, ...SERVERS],
    { ...vault.environment, NO_COLOR: '1' },
    [
      { when: /Are these right\?.*access token/s, keys: `${DOWN}${DOWN}${ENTER}` },
      ...asks({ url: endpoint.url.replace('/token', '/login'), secret, refresh }),
      { when: /it is no token URL.*What now\?/s, keys: ENTER },
      ...asks({ url: endpoint.url, secret: 'another secret', refresh }),
      { when: /does not let this program in.*What now\?/s, keys: ENTER },
      ...asks({ url: endpoint.url, secret, refresh: 'an-old-one' }),
      { when: /does not take this refresh token.*What now\?/s, keys: ENTER },
      ...asks({ url: endpoint.url, secret, refresh }),
      { when: /Only read mail here/, keys: `${DOWN}${DOWN}${ENTER}` },
    ],
  );
  assert.equal(code, 0, screen);
  assert.match(screen, /lets alice@example\.test in, \d+ mails in the inbox/);
  assert.match(screen, /connected {2}alice@example\.test {2}as “main”, to read; nothing is sent from it/);
  for (const hidden of [secret, 'another secret', refresh, 'an-old-one', 'access-1', 'refresh-2'])
    assert.ok(!screen.includes(hidden), `${hidden} was shown`);
  assert.deepEqual(parse(config(vault)).watchers.mail.accounts.main.oauth, {
    token_url: endpoint.url,
    client_id: client,
  });
  assert.deepEqual(secrets(vault), ['STEWARD_MAIL_MAIN_SECRET', 'STEWARD_MAIL_MAIN_TOKEN']);
  // The endpoint takes none but the newest.
  assert.match(await doctored(vault), /mail: 127\.0\.0\.1 lets alice@example\.test in/);
  // By password again: the settings of OAuth2 are gone, and whose secrets are left is told.
  const again = run(vault, MAIL_PEOPLE.alice, 'imap', '--address', ALICE, '--password-stdin', '--no-send', ...SERVERS);
  assert.match(again.out, /There is a STEWARD_MAIL_MAIN_TOKEN too, which wins\./);
  assert.equal(parse(config(vault)).watchers.mail.accounts.main.oauth, undefined);
});

test('whoever breaks off has changed nothing', async () => {
  await using vault = new TestVault(CONFIG);
  const env = { ...vault.environment, NO_COLOR: '1' };
  const [early, late] = await Promise.all([
    typing(['connect', 'imap', '--address', ALICE, ...SERVERS], env, [
      { when: /Are these right\?/, keys: ENTER },
      { when: /Password for/, keys: '\u0003' },
    ]),
    typing(['connect', 'imap', '--address', ALICE, ...SERVERS], env, [
      { when: /Are these right\?/, keys: ENTER },
      { when: /Password for/, keys: `${MAIL_PEOPLE.alice}${ENTER}` },
      { when: /Send mail from/, keys: '\u0003' },
    ]),
  ]);
  for (const { code, screen } of [early, late]) {
    assert.equal(code, 1, screen);
    assert.match(screen, /Nothing was changed\./);
  }
  assert.equal(config(vault), CONFIG);
  assert.deepEqual(secrets(vault), []);
});

test('an address book is connected at a terminal, and of several those that are chosen', async () => {
  await using vault = new TestVault(CONFIG);
  await radicale.makeBook('directory', 'Directory of the firm');
  await radicale.put('cora.vcf', cardOf('cora', 'Cora', 'cora@firm.example'));
  const { code, screen } = await typing(
    ['connect', 'carddav', '--url', radicale.url, '--user', DAV_USER],
    { ...vault.environment, NO_COLOR: '1' },
    [
      { when: /Password for alice/, keys: `${DAV_PASSWORD}${ENTER}` },
      { when: /2 address books.*Leave out those that others fill.*Directory/s, keys: `${DOWN} ${ENTER}` },
    ],
  );
  assert.equal(code, 0, screen);
  const { url, user, books } = parse(config(vault)).watchers.contacts;
  assert.deepEqual({ url, user }, { url: radicale.url, user: DAV_USER });
  assert.deepEqual(books, [`${radicale.url}alice/contacts/`]);
  assert.deepEqual(secrets(vault), ['STEWARD_CONTACTS_PASSWORD']);
  assert.ok(!screen.includes(DAV_PASSWORD));
  assert.match(screen, /fetched {4}1 person in your address book/);
  assert.match(vault.cli('status').out, /^ {2}contacts +1 person in your address book$/m);
});
