import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { after, test } from 'node:test';
import { readAddressBooks } from '../../core/address-book.ts';
import { readChannels } from '../../core/channel-health.ts';
import { readEnvironment } from '../../core/config.ts';
import { peopleKnownTo } from '../../core/known-people.ts';
import { createLog } from '../../core/log.ts';
import { channelNotices } from '../../core/notices.ts';
import { type OpenVault, openVault } from '../../core/open-vault.ts';
import { Vault } from '../../core/vault.ts';
import type { RunningWatcher } from '../../core/watcher.ts';
import { readCard } from '../../watchers/contacts/card.ts';
import contacts from '../../watchers/contacts/index.ts';
import { Between } from '../helpers/between.ts';
import { cardOf, DAV_PASSWORD, DAV_USER, Radicale } from '../helpers/radicale.ts';
import { TestVault } from '../helpers/vault.ts';

const radicale = await Radicale.start();
const between = await Between.start(() => radicale.port);
after(() => radicale[Symbol.asyncDispose]());
after(() => between[Symbol.asyncDispose]());

const IN_BOOK = 'It stands in your address book.';

/** A vault whose contacts are fetched through `between`, with a clock that the test sets. */
class Fetching {
  readonly #vault = new TestVault();
  readonly told: string[] = [];
  minutes = 0;
  /** How long the computer was awake, in minutes: the first canary is sent after the first of them. */
  awake = 0;
  #running: RunningWatcher | undefined;
  #looked = 0;
  settings: Record<string, unknown> = { url: `${between.url}${DAV_USER}/`, user: DAV_USER };
  password: string | undefined = DAV_PASSWORD;

  get opened(): OpenVault {
    const opened = openVault(readEnvironment(this.#vault.environment));
    assert.ok(opened.ok);
    return opened.value;
  }

  /** Starts the watcher anew where it does not run, and sweeps; waits until `times` fetches have ended. */
  async fetch(times = 1): Promise<void> {
    const { root, state, config } = this.opened;
    this.#running ??= await contacts.start({
      ...{ vault: new Vault(root, 'watcher'), state },
      config: { ...config, watchers: { contacts: JSON.parse(JSON.stringify(this.settings)) } },
      secrets: this.password === undefined ? {} : { STEWARD_CONTACTS_PASSWORD: this.password },
      log: createLog(line => this.told.push(line), {}),
      now: () => new Date(Date.UTC(2026, 10, 21) + this.minutes * 60_000),
      monotonic: () => this.awake * 60_000,
      look: () => {
        this.#looked += 1;
      },
    });
    const before = this.#looked;
    await this.#running?.sweep();
    for (const end = Date.now() + 60_000; this.#running !== undefined && this.#looked < before + times; ) {
      assert.ok(Date.now() < end, 'it never came to an end');
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  }

  async stop(): Promise<void> {
    await this.#running?.close();
    this.#running = undefined;
  }

  known(): ReadonlyMap<string, string> {
    const { root, state } = this.opened;
    return peopleKnownTo(new Vault(root, 'executor'), state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    between.meddle = () => false;
    await this.stop();
    await this.#vault[Symbol.asyncDispose]();
  }
}

/** The paths that were asked for since, card by card. */
const askedFor = (from: number): number =>
  between.asked
    .slice(from)
    .reduce((count, { body }) => count + (body.includes('multiget') ? body.split('<d:href>').length - 1 : 0), 0);

test('whoever stands in the address book is known by address and number, never by name, and whoever leaves it is not', async () => {
  await using fetching = new Fetching();
  await radicale.put('anna.vcf', cardOf('anna', 'Anna Miller', 'Anna.Miller@Example.com', 'anna@home.example'));
  await radicale.put(
    'ben.vcf',
    cardOf('ben', 'Ben', 'ben@example.org').replace('END:', 'TEL;TYPE=cell:+49 170 1234567\nEND:'),
  );
  await fetching.fetch();
  const known = fetching.known();
  assert.deepEqual([...known].sort(), [
    ['mail:anna.miller@example.com', IN_BOOK],
    ['mail:anna@home.example', IN_BOOK],
    ['mail:ben@example.org', IN_BOOK],
    ['phone:+491701234567', IN_BOOK],
  ]);
  await radicale.put('ben.vcf', cardOf('ben', 'Ben', 'benjamin@example.org'));
  await radicale.put('cora.vcf', cardOf('cora', 'Cora', 'cora@example.dk'));
  await radicale.remove('contacts/anna.vcf');
  fetching.minutes = 61;
  const from = between.asked.length;
  await fetching.fetch();
  assert.deepEqual([...fetching.known().keys()].sort(), ['mail:benjamin@example.org', 'mail:cora@example.dk']);
  assert.equal(askedFor(from), 2, 'only what changed is fetched');
  fetching.minutes = 122;
  const again = between.asked.length;
  await fetching.fetch();
  assert.equal(askedFor(again), 0);
  assert.deepEqual(fetching.told, ['contacts   2 people in your address book']);
});

test('while the server is away what was fetched counts, and once it is back what changed is there', async () => {
  await using fetching = new Fetching();
  await radicale.put('dora.vcf', cardOf('dora', 'Dora', 'dora@example.fr'));
  await fetching.fetch();
  await radicale.end();
  fetching.minutes = 61;
  await fetching.fetch();
  assert.ok(fetching.known().has('mail:dora@example.fr'));
  const trouble = fetching.told.filter(line => line.startsWith('!'));
  assert.equal(trouble.length, 1);
  assert.match(
    trouble[0] ?? '',
    /could not be fetched: 127\.0\.0\.1:\d+ cannot be reached.*What was fetched before still counts\./,
  );
  await radicale.begin();
  await radicale.put('emil.vcf', cardOf('emil', 'Emil', 'emil@example.se'));
  fetching.minutes = 63;
  await fetching.fetch();
  assert.ok(fetching.known().has('mail:emil@example.se'), 'it is tried again after a minute, not after an hour');
  await radicale.remove('contacts/emil.vcf');
  await radicale.remove('contacts/dora.vcf');
});

test('a fetch that is cut off goes on where it was, and asks for no card twice', async () => {
  await using fetching = new Fetching();
  const many = Array.from({ length: 60 }, (_, index) => cardOf(`p${index}`, `P ${index}`, `p${index}@many.example`));
  await radicale.fill('many', 'Many', many);
  fetching.settings = { ...fetching.settings, books: ['Many'] };
  let batches = 0;
  between.meddle = (_, body, answer) => {
    if (!body.includes('multiget')) return false;
    batches += 1;
    if (batches < 2) return false;
    answer.destroy();
    return true;
  };
  const from = between.asked.length;
  await fetching.fetch();
  assert.equal([...fetching.known().keys()].length, 50);
  await fetching.stop();
  between.meddle = () => false;
  await fetching.fetch();
  assert.equal([...fetching.known().keys()].length, 60);
  assert.equal(askedFor(from), 60 + 10, 'the last batch came a second time, the others did not');
  const { state } = fetching.opened;
  const [file = ''] = readdirSync(state.contacts);
  assert.ok(readAddressBooks(state, file.replace('.json', ''))?.books[0]?.token, 'all is there: the token is kept');
  await radicale.remove('many/');
});

test('a server that no longer knows the state is asked for the whole list', async () => {
  await using fetching = new Fetching();
  await radicale.put('fay.vcf', cardOf('fay', 'Fay', 'fay@example.ie'));
  await fetching.fetch();
  await radicale.put('gus.vcf', cardOf('gus', 'Gus', 'gus@example.gr'));
  await radicale.remove('contacts/fay.vcf');
  between.meddle = (_, body, answer) => {
    if (!body.includes('sync-collection ')) return false;
    answer.writeHead(403, { 'content-type': 'application/xml' });
    answer.end('<?xml version="1.0"?><d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>');
    return true;
  };
  fetching.minutes = 61;
  await fetching.fetch();
  assert.ok(fetching.known().has('mail:gus@example.gr'));
  assert.ok(!fetching.known().has('mail:fay@example.ie'));
  await radicale.remove('contacts/gus.vcf');
});

test('a wrong password is told in plain words, without the password, and is not tried over and over', async () => {
  await using fetching = new Fetching();
  fetching.password = 'wrong-password-1';
  await fetching.fetch();
  fetching.minutes = 5;
  const from = between.asked.length;
  assert.match(
    fetching.told.join('\n'),
    /does not take this user with this password\. Some providers want an app password\. Set the right one: {2}steward secret set STEWARD_CONTACTS_PASSWORD/,
  );
  assert.ok(!fetching.told.join('\n').includes(fetching.password));
  assert.equal(between.asked.length, from);
  const { state } = fetching.opened;
  assert.match(channelNotices(state).join(), /^Your address book: .*does not take this user.*still counts/);
  await fetching.stop();
  fetching.password = DAV_PASSWORD;
  await fetching.fetch();
  assert.deepEqual(channelNotices(state), [], 'it is taken off the Dashboard once it works');
});

test('a server that sends on to a stranger does not have the stranger told the password', async () => {
  await using fetching = new Fetching();
  await using stranger = await Between.start(() => 1);
  stranger.meddle = (_asked, _body, answer) => {
    answer.writeHead(207);
    answer.end('');
    return true;
  };
  for (const status of [301, 307]) {
    between.meddle = (_asked, _body, answer) => {
      answer.writeHead(status, { location: `${stranger.url}alice/` });
      answer.end();
      return true;
    };
    await fetching.fetch();
    await fetching.stop();
  }
  assert.deepEqual(stranger.asked, []);
  assert.match(fetching.told.join('\n'), /sends Steward on to 127\.0\.0\.1:\d+, which is not told the password/);
});

test('an answer without end, one of a million elements, and one that is no XML hold nothing up and change nothing', async () => {
  await using fetching = new Fetching();
  await radicale.put('ivo.vcf', cardOf('ivo', 'Ivo', 'ivo@example.is'));
  await fetching.fetch();
  const endless = (answer: ServerResponse): void => {
    answer.on('drain', () => endless(answer));
    while (answer.write(' '.repeat(65_536)));
  };
  const bodies: readonly ((answer: ServerResponse) => void)[] = [
    endless,
    answer => answer.end(`<r>${'<a/>'.repeat(1_000_000)}</r>`),
    answer => answer.end(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`),
    answer => answer.end('<html>Welcome'),
    answer => answer.end(),
  ];
  for (const body of bodies) {
    between.meddle = (_asked, _body, answer) => {
      answer.writeHead(207, { 'content-type': 'application/xml' });
      body(answer);
      return true;
    };
    fetching.minutes += 61;
    await fetching.fetch();
    assert.ok(fetching.known().has('mail:ivo@example.is'));
  }
  assert.match(fetching.told.join('\n'), /answered with more than 16 MB/);
  assert.match(fetching.told.join('\n'), /answered with more than can be read/);
  between.meddle = () => false;
  await radicale.remove('contacts/ivo.vcf');
});

test('an account that is taken out of the settings takes its contacts along', async () => {
  await using fetching = new Fetching();
  await radicale.put('hal.vcf', cardOf('hal', 'Hal', 'hal@example.hu'));
  await fetching.fetch();
  assert.ok(fetching.known().has('mail:hal@example.hu'));
  await fetching.stop();
  const { state } = fetching.opened;
  writeFileSync(path.join(state.contacts, 'another.json'), '{"format":1,"url":"u","user":"v","books":[]}\n');
  const { root, config } = fetching.opened;
  const unset = {
    ...{ vault: new Vault(root, 'watcher'), state, secrets: {}, now: () => new Date() },
    look: () => undefined,
  };
  const started = await contacts.start({
    ...unset,
    config: { ...config, watchers: {} },
    log: createLog(() => undefined, {}),
  });
  assert.equal(started, undefined);
  assert.equal(fetching.known().size, 0);
  await radicale.remove('contacts/hal.vcf');
});

test('a book that is not there, and settings with a mistake, are told with what to do', async () => {
  await using fetching = new Fetching();
  fetching.settings = { ...fetching.settings, books: ['Friends'] };
  await fetching.fetch();
  assert.match(fetching.told.join('\n'), /There is no address book “Friends”\. Those there are: “Contacts”/);
  await fetching.stop();
  fetching.settings = { url: 'http://dav.example/', user: 'alice' };
  await fetching.fetch();
  assert.match(fetching.told.join('\n'), /watchers\.contacts\.url: an address that begins with https/);
});

test('the doctor is told whether the address book can be read', async () => {
  await using fetching = new Fetching();
  const ask = (password: string): ReturnType<NonNullable<typeof contacts.ping>> | undefined =>
    contacts.ping?.(
      fetching.settings,
      { state: fetching.opened.state, secrets: { STEWARD_CONTACTS_PASSWORD: password }, now: () => new Date() },
      AbortSignal.timeout(30_000),
    );
  assert.deepEqual(await ask(DAV_PASSWORD), { ok: true, value: '“Contacts” can be read' });
  const wrong = await ask('wrong');
  assert.ok(wrong !== undefined && !wrong.ok && /does not take this user/.test(wrong.failure.message));
});

/** Tries the whole way in once more, as a day later. */
async function prove(fetching: Fetching): Promise<{ readonly told: string; readonly asked: readonly string[] }> {
  fetching.minutes += 25 * 60;
  fetching.awake += 61;
  const from = between.asked.length;
  await fetching.fetch();
  return {
    told: channelNotices(fetching.opened.state).join('\n'),
    asked: between.asked.slice(from).map(({ method }) => method),
  };
}

test('the way in is proved by reading alone, once a day, also where nothing may be written', async () => {
  await using fetching = new Fetching();
  await radicale.put('ida.vcf', cardOf('ida', 'Ida', 'ida@example.no'));
  await fetching.fetch();
  const { told, asked } = await prove(fetching);
  assert.equal(told, '');
  assert.deepEqual([...new Set(asked)].sort(), ['PROPFIND', 'REPORT']);
  const proved = (): string | undefined => readChannels(fetching.opened.state, 'contacts')['Your address book']?.proved;
  const first = proved();
  assert.ok(first !== undefined);
  fetching.minutes += 61;
  fetching.awake += 61;
  await fetching.fetch();
  assert.equal(proved(), first);
  await radicale.remove('contacts/ida.vcf');
});

test('a server that keeps a change to itself is found out, all of it is read anew, and that is told until it is proved again', async () => {
  await using fetching = new Fetching();
  await radicale.put('jan.vcf', cardOf('jan', 'Jan', 'jan@example.pl'));
  await fetching.fetch();
  await radicale.put('kim.vcf', cardOf('kim', 'Kim', 'kim@example.kr'));
  const { state } = fetching.opened;
  const [file = ''] = readdirSync(state.contacts);
  const token = readAddressBooks(state, file.replace('.json', ''))?.books[0]?.token ?? '';
  // It says that the state of the book is what it was.
  between.meddle = (asked, body, answer) => {
    if (!body.includes('displayname')) return false;
    answer.writeHead(207, { 'content-type': 'application/xml' });
    const properties = `<d:resourcetype><d:collection/><c:addressbook/></d:resourcetype><d:displayname>Contacts</d:displayname><d:sync-token>${token}</d:sync-token><d:supported-report-set><d:supported-report><d:report><d:sync-collection/></d:report></d:supported-report></d:supported-report-set>`;
    answer.end(
      `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:response><d:href>${asked.url}contacts/</d:href><d:propstat><d:prop>${properties}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>`,
    );
    return true;
  };
  fetching.minutes = 61;
  await fetching.fetch();
  assert.ok(!fetching.known().has('mail:kim@example.kr'), 'so it is not noticed by itself');
  const { told } = await prove(fetching);
  assert.match(
    told,
    /^Your address book: its server had not told of everything that changed there.*read all of it anew/,
  );
  assert.ok(fetching.known().has('mail:kim@example.kr'));
  const { told: after } = await prove(fetching);
  assert.equal(after, '');
  for (const card of ['jan', 'kim']) await radicale.remove(`contacts/${card}.vcf`);
});

test('a card that is kept otherwise than it is at the server is found out, and fetched again', async () => {
  await using fetching = new Fetching();
  await radicale.fill('lone', 'Lone', [cardOf('lea', 'Lea', 'lea@example.ch')]);
  fetching.settings = { ...fetching.settings, books: ['Lone'] };
  await fetching.fetch();
  const { state } = fetching.opened;
  const [file = ''] = readdirSync(state.contacts);
  const kept = path.join(state.contacts, file);
  writeFileSync(kept, readFileSync(kept, 'utf8').replace('lea@example.ch', 'eve@example.ch'));
  const { told } = await prove(fetching);
  assert.match(told, /read all of it anew/);
  assert.deepEqual([...fetching.known().keys()], ['mail:lea@example.ch']);
  await radicale.remove('lone/');
});

test('a server that goes away in the midst of a proof is not called wrong for it, and is asked again within the hour', async () => {
  await using fetching = new Fetching();
  await radicale.put('mia.vcf', cardOf('mia', 'Mia', 'mia@example.it'));
  await fetching.fetch();
  between.meddle = (_, body, answer) => {
    if (!body.includes('getetag/><d:resourcetype')) return false;
    answer.destroy();
    return true;
  };
  const { told } = await prove(fetching);
  assert.equal(told, '');
  assert.equal(readChannels(fetching.opened.state, 'contacts')['Your address book']?.proved, undefined);
  between.meddle = () => false;
  await prove(fetching);
  assert.ok(readChannels(fetching.opened.state, 'contacts')['Your address book']?.proved !== undefined);
  await radicale.remove('contacts/mia.vcf');
});

test('cards are read by what they say of addresses and numbers, in every version, and nothing else is believed', () => {
  const card = (...lines: readonly string[]): string => ['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n');
  const rows: readonly [string, readonly string[] | undefined][] = [
    [card('VERSION:3.0', 'FN:A', 'EMAIL;TYPE=INTERNET,PREF:a@x.example'), ['a@x.example']],
    [card('VERSION:4.0', 'FN:A', 'item1.EMAIL;PREF=1:a@x.example', 'item1.X-ABLABEL:Work'), ['a@x.example']],
    [card('VERSION:2.1', 'FN;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg', 'EMAIL;PREF;INTERNET:a@x.example'), ['a@x.example']],
    [card('VERSION:3.0', 'FN:evil@x.example', 'NOTE:EMAIL:evil@x.example', 'EMAIL:a@x.ex\r\n ample'), ['a@x.example']],
    [card('VERSION:3.0', 'FN:A', 'EMAIL;X="a:b;c":a@x.example'), ['a@x.example']],
    [card('VERSION:4.0', 'FN:All', 'KIND:group', 'EMAIL:all@x.example', 'MEMBER:mailto:a@x.example'), []],
    [card('VERSION:3.0', 'X-ADDRESSBOOKSERVER-KIND:group', 'FN:All', 'EMAIL:all@x.example'), []],
    [card('VERSION:3.0', 'FN:A'), []],
    ['no card', undefined],
    ['', undefined],
    ['BEGIN:VCARD\r\nEMAIL:a@x.example\r\n', undefined],
  ];
  for (const [text, mails] of rows) assert.deepEqual(readCard(text)?.mails, mails, text);
});
