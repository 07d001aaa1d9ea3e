import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { sha256 } from '../../core/digest.ts';
import { envelopeDigest } from '../../core/envelope.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import { anchorLine, readAnchors } from '../../orchestrator/report/anchor.ts';
import { checkSignatures } from '../../orchestrator/report/check-signatures.ts';
import { envelopeOf, LongLedger, recordsOfTask, taskOf, VAULT_ID } from '../helpers/long-ledger.ts';
import { policyText } from '../helpers/policy.ts';
import { allowed, fileKey, signedBy } from '../helpers/ssh.ts';
import { TempFolder } from '../helpers/temp.ts';

const DAY = 24 * 3_600_000;
const FROM = Date.parse('2026-01-01T12:00:00Z');

/** A ledger over some days, a task a day. */
function overDays(days: number): LongLedger {
  const made = new LongLedger();
  made.add([{ kind: 'OPENED', vault: VAULT_ID, version: '0.0.0' }], new Date(FROM));
  for (let day = 0; day < days; day += 1) made.add(recordsOfTask(day), new Date(FROM + day * DAY + 1000));
  return made;
}

const LOG = '2026-01-02-local.md';

/** What somebody may do to the log files, and what is said then. */
const DONE_TO_LOGS: Readonly<Record<string, { readonly do: (made: LongLedger) => void; readonly said: RegExp }>> = {
  'a key that stands twice': {
    do: made => change(made, text => text.replace('{"action_type"', '{"actor":"person","action_type"')),
    said: /is not what the ledger says/,
  },
  'trailing blanks': {
    do: made => change(made, text => text.replace('}\n', '} \n')),
    said: /not what the ledger says/,
  },
  'CRLF for LF': { do: made => change(made, text => text.replaceAll('\n', '\r\n')), said: /before the log itself/ },
  'a BOM': { do: made => change(made, text => `\ufeff${text}`), said: /line 1, before the log itself/ },
  'a NUL at the end': { do: made => appendFileSync(made.log(LOG), '\0'), said: /its last line is cut off/ },
  'an empty line at the end': {
    do: made => appendFileSync(made.log(LOG), '\n'),
    said: /is not what|none of the ledger’s/,
  },
  'garbage at the end': {
    do: made => appendFileSync(made.log(LOG), 'abc\n'),
    said: /is not what|none of the ledger’s/,
  },
  'words of a person at the end': {
    do: made => appendFileSync(made.log('2026-01-05-local.md'), 'I saw this.\n'),
    said: /none of the ledger’s/,
  },
  'another property': {
    do: made => change(made, text => text.replace('---\n', '---\nseen: true\n')),
    said: /before the log/,
  },
  'a second file for the same day': {
    do: made => copyFileSync(made.log(LOG), made.log('2026-01-02-local (2).md')),
    said: /“?Logs\/2026-01-02-local \(2\)\.md”? is no log/,
  },
  'a second file in capitals': {
    do: made => copyFileSync(made.log(LOG), made.log('2026-01-02-LOCAL.md')),
    said: /is no log/,
  },
  'a sync conflict': {
    do: made => copyFileSync(made.log(LOG), made.log('2026-01-02-local.sync-conflict-20260103.md')),
    said: /is no log/,
  },
  'a renamed day': {
    do: made => renameSync(made.log(LOG), made.log('2026-01-09-local.md')),
    said: /lacks records|before the log itself/,
  },
  'a renamed day with the day inside changed too': {
    do: made => {
      rmSync(made.log('2026-01-03-local.md'));
      rmSync(made.log('2026-01-04-local.md'));
      rmSync(made.log('2026-01-05-local.md'));
      change(made, text => text.replaceAll('2026-01-02', '2026-01-20').replaceAll('2026-01-20T', '2026-01-02T'));
      renameSync(made.log(LOG), made.log('2026-01-20-local.md'));
    },
    said: /stands in the file of another day/,
  },
  'a day called another node’s': {
    do: made => renameSync(made.log(LOG), made.log('2026-01-02-cloud.md')),
    said: /2026-01-02-cloud\.md: line \d+, before the log itself/,
  },
  'a missing day': { do: made => rmSync(made.log(LOG)), said: /lacks records \d+ to \d+/ },
  'the first day missing': { do: made => rmSync(made.log('2026-01-01-local.md')), said: /lacks records 1 to \d+/ },
  'the last day missing': { do: made => rmSync(made.log('2026-01-05-local.md')), said: /lacks records/ },
  'all days missing': {
    do: made => {
      for (const name of made.logs) rmSync(made.log(name));
    },
    said: /lacks records 1 to/,
  },
  'a day emptied of its lines': {
    do: made => change(made, text => text.slice(0, text.indexOf('{'))),
    said: /holds no line/,
  },
  'two days in one file': {
    do: made => {
      const next = readFileSync(made.log('2026-01-03-local.md'), 'utf8');
      rmSync(made.log('2026-01-03-local.md'));
      appendFileSync(made.log(LOG), next.slice(next.indexOf('{')));
    },
    said: /stands in the file of another day/,
  },
  'a ledger with CRLF': {
    do: made => writeFileSync(made.ledger, readFileSync(made.ledger, 'utf8').replaceAll('\n', '\r\n')),
    said: /damaged at record 1/,
  },
  'a ledger with a BOM': {
    do: made => writeFileSync(made.ledger, `\ufeff${readFileSync(made.ledger, 'utf8')}`),
    said: /damaged at record 1/,
  },
  'a ledger with garbage at its end': { do: made => appendFileSync(made.ledger, 'x\n'), said: /damaged at record/ },
  'a ledger with NULs at its end': { do: made => appendFileSync(made.ledger, '\0\0'), said: /it is cut off/ },
  'a ledger with a zero before a length': {
    do: made => writeFileSync(made.ledger, `0${readFileSync(made.ledger, 'utf8')}`),
    said: /damaged at record 1/,
  },
  'an empty ledger': { do: made => writeFileSync(made.ledger, ''), said: /the ledger was cut/ },
  'no ledger at all': { do: made => rmSync(made.ledger), said: /the ledger was cut/ },
};

function change(made: LongLedger, how: (text: string) => string): void {
  writeFileSync(made.log(LOG), how(readFileSync(made.log(LOG), 'utf8')));
}

for (const [name, { do: act, said }] of Object.entries(DONE_TO_LOGS)) {
  test(`verify finds ${name}`, () => {
    using made = overDays(5);
    assert.deepEqual(made.check().problems, []);
    act(made);
    const told = made.check().problems.join('\n');
    assert.match(told, said);
  });
}

test('a person’s own note beside the logs, and another node’s sound log, are no damage; a changed one is', () => {
  using made = overDays(2);
  using other = overDays(3);
  writeFileSync(made.log('My remarks.md'), 'x');
  for (const name of other.logs) {
    const text = readFileSync(other.log(name), 'utf8')
      .replace('node: local', 'node: cloud')
      .replace(', local', ', cloud');
    writeFileSync(made.log(name.replace('-local', '-cloud')), text);
  }
  assert.deepEqual(made.check().problems, []);
  const cloud = made.log('2026-01-02-cloud.md');
  writeFileSync(cloud, readFileSync(cloud, 'utf8').replace('"approved_by":"tester"', '"approved_by":"nobody"'));
  assert.match(made.check().problems.join(), /2026-01-02-cloud\.md: line \d+ does not follow/);
});

test('the log of a node whose name ends like another’s is not taken for its own', () => {
  using made = overDays(2);
  const text = readFileSync(made.log(LOG), 'utf8');
  writeFileSync(made.log('2026-01-02-not-local.md'), text.replace('node: local', 'node: not-local'));
  assert.ok(made.check().problems.every(problem => problem.startsWith('2026-01-02-not-local.md')));
});

const task = taskOf(0xabc);
const red = envelopeOf(task);
const green = envelopeOf(task, 1, { zone: 'green' });
const yellow = envelopeOf(task, 1, { zone: 'yellow' });
const proposed = (envelope = red): LedgerRecord => ({ kind: 'PROPOSED', envelope, digest: envelopeDigest(envelope) });
const approved = (more: Partial<Extract<LedgerRecord, { kind: 'APPROVED' }>> = {}, of = red): LedgerRecord => ({
  ...{ kind: 'APPROVED', id: of.id, digest: envelopeDigest(of), way: 'moved', by: 'tester', changed: [], ...more },
});
const intent = (digest = envelopeDigest(red), attempt = 1): LedgerRecord => ({
  kind: 'INTENT',
  id: red.id,
  digest,
  attempt,
});
const confirmed: LedgerRecord = { kind: 'CONFIRMED', id: red.id, receipt: {}, how: 'answered' };
const elsewhere = { ...red, arguments: { ...red.arguments, to: 'Documents/mine.pdf' } };
const changedTo = (envelope: typeof red, changed: string[]): LedgerRecord =>
  approved({ envelope, digest: envelopeDigest(envelope), changed });

const policy = (yaml: string, by = 'tester'): LedgerRecord => {
  const text = policyText(yaml);
  return { kind: 'POLICY', sha256: sha256(text), text, by };
};
const loosening = envelopeOf(task, 1, {
  ...{ server: 'steward', tool: 'policy' },
  arguments: { loosens: ['x'], sha256: sha256('another'), text: 'another' },
});

/** What a forger who can write a whole chain and its log may add, and what is said of its last record. */
const FORGED: Readonly<Record<string, { readonly records: readonly LedgerRecord[]; readonly why: RegExp }>> = {
  'a proposal whose digest is another’s': {
    records: [{ kind: 'PROPOSED', envelope: red, digest: envelopeDigest(elsewhere) }],
    why: /digest is not that of its envelope/,
  },
  'an approval of something else': {
    records: [proposed(), approved({}, elsewhere)],
    why: /digest is not that of what/,
  },
  'an approval of what nobody proposed': { records: [approved()], why: /does not follow from nothing/ },
  'a second approval': { records: [proposed(), approved(), approved()], why: /does not follow from approved/ },
  'an approval after a refusal': {
    records: [proposed(), { kind: 'REJECTED', id: red.id, way: 'moved', by: 'tester', reason: '' }, approved()],
    why: /does not follow from rejected/,
  },
  'an approval with another value than it says': {
    records: [proposed(), changedTo(elsewhere, ['from'])],
    why: /the value to changed, and that is not said/,
  },
  'a change of values without the values': {
    records: [proposed(), approved({ changed: ['to'] })],
    why: /does not hold them/,
  },
  'a changed value with another task beside it': {
    records: [proposed(), changedTo({ ...elsewhere, task: taskOf(1) }, ['to'])],
    why: /its task changed with it/,
  },
  'a changed value with another tool beside it': {
    records: [proposed(), changedTo({ ...elsewhere, tool: 'copy' }, ['to'])],
    why: /its tool changed with it/,
  },
  'a changed value that lives longer': {
    records: [proposed(), changedTo({ ...elsewhere, expires: '2036-01-01T00:00:00.000Z' }, ['to'])],
    why: /its expires changed with it/,
  },
  'an origin that became a person’s while its value stayed': {
    records: [
      proposed(),
      changedTo({ ...elsewhere, origins: { from: { kind: 'person' }, to: { kind: 'person' } } }, ['to']),
    ],
    why: /the origin of from changed/,
  },
  'policy’s approval of what is red': {
    records: [proposed(), approved({ way: 'policy', by: 'policy' })],
    why: /what it says a person must be asked for/,
  },
  'policy’s approval of a yellow one that was not held': {
    records: [proposed(yellow), approved({ way: 'policy', by: 'policy' }, yellow)],
    why: /without holding it first/,
  },
  'policy’s approval with values of its own': {
    records: [
      proposed(green),
      approved({
        way: 'policy',
        envelope: { ...elsewhere, zone: 'green' },
        changed: ['to'],
        digest: envelopeDigest({ ...elsewhere, zone: 'green' }),
      }),
    ],
    why: /only a person changes values/,
  },
  'a signed approval without a signature': {
    records: [proposed(), approved({ way: 'signed' })],
    why: /has no signature/,
  },
  'an unsigned approval of what needs one': {
    records: [proposed({ ...red, signature: 'required' }), approved({}, { ...red, signature: 'required' })],
    why: /it needed a signature/,
  },
  'an effect that nobody approved': { records: [proposed(), intent()], why: /INTENT does not follow from proposed/ },
  'an effect other than what was approved': {
    records: [proposed(), approved(), intent(envelopeDigest(elsewhere))],
    why: /what was begun is not what was approved/,
  },
  'a try that was left out': { records: [proposed(), approved(), intent(undefined, 2)], why: /it is no try 2/ },
  'a second effect after its receipt': {
    records: [proposed(), approved(), intent(), confirmed, intent(undefined, 2)],
    why: /does not follow from confirmed/,
  },
  'a receipt without an effect': { records: [proposed(), approved(), confirmed], why: /does not follow from approved/ },
  'an effect while everything is stopped': {
    records: [proposed(), approved(), { kind: 'STOPPED', why: 'x', by: 'tester' }, ...wait(3), intent()],
    why: /while everything was stopped/,
  },
  'a task called done that was refused': {
    records: [
      proposed(),
      { kind: 'REJECTED', id: red.id, way: 'moved', by: 'tester', reason: '' },
      { kind: 'CLOSED', task, title: 'x', verdict: 'done', why: 'x', notes: [] },
    ],
    why: /it is called done, and ended rejected/,
  },
  'a task closed over an open action': {
    records: [proposed(), { kind: 'CLOSED', task, title: 'x', verdict: 'failed', why: 'x', notes: [] }],
    why: /still open/,
  },
  'a filing of what is not settled': { records: [proposed(), { kind: 'FILED', what: red.id }], why: /is not settled/ },
  'a filing of a task that was not closed': { records: [{ kind: 'FILED', what: task }], why: /was not closed/ },
  'an answer to what nobody asked': {
    records: [{ kind: 'ANSWERED', question: `${red.id}-lapsed`, about: red.id, answer: 'Ask me again' }],
    why: /nobody asked/,
  },
  'a policy whose text is another': {
    records: [{ kind: 'POLICY', sha256: '0'.repeat(64), text: 'x', by: 'tester' }],
    why: /hash is not that of its text/,
  },
  'a policy that allows more, which nobody approved': {
    records: [policy('rules:\n  - {name: all, zone: green, action: "*"}')],
    why: /allows more than the one before/,
  },
  'a looser policy behind a stricter one': {
    records: [policy('caps: []', 'steward'), policy('rules: []\ncaps: []\nhold_minutes: 1')],
    why: /allows more than the one before/,
  },
  'a looser policy over the approval of another': {
    records: [
      proposed(loosening),
      approved({}, loosening),
      { kind: 'INTENT', id: loosening.id, digest: envelopeDigest(loosening), attempt: 1 },
      policy('rules:\n  - {name: all, zone: green, action: "*"}'),
    ],
    why: /allows more than the one before/,
  },
  'policy’s approval of what was still held': {
    records: [
      proposed(yellow),
      { kind: 'HELD', id: yellow.id, until: '2026-01-04T13:00:00.000Z' },
      approved({ way: 'policy', by: 'policy' }, yellow),
    ],
    why: /before its hold was over/,
  },
  'an effect after its approval had lapsed': {
    records: [
      proposed({ ...red, expires: '2026-01-04T11:00:00.000Z' }),
      approved({}, { ...red, expires: '2026-01-04T11:00:00.000Z' }),
      intent(envelopeDigest({ ...red, expires: '2026-01-04T11:00:00.000Z' })),
    ],
    why: /after its approval had lapsed/,
  },
  'a signed approval whose signature is none': {
    records: [proposed(), approved({ way: 'signed', signature: 'x' })],
    why: /signature cannot be read/,
  },
  'a ledger that is opened twice': { records: [{ kind: 'OPENED', vault: VAULT_ID, version: 'x' }], why: /opened once/ },
};

function wait(seconds: number): LedgerRecord[] {
  return Array.from({ length: seconds }, () => ({ kind: 'QUARANTINED', path: 'x', why: 'x' }));
}

for (const [name, { records, why }] of Object.entries(FORGED)) {
  test(`verify names the record of a forger who chains it well: ${name}`, () => {
    using made = overDays(2);
    made.add(records, new Date(FROM + 3 * DAY));
    const { problems, records: count } = made.check();
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', new RegExp(`^Record ${count} of the ledger cannot be true: .*${why.source}`));
  });
}

test('what the executor writes is never called forged: changed values, holds, policy’s zones, retries, a signature', () => {
  using made = overDays(2);
  const held: LedgerRecord = { kind: 'HELD', id: red.id, until: '2026-01-04T00:00:00.000Z' };
  const later: LedgerRecord = { kind: 'NOT_SENT_RETRY', id: red.id, proof: 'busy', next: '2026-01-04T00:00:00.000Z' };
  const digest = envelopeDigest(yellow);
  made.add([proposed(yellow), held, approved({ way: 'policy', by: 'policy' }, yellow)], new Date(FROM + 3 * DAY));
  made.add([intent(digest), later, intent(digest, 2), confirmed], new Date(FROM + 4 * DAY));
  const text = policyText('rules:\n  - {name: all, zone: green, action: "*"}');
  const wanted = { ...loosening, id: 'policy-1', arguments: { loosens: ['x'], sha256: sha256(text), text } };
  const own = envelopeDigest(wanted);
  const begun: LedgerRecord = { kind: 'INTENT', id: wanted.id, digest: own, attempt: 1 };
  const held2: LedgerRecord = { kind: 'POLICY', sha256: sha256(text), text, by: 'tester' };
  made.add([proposed(wanted), approved({}, wanted), begun, held2], new Date(FROM + 5 * DAY));
  made.add([policy('rules:\n  - {name: all, zone: red, action: "*"}')], new Date(FROM + 6 * DAY));
  assert.deepEqual(made.check().problems, []);
});

test('a page that was fetched stands in the log by its beginning and its hash, and the log still follows to the byte', () => {
  using made = overDays(1);
  const page = `A page of a stranger’s. ${'x'.repeat(40_000)}`;
  const read: LedgerRecord = { kind: 'CONFIRMED', id: red.id, receipt: { text: page }, how: 'answered' };
  made.add([proposed(), approved(), intent(), read], new Date(FROM + 3 * DAY));
  assert.deepEqual(made.check().problems, []);
  const log = readFileSync(made.log('2026-01-04-local.md'), 'utf8');
  assert.ok(log.length < 8000, `${log.length} characters`);
  assert.match(log, /A page of a stranger/);
  assert.ok(log.includes(sha256(page)));
});

test('a signature on record is held against what it is over: by another key, for another action or decision it is found', async () => {
  using folder = new TempFolder();
  const [anna, eve] = [fileKey(folder.path, 'anna'), fileKey(folder.path, 'eve')];
  const keys: LedgerRecord = {
    kind: 'KEYS',
    change: 'allowed',
    fingerprints: [],
    keys: [allowed(anna, 'anna')],
    by: 'x',
  };
  const decision = { vault: VAULT_ID, action: red.id, decision: 'approved', digest: envelopeDigest(red) } as const;
  const told = async (signature: string, by = 'anna', more: LedgerRecord[] = []): Promise<string> => {
    using made = overDays(1);
    made.add([keys, ...more, proposed(), approved({ way: 'signed', by, signature })], new Date(FROM + 3 * DAY));
    const { problems, claims } = made.check();
    return [...problems, ...(await checkSignatures(claims, folder.path))].join('\n');
  };
  assert.equal(await told(signedBy(anna, decision)), '');
  const rest: readonly (readonly [string, RegExp, string?, LedgerRecord[]?])[] = [
    [signedBy(eve, decision), /by a key that did not count for anna/],
    [signedBy(anna, decision), /by a key that did not count for eve/, 'eve'],
    [signedBy(anna, decision), /did not count/, 'anna', [{ ...keys, change: 'revoked', keys: [] }]],
    [signedBy(anna, { ...decision, action: `${red.id}1` }), /not over this decision/],
    [signedBy(anna, { ...decision, decision: 'rejected' }), /not over this decision/],
    [signedBy(anna, { ...decision, digest: envelopeDigest(yellow) }), /not over this decision/],
    [signedBy(anna, { ...decision, vault: 'f'.repeat(16) }), /not over this decision/],
  ];
  for (const [signature, why, by, more] of rest) assert.match(await told(signature, by, more), why);
});

test('an anchor is found in a mail that quotes it; of another vault, another node, another beginning or half it counts for nothing', () => {
  using made = overDays(3);
  const { head, first = '', records: seq } = made.check();
  const anchor = { at: '2026-01-09T00:00:00.000Z', vault: VAULT_ID, node: 'local', seq, head, first };
  const told = (more: object): string =>
    made.check({ anchors: readAnchors(anchorLine({ ...anchor, ...more })).anchors }).problems.join();
  assert.deepEqual(readAnchors(`Dear me,\r\n> ${anchorLine(anchor)}\r\nkeep it`).anchors, [anchor]);
  assert.equal(told({}), '');
  assert.match(told({ vault: 'f'.repeat(16) }), /another vault/);
  assert.match(told({ node: 'cloud' }), /another node/);
  assert.match(told({ first: 'f'.repeat(64) }), /does not begin as\sit did/);
  assert.match(told({ head: 'f'.repeat(64) }), /is not the one that was anchored/);
  assert.match(told({ seq: seq + 1 }), /it was cut, or restored/);
  assert.equal(readAnchors(anchorLine(anchor).slice(0, -3)).mistakes.length, 1);
  assert.equal(readAnchors(anchorLine(anchor).replace(' 1 ', ' 2 ')).mistakes.length, 1);
});

test('whoever writes ledger and log anew from some record on is found by an anchor and by a copy from before', () => {
  using made = overDays(5);
  const { head, first = '', records: seq } = made.check();
  const anchors = [{ at: '2026-01-09T00:00:00.000Z', vault: VAULT_ID, node: 'local', seq, head, first }];
  const copied = path.join(made.base, 'copy');
  copyFileSync(made.log('2026-01-05-local.md'), copied);
  using forged = overDays(4);
  const four = envelopeOf(taskOf(4));
  forged.add([proposed(four), approved({}, four)], new Date(FROM + 4 * DAY + 1000));
  forged.add(recordsOfTask(9).slice(0, 3), new Date(FROM + 4 * DAY + 9000));
  assert.deepEqual(forged.check().problems, [], 'by itself it is sound');
  assert.match(forged.check({ anchors }).problems.join(), /not the one that was anchored/);
  const files = [{ name: '2026-01-05-local.md', day: '2026-01-05', node: 'local' }];
  const bytes = readFileSync(copied, 'utf8').split('\n').slice(0, -1);
  const read = (): Iterable<{ bytes: Buffer; end: number; isWhole: boolean }> =>
    bytes.map(line => ({ bytes: Buffer.from(line), end: 0, isWhole: true }));
  assert.match(
    forged.check({ copies: [{ files, read }] }).problems.join(),
    /In the copy: .* is not what the ledger says/,
  );
});
