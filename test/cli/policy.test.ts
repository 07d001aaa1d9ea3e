import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { writeAddressBooks } from '../../core/address-book.ts';
import { readEnvironment } from '../../core/config.ts';
import { openVault } from '../../core/open-vault.ts';
import { SeenJournal } from '../../core/seen.ts';
import { waitingVault } from '../helpers/prepared.ts';
import { TestVault } from '../helpers/vault.ts';

const explained = (vault: TestVault, ...args: string[]): string => {
  const { code, out, err } = vault.cli('policy', 'explain', ...args);
  assert.equal(code, 0, err);
  return out;
};

test('policy explain says zone, rule, reasons, standing, origins and caps of an action that waits, by a short id', async () => {
  await using vault = waitingVault();
  const { waiting } = JSON.parse(vault.cli('status', '--json').out);
  const id = String(waiting[0].id);
  const out = explained(vault, id.replace(/^file-/, '').slice(0, 6));
  assert.ok(out.startsWith(`files.move  ${id} is asked (red)\n`), out);
  for (const text of [
    'The rule “moving files” in Policies.md has it asked.',
    'fits   red    moving files',
    'no     red    deleting: what it does is not delete',
    'from Inbox/invoice.pdf: It is a file of yours.',
    'from: from what you dropped',
    'everything: 0 of 300 (per_hour)',
  ])
    assert.ok(out.includes(text), `${text}\n${out}`);
});

test('policy explain judges an action that only might be, with arguments and where they come from', async () => {
  await using vault = waitingVault();
  const note = '{"path": "Documents/a.md", "text": "x"}';
  assert.match(explained(vault, 'files.write', '--with', note), /^files\.write is done at once \(green\)/);
  const foreign = explained(vault, 'files.write', '--with', note, '--from', 'web');
  assert.match(foreign, /^files\.write is asked \(red\)/);
  assert.match(foreign, /“path” decides where it goes, and “Documents\/a\.md” came from a page on the web/);
  assert.match(explained(vault, 'pass.passwords'), /^pass\.passwords is not done: it is on the never list/);
  assert.match(explained(vault, 'x.y'), /taken for the worst/);
  const json = explained(vault, 'files.write', '--with', note, '--json');
  assert.equal(json.trim().split('\n').length, 1);
  assert.equal(JSON.parse(json).judgement.zone, 'green');
});

test('policy explain says of each recipient how well it is known, and from where', async () => {
  await using vault = new TestVault();
  const opened = openVault(readEnvironment(vault.environment));
  assert.ok(opened.ok);
  const { state } = opened.value;
  const cards = { '/1.vcf': { etag: '1', name: 'Cora', mails: ['cora@firm.example'], phones: [] } };
  const book = { url: 'https://dav.example/', name: 'Contacts', cards };
  writeAddressBooks(state, 'main', { format: 1, url: book.url, user: 'me', books: [book] });
  const journal = new SeenJournal(
    state.seen,
    'mail',
    state.tmp,
    () => new Date(),
    () => undefined,
  );
  journal.record({ kind: 'wrote_to', message: '<1@x>', addresses: ['dora@letters.example'], day: '2026-11-03' });
  journal.close();
  vault.write('Memory/People/Anna.md', 'anna@home.example');
  const to = ['anna@home.example', 'cora@firm.example', 'dora@letters.example', 'cora@f1rm.example', 'kim@far.example'];
  const out = explained(vault, 'email.send', '--with', JSON.stringify({ to }));
  for (const text of [
    'known  to anna@home.example: It stands in Memory/People/Anna.md.',
    'known  to cora@firm.example: It stands in your address book.',
    'known  to dora@letters.example: You wrote to it on 2026-11-03.',
    'new    to cora@f1rm.example: It looks like cora@firm.example, but is another.',
    'new    to kim@far.example: It stands in no note of Memory/People and in no address book of yours, and you never wrote to it.',
  ])
    assert.ok(out.includes(text), `${text}\n${out}`);
});

test('policy explain says in one sentence what it does not know or cannot read', async () => {
  await using vault = new TestVault();
  for (const [args, says] of [
    [['nothing'], /No action is known under “nothing”/],
    [['a.b', '--with', '{'], /is not JSON/],
    [['a.b', '--with', '[1]'], /not names with values/],
    [['a.b', '--from', 'heaven'], /no origin/],
  ] as const) {
    const { code, out, err } = vault.cli('policy', 'explain', ...args);
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, says);
  }
});

test('policy check tells mistakes with their lines, and what a change would loosen, before anything holds', async () => {
  await using vault = new TestVault();
  const file = path.join(vault.root, 'Policies.md');
  const shipped = readFileSync(file, 'utf8');
  assert.match(vault.cli('policy', 'check').out, /^understood: 16 rules, 6 caps, 11 entries .*\nNothing holds yet/);
  assert.equal(vault.once().code, 0);
  assert.match(vault.cli('policy', 'check').out, /\nIt is what holds\.\n$/);
  writeFileSync(file, shipped.replace('per_hour: 300', 'per_hour: 200'));
  assert.match(vault.cli('policy', 'check').out, /loosens nothing/);
  writeFileSync(file, shipped.replace('per_hour: 300', 'per_hour: 301'));
  assert.match(vault.cli('policy', 'check').out, /only once you approved it:\n- The cap “everything” is gone, higher/);
  assert.match(vault.cli('policy', 'explain', 'files.move').err, /^Policies\.md says something else than what holds/);
  writeFileSync(file, shipped.replace('zone: green', 'zone: gren'));
  const wrong = vault.cli('policy', 'check');
  assert.equal(wrong.code, 1);
  const line = shipped.split('\n').findIndex(one => one.includes('zone: green')) + 1;
  assert.ok(wrong.err.includes(`line ${line}: “zone” must be one of green, yellow, red`), wrong.err);
});
