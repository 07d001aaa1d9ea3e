import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { writeAddressBooks } from '../../core/address-book.ts';
import { contactsIn } from '../../core/contacts.ts';
import type { Json } from '../../core/digest.ts';
import { lookalikeOf } from '../../core/look-alike.ts';
import type { Destination } from '../../core/policy.ts';
import type { Reach } from '../../core/reach.ts';
import { SeenJournal } from '../../core/seen.ts';
import { openStateFolder, type StateFolder } from '../../core/state-folder.ts';
import { Vault } from '../../core/vault.ts';
import { knownFrom } from '../../orchestrator/decide/known.ts';
import { destinationsOf } from '../../orchestrator/decide/standing.ts';
import { History } from '../../orchestrator/execute/history.ts';
import { SENDS } from '../helpers/policy.ts';
import { TempFolder } from '../helpers/temp.ts';

const OWN = { email: { from: 'me@example.test', user: 'me@example.test', host: 'mail.example.test' } };
const WATCHED = { mail: { accounts: { work: { address: 'Me@work.test', host: 'mail.work.test' } } } };
const PEOPLE = {
  'Anna.md': '---\nemail: anna.miller@example.com\n---\nTel. +49 170 1234567, <https://anna.example.net/page>\n',
  'Ben.md': 'Writes from **ben@example.org**. IBAN DE89 3704 0044 0532 0130 00 BANK\n',
  'Odd.md': "Also o'brien@example.com and x@sub.example.com.evil.test\n",
};

const NOW = new Date('2026-11-21T10:00:00Z');

/** What is put into the state folder of a vault before it is asked. */
function fill(state: StateFolder): void {
  const card = { etag: '"1"', name: 'Cora Jensen', mails: ['Cora.Jensen@example.dk'], phones: ['+45 12345678'] };
  const cards = { '/cora/1.vcf': card };
  const book = { url: 'https://dav.example/cora/', name: 'Contacts', cards };
  writeAddressBooks(state, 'main', { format: 1, url: 'https://dav.example/', user: 'cora', books: [book] });
  const journal = new SeenJournal(
    state.seen,
    'mail',
    state.tmp,
    () => NOW,
    () => undefined,
  );
  journal.record({ kind: 'wrote_to', message: '<1@x>', addresses: ['dora@example.fr'], day: '2026-10-01' });
  journal.record({ kind: 'wrote_to', message: '<2@x>', addresses: ['dora@example.fr'], day: '2026-11-03' });
  journal.record({ kind: 'wrote_to', message: '<3@x>', addresses: ['dora@example.fr'], day: '2026-02-03' });
  journal.record({
    ...{ kind: 'seen', source: 'mail', task: 'mail-0123456789ab', note: 'hello-0123456789ab', title: 'Hello' },
    ...{ origin: { kind: 'incoming', source: 'mail' }, sender: 'stranger@elsewhere.test', instance: '1' },
  });
  journal.close();
}

/** The standing of what an argument holds, in a vault with people. */
function standings(to: Json, more: Partial<Reach> = {}): readonly Destination[] {
  using base = new TempFolder();
  const folder = { path: path.join(base.path, 'vault') };
  mkdirSync(path.join(folder.path, 'Memory', 'People'), { recursive: true });
  for (const [name, text] of Object.entries(PEOPLE))
    writeFileSync(path.join(folder.path, 'Memory', 'People', name), text);
  const opened = openStateFolder(path.join(base.path, 'state'), folder.path, '0123456789abcdef');
  assert.ok(opened.ok);
  const state = opened.value;
  fill(state);
  const known = knownFrom(
    new Vault(folder.path, 'executor'),
    state,
    { servers: OWN, watchers: WATCHED },
    new History(),
  );
  return destinationsOf({ reach: { ...SENDS, ...more }, arguments: { to }, files: ['Documents/a.pdf'] }, known);
}
const one = (to: Json, more: Partial<Reach> = {}): Destination => standings(to, more)[0] ?? assert.fail('nothing');

for (const [value, standing] of [
  ['me@example.test', 'self'],
  ['me@EXAMPLE.test', 'self'],
  ['me@work.test', 'self'],
  ['anna.miller@example.com', 'known'],
  ['anna.miller@Example.COM', 'known'],
  ['ben@example.org', 'known'],
  ['+491701234567', 'known'],
  ['0049 170 1234567', 'known'],
  ['491701234567@c.us', 'known'],
  ['DE89370400440532013000', 'known'],
  ['https://anna.example.net/other?x=1', 'known'],
  ["o'brien@example.com", 'known'],
  ['Anna.Miller@example.com', 'known'],
  ['cora.jensen@example.dk', 'known'],
  ['0045 12345678', 'known'],
  ['dora@example.fr', 'known'],
  ['stranger@elsewhere.test', 'new'],
  ['brien@example.com', 'new'],
  ['x@sub.example.com', 'new'],
  ['"anna.miller@example.com" <evil@example.test>', 'new'],
  ['anna.miller@example.com <evil@example.test>', 'new'],
  ['evil@example.test,anna.miller@example.com', 'new'],
  ['https://anna.example.net@evil.test/', 'new'],
  ['https://anna.example.net.evil.test/', 'new'],
  ['https://evil.test/?u=https://anna.example.net/', 'new'],
  ['DE88370400440532013000', 'new'],
  ['Documents/a.pdf', 'self'],
  ['Documents/b.pdf', 'new'],
  ['all@example.com', 'bulk'],
  ['friends@googlegroups.com', 'bulk'],
  ['12345-678@g.us', 'bulk'],
] as const) {
  test(`${value} is ${standing}`, () => {
    const judged = one(value);
    assert.equal(judged.standing, standing, judged.why);
    assert.ok(judged.why.length > 5);
  });
}

for (const [value, like] of [
  ['anna.miIIer@example.com', 'anna.miller@example.com'],
  ['anna.rniller@example.com', 'anna.miller@example.com'],
  ['аnna.miller@example.com', 'anna.miller@example.com'],
  ['anna.miller@exarnple.com', 'anna.miller@example.com'],
  ['anna.miller@xn--exmple-4nf.com', 'anna.miller@example.com'],
  ['anna.miler@example.com', 'anna.miller@example.com'],
  ['anan.miller@example.com', 'anna.miller@example.com'],
  ['billing@examp1e.com', 'example.com'],
  ['anna.miller+pay@example.com', 'anna.miller@example.com'],
  ['annamiller@example.com', 'anna.miller@example.com'],
  ['anna.miller@example.co', 'anna.miller@example.com'],
  ['anna.miller@example.net', 'anna.miller@example.com'],
  ['accounts@example.com.pay.test', 'example.com'],
  ['accounts@example-invoices.test', 'example.'],
  ['anna.miller@exаmple.com', 'anna.miller@example.com'],
  ['dora@exarnple.fr', 'dora@example.fr'],
  ['cora.jensen@exampIe.dk', 'cora.jensen@example.dk'],
] as const) {
  test(`${value} is new, and said to look like ${like}`, () => {
    const judged = one(value);
    assert.equal(judged.standing, 'new');
    assert.match(judged.why, /looks like/i);
    assert.ok(judged.why.includes(like), judged.why);
  });
}

test('an honest stranger looks like nobody', () => {
  assert.doesNotMatch(one('carla@elsewhere.example').why, /looks like/);
});

test('two people of one public provider, or of two, look like nobody for that', () => {
  for (const [one, other] of [
    ['kim@gmail.com', 'anna.miller@googlemail.com'],
    ['kim@yahoo.de', 'anna.miller@yahoo.com'],
    ['kim@mail.com', 'anna.miller@gmail.com'],
    ['kim@example.com', 'anna.miller@example.com'],
    ['kim@sub.example.com', 'anna.miller@example.com'],
    ['kim@firm.example', 'kim@elsewhere.example'],
  ] as const)
    assert.equal(lookalikeOf(one, [other]), undefined, one);
  assert.equal(lookalikeOf('anna.miller@yahoo.com', ['anna.miller@yahoo.de']), 'anna.miller@yahoo.de');
});

test('each judgement says where it comes from', () => {
  assert.equal(one('anna.miller@example.com').why, 'It stands in Memory/People/Anna.md.');
  assert.equal(one('cora.jensen@example.dk').why, 'It stands in your address book.');
  assert.equal(one('dora@example.fr').why, 'You wrote to it on 2026-11-03.');
  assert.match(one('stranger@elsewhere.test').why, /no note of Memory\/People.*no address book.*never wrote to it/);
});

test('more than ten at once are many, and each is still judged by itself', () => {
  const to = Array.from({ length: 11 }, (_, index) => `person${index}@elsewhere.test`);
  const judged = standings(to);
  assert.equal(judged.filter(({ standing }) => standing === 'new').length, 11);
  assert.equal(judged.filter(({ standing }) => standing === 'bulk').length, 1);
  assert.equal(standings(to.slice(0, 10)).filter(({ standing }) => standing === 'bulk').length, 0);
  assert.equal(
    standings([...to.slice(0, 10), ...to.slice(0, 5)]).some(({ standing }) => standing === 'bulk'),
    false,
  );
});

test('of a list or a nested value every element is judged', () => {
  const judged = standings([{ address: 'anna.miller@example.com' }, ['evil@elsewhere.test']]);
  assert.deepEqual(
    judged.map(({ standing }) => standing),
    ['known', 'new'],
  );
});

test('what stays on this computer goes to nobody, and a draft to a stranger is still to a stranger', () => {
  assert.equal(one('Documents/x.md', { does: 'create', egress: false }).standing, 'self');
  assert.equal(one('evil@elsewhere.test', { does: 'draft', egress: false }).standing, 'new');
  assert.equal(one('https://evil.test/x', { does: 'read', egress: false }).standing, 'new');
});

test('notes name people by whole words only, in the forms that people write', () => {
  const keys = contactsIn(
    'a@b.example. (c@d.example) `e@f.example` | g@h.example | mailto:i@j.example äk@l.example m@n.exampleß 2026-11-30',
  ).map(({ key }) => key);
  assert.deepEqual(
    keys.filter(key => key.includes('@')),
    ['a@b.example', 'c@d.example', 'e@f.example', 'g@h.example', 'i@j.example'],
  );
});
