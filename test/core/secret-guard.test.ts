import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { guarded, guardedAgainst, guardedDeep, keepOut, secretIn, tellOf } from '../../core/guarded.ts';
import { createLog } from '../../core/log.ts';
import { sentence } from '../../core/outcome.ts';
import { SecretGuard } from '../../core/secret-guard.ts';
import { Vault } from '../../core/vault.ts';
import { encodings, pasted } from '../helpers/canaries.ts';
import { TempFolder } from '../helpers/temp.ts';

const SALT = { text: 'salt', base: 0x9e3779b1 | 1 };
const VALUE = 'pa55 w/ord+&"é\\zZ';
const guard = new SecretGuard({ STEWARD_EMAIL_PASSWORD: VALUE }, SALT);
after(() => keepOut({}));

test('a value is found in every encoding, whatever stands around it, and is replaced by its name', () => {
  const cleaned = guard.clean(pasted([VALUE]));
  for (const form of encodings(VALUE)) assert.ok(!cleaned.text.includes(form), form);
  assert.equal(cleaned.text.match(/\[secret STEWARD_EMAIL_PASSWORD\]/g)?.length, pasted([VALUE]).split('\n').length);
  for (let before = 0; before < 9; before += 1) {
    const text = Buffer.from(`${'x'.repeat(before)}${VALUE}${'y'.repeat(before % 3)}`).toString('base64url');
    assert.equal(guard.find(text).length, 1, `base64url behind ${before} bytes`);
  }
  assert.deepEqual(guard.find(VALUE.slice(1)), [], 'less than the whole is not the value');
  assert.equal(guard.clean(`${VALUE}${VALUE}`).text, '[secret STEWARD_EMAIL_PASSWORD]'.repeat(2));
});

test('of two values of which one holds the other, the longer is replaced whole', () => {
  const both = new SecretGuard({ STEWARD_A_KEY: 'inner-value', STEWARD_B_KEY: 'outer-inner-value-outer' }, SALT);
  assert.equal(both.clean('x outer-inner-value-outer y').text, 'x [secret STEWARD_B_KEY] y');
  assert.equal(both.clean('x inner-value y').text, 'x [secret STEWARD_A_KEY] y');
});

test('what looks like a secret of a well-known kind is replaced, and ordinary text is left alone', () => {
  const a = (count: number): string => 'aB3'.repeat(count).slice(0, count);
  const kinds: Readonly<Record<string, string>> = {
    'a private key': `-----BEGIN OPENSSH ${'PRIVATE'} KEY-----\n${a(60)}\n-----END OPENSSH ${'PRIVATE'} KEY-----`,
    'an AWS access key': `AKIA${'ABCDEFGHIJ234567'}`,
    'an AWS secret key': `aws_secret_access_key = ${a(40)}`,
    'a GitHub token': `ghp_${a(36)}`,
    'a GitLab token': `glpat-${a(20)}`,
    'a Slack token': `xoxb-${a(30)}`,
    'a Slack webhook': `https://hooks.slack.com/services/${a(40)}`,
    'an Anthropic key': `sk-ant-api03-${a(40)}`,
    'an OpenAI key': `sk-proj-${a(40)}`,
    'a Google API key': `AIza${a(35)}`,
    'a Stripe key': `sk_live_${a(24)}`,
    'an npm token': `npm_${a(36)}`,
    'a SendGrid key': `SG.${a(22)}.${a(43)}`,
    'a Hugging Face token': `hf_${a(34)}`,
    'a Telegram bot token': `12345678:AA${a(33)}`,
    'an age identity': `AGE-SECRET-KEY-1${'QPZRY9X8GF'.repeat(6)}`,
    'a password in an address': 'postgres://me:s3cret@db.example.test/x',
  };
  for (const [kind, text] of Object.entries(kinds)) {
    const { text: shown, labels } = guard.clean(`see ${text} there`);
    assert.deepEqual(labels, [`[looks like ${kind}]`], `${kind}: ${shown}`);
  }
  const json = JSON.stringify({ key: kinds['a private key'] });
  assert.deepEqual(guard.clean(json).labels, ['[looks like a private key]'], 'as one line of JSON');
  const plain = [
    'Invoice 4711 of 2026-11-03, 1.234,56 EUR, IBAN DE89 3704 0044 0532 0130 00, sk-test, task-list, ghp_',
    'https://example.test:8080/a?b=c@d mailto:a@b.test ssh://git@example.test/x.git 12:30:AAh',
    'a'.repeat(64),
    'The AWS key is kept elsewhere. -----BEGIN CERTIFICATE-----',
  ].join('\n');
  assert.deepEqual(guard.find(plain), []);
});

test('a megabyte is looked through in a moment, also where somebody chose it to be slow', () => {
  const secrets = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`STEWARD_S${n}_TOKEN`, `sk-ant-api03-${n}-${VALUE}`]),
  );
  const many = new SecretGuard(secrets, SALT);
  const words = 'Lorem ipsum https://a.test/b?c=1 sk-x ghp_ AWS secret_ xoxb- :AA npm_ -----BEGIN '.repeat(13_000);
  const mean = ['aws', '://', '://a:', '-----BEGIN PRIVATE KEY-----', 'sk-ant-api03-', '0', 'xoxb-xapp-1-'].map(part =>
    part.repeat(Math.ceil(1_048_576 / part.length)),
  );
  for (const text of [words, ...mean]) {
    const times = Array.from({ length: 4 }, () => {
      const begun = performance.now();
      many.find(text);
      return performance.now() - begun;
    });
    // 25 ms where it was measured; the bound leaves room for a slow machine, and none for a quadratic search.
    assert.ok(Math.min(...times) < 400, `${text.slice(0, 20)}: ${Math.min(...times)} ms`);
  }
});

test('every text in a value is cleaned, names too, what is set apart is not, and what was left out is told', () => {
  keepOut({ STEWARD_EMAIL_PASSWORD: VALUE });
  const told: string[] = [];
  tellOf((label, place) => told.push(`${label} ${place}`));
  const given = { why: `x ${VALUE}`, deep: [{ [VALUE]: [VALUE] }], path: VALUE, count: 1, none: undefined };
  const cleaned = guardedDeep(given, 'here', new Set(['path']));
  const label = '[secret STEWARD_EMAIL_PASSWORD]';
  assert.deepEqual(cleaned, {
    why: `x ${label}`,
    deep: [{ [label]: [label] }],
    path: VALUE,
    count: 1,
    none: undefined,
  });
  assert.equal(given.why, `x ${VALUE}`, 'what was given is left as it was');
  assert.ok(told.includes(`${label} here`));
  assert.equal(secretIn({ a: ['b', { c: VALUE }] }), 'the value of STEWARD_EMAIL_PASSWORD');
  assert.equal(secretIn({ a: ['b', 1, null] }), undefined);
});

test('a log line shows no secret in any encoding, and nothing that a terminal obeys', () => {
  keepOut({});
  const lines: string[] = [];
  const log = createLog(line => lines.push(line), { STEWARD_EMAIL_PASSWORD: VALUE, STEWARD_X_KEY: 'abcd' });
  log.event(`said ${pasted([VALUE]).replaceAll('\n', ' ')} and abcd \u001b[31mred`);
  for (const form of encodings(VALUE)) assert.ok(!lines.join().includes(form), form);
  assert.match(lines.join(), /\[STEWARD_X_KEY\] .\[31mred/);
  assert.ok(!lines.join().includes('\u001b'));
});

test('Steward’s own parts write no secret into the vault, an action server writes it whole or not at all, and a person’s words stay', () => {
  using folder = new TempFolder();
  const root = path.join(folder.path, 'vault');
  mkdirSync(path.join(root, 'Plans'), { recursive: true });
  keepOut({ STEWARD_EMAIL_PASSWORD: VALUE });
  const planner = new Vault(root, 'planner');
  assert.ok(planner.create('Plans/a.md', `x ${VALUE} y\n`).ok);
  assert.equal(readFileSync(path.join(root, 'Plans', 'a.md'), 'utf8'), 'x [secret STEWARD_EMAIL_PASSWORD] y\n');

  writeFileSync(path.join(root, 'Plans', 'b.md'), `mine: ${VALUE}\nold\n`);
  const read = planner.read('Plans/b.md');
  assert.ok(read.ok);
  assert.ok(planner.replace('Plans/b.md', read.value.sha256, `mine: ${VALUE}\nnew ${VALUE}\n`).ok);
  const both = `mine: ${VALUE}\nnew [secret STEWARD_EMAIL_PASSWORD]\n`;
  assert.equal(readFileSync(path.join(root, 'Plans', 'b.md'), 'utf8'), both, 'a line of a person’s is left as it is');

  const server = new Vault(root, 'server');
  for (const data of [`x ${VALUE}`, Buffer.from(`Subject: x\r\n\r\n${Buffer.from(VALUE).toString('base64')}`)]) {
    const made = server.create('Documents/c.md', data);
    assert.ok(!made.ok);
    assert.match(sentence(made.failure), /would hold the value of STEWARD_EMAIL_PASSWORD: nothing was written/);
    assert.ok(!server.exists('Documents/c.md'));
  }
  assert.ok(new Vault(root, 'person').create('Needs_Action/mine.md', VALUE).ok);
  assert.equal(readFileSync(path.join(root, 'Needs_Action', 'mine.md'), 'utf8'), VALUE);
});

test('a secret over several lines is found where its lines are new, and a text without one is not looked at again', () => {
  const key = 'first-line-of-a-key\nsecond-line\nthird';
  keepOut({ STEWARD_X_KEY: key });
  assert.equal(
    guardedAgainst(() => 'a\nb', `a\n${key}\nb`, 'x'),
    'a\n[secret STEWARD_X_KEY]\nb',
  );
  assert.equal(
    guardedAgainst(() => assert.fail('not read'), 'a\nb', 'x'),
    'a\nb',
  );
  assert.equal(guarded('third'), 'third');
});
