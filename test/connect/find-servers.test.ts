import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAutoconfig } from '../../scripts/connect/autoconfig.ts';
import { findContactsUrl, findMailServers, hintsOf } from '../../scripts/connect/find-servers.ts';
import { type Lookups, NO_LOOKUPS, networkLookups } from '../../scripts/connect/lookups.ts';
import { PROVIDERS, providerOf } from '../../scripts/connect/providers.ts';

const CONFIG = (more = ''): string => `<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="firm.example"><domain>firm.example</domain>
  <incomingServer type="pop3"><hostname>pop.firm.example</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
  ${more}
  <incomingServer type="imap"><hostname>in.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType>
    <username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication></incomingServer>
  <outgoingServer type="smtp"><hostname>out.firm.example</hostname><port>587</port><socketType>STARTTLS</socketType>
    <username>%EMAILLOCALPART%</username></outgoingServer>
</emailProvider></clientConfig>`;

test('the servers of a known provider are known without asking anybody', async () => {
  const asked: string[] = [];
  const watching: Lookups = {
    ...NO_LOOKUPS,
    mx: async domain => {
      asked.push(domain);
      return [];
    },
  };
  const { servers, user } = await findMailServers('anna@gmail.com', watching);
  assert.deepEqual(servers.imap, { host: 'imap.gmail.com', port: 993, security: 'tls' });
  assert.deepEqual(servers.smtp, { host: 'smtp.gmail.com', port: 465, security: 'tls' });
  assert.equal(user, 'anna@gmail.com');
  assert.deepEqual(asked, []);
  assert.match(hintsOf('anna@gmail.com').hint?.text ?? '', /app password/i);
});

test('what a domain says in its DNS counts before everything else that it says, and only what encrypts', async () => {
  const records: Record<string, { host: string; port: number }> = {
    '_imaps._tcp.firm.example': { host: 'mail.firm.example', port: 993 },
    '_submission._tcp.firm.example': { host: 'mail.firm.example', port: 587 },
  };
  const lookups: Lookups = {
    ...NO_LOOKUPS,
    srv: async name => (records[name] === undefined ? [] : [records[name]]),
    page: async () => CONFIG(),
  };
  const found = await findMailServers('anna@firm.example', lookups);
  assert.deepEqual(found.servers, {
    imap: { host: 'mail.firm.example', port: 993, security: 'tls' },
    smtp: { host: 'mail.firm.example', port: 587, security: 'starttls' },
  });
  assert.match(found.by, /firm\.example says in its DNS/);
});

test('else its own autoconfiguration, else who takes in its mail, else Mozilla’s list, else a guess that is called one', async () => {
  const own = await findMailServers('anna@firm.example', {
    ...NO_LOOKUPS,
    page: async url => (url.startsWith('https://autoconfig.firm.example/mail/config-v1.1.xml') ? CONFIG() : undefined),
  });
  assert.deepEqual(own.servers.imap, { host: 'in.firm.example', port: 993, security: 'tls' });
  assert.deepEqual(own.servers.smtp, { host: 'out.firm.example', port: 587, security: 'starttls' });
  assert.equal(own.user, 'anna');
  const taken = await findMailServers('anna@firm.example', {
    ...NO_LOOKUPS,
    mx: async () => ['in1-smtp.messagingengine.com.'],
  });
  assert.equal(taken.servers.imap.host, 'imap.fastmail.com');
  assert.match(taken.by, /Fastmail, which takes in the mail of firm\.example/);
  const listed = await findMailServers('anna@firm.example', {
    ...NO_LOOKUPS,
    page: async url => (url === 'https://autoconfig.thunderbird.net/v1.1/firm.example' ? CONFIG() : undefined),
  });
  assert.equal(listed.servers.imap.host, 'in.firm.example');
  const guessed = await findMailServers('anna@firm.example', NO_LOOKUPS);
  assert.equal(guessed.servers.imap.host, 'imap.firm.example');
  assert.match(guessed.by, /a guess/);
});

test('a server without encryption, with a strange name, or in a document that is none, is not taken', () => {
  const other = (text: string): string => CONFIG(`<incomingServer type="imap">${text}</incomingServer>`);
  for (const bad of [
    '<hostname>plain.firm.example</hostname><port>143</port><socketType>plain</socketType>',
    '<hostname>a b.example</hostname><port>993</port><socketType>SSL</socketType>',
    '<hostname>h.example</hostname><port>99999</port><socketType>SSL</socketType>',
    '<hostname>%UNKNOWN%.example</hostname><port>993</port><socketType>SSL</socketType>',
  ])
    assert.equal(readAutoconfig(other(bad), 'anna@firm.example')?.imap.host, 'in.firm.example', bad);
  for (const none of [
    '',
    'no xml',
    '<html><body>Not found</body></html>',
    '<clientConfig/>',
    CONFIG().replaceAll('imap', 'pop3'),
  ])
    assert.equal(readAutoconfig(none, 'anna@firm.example'), undefined);
});

test('address books are found at a known provider, by DNS, or where the domain sends on to by TLS', async () => {
  assert.equal((await findContactsUrl('anna@icloud.com', NO_LOOKUPS)).url, 'https://contacts.icloud.com/');
  const dns = await findContactsUrl('anna@firm.example', {
    ...NO_LOOKUPS,
    srv: async () => [{ host: 'dav.firm.example', port: 8443 }],
  });
  assert.equal(dns.url, 'https://dav.firm.example:8443/.well-known/carddav');
  const sent = await findContactsUrl('anna@firm.example', {
    ...NO_LOOKUPS,
    redirect: async () => 'https://cloud.firm.example/remote.php/dav/',
  });
  assert.equal(sent.url, 'https://cloud.firm.example/remote.php/dav/');
  const open = await findContactsUrl('anna@firm.example', {
    ...NO_LOOKUPS,
    redirect: async () => 'http://cloud.firm.example/',
  });
  assert.equal(open.url, 'https://firm.example/');
  assert.match(hintsOf('anna@gmail.com').cannot.contacts?.text ?? '', /OAuth2/);
});

test('names that stand for nobody are not asked for, so that nothing is waited for', async () => {
  const lookups = networkLookups();
  const before = performance.now();
  assert.deepEqual(await lookups.srv('_imaps._tcp.example.test'), []);
  assert.deepEqual(await lookups.mx('firm.example'), []);
  assert.equal(await lookups.page('https://autoconfig.mail.invalid/'), undefined);
  assert.equal(await lookups.redirect('https://printer.local/'), undefined);
  assert.ok(performance.now() - before < 1000);
});

test('every provider of the list encrypts, but on this computer, and has an address by which it is found or a domain it takes mail in for', () => {
  assert.ok(PROVIDERS.length >= 20);
  for (const { name, mail, contacts, hint, cannot } of PROVIDERS) {
    for (const server of mail === undefined ? [] : [mail.imap, mail.smtp])
      assert.ok(server.security !== 'none' || server.host === '127.0.0.1', name);
    assert.ok(contacts === undefined || contacts.startsWith('https://'), name);
    assert.ok(mail !== undefined || cannot?.mail !== undefined, name);
    for (const { url } of [hint, cannot?.mail, cannot?.contacts].filter(one => one !== undefined))
      assert.ok(url === undefined || url.startsWith('https://'), name);
  }
  for (const domain of [
    'gmail.com',
    'outlook.de',
    'hotmail.co.uk',
    'icloud.com',
    'gmx.de',
    'web.de',
    'proton.me',
    'yahoo.fr',
  ])
    assert.ok(providerOf(domain), domain);
  for (const domain of ['notgmail.com', 'gmail.com.evil.example', 'example.com'])
    assert.equal(providerOf(domain), undefined);
});
