import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Recorded } from '../../core/journal.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import { minuteOf } from '../../core/names.ts';
import { Review } from '../../orchestrator/report/review.ts';
import { tellStory } from '../../orchestrator/report/story.ts';
import type { TaskRecord } from '../../orchestrator/think/task-record.ts';
import { readSince } from '../../scripts/commands/review.ts';
import { envelopeOf, taskOf } from '../helpers/long-ledger.ts';

const task = taskOf(1);
const minute = (number: number): string => new Date(Date.parse('2026-03-01T10:00:00Z') + number * 60_000).toISOString();
const on = <T>(seq: number, body: T): Recorded<T> => ({ seq, at: minute(seq), body, hash: '' });
const reasons = ['The rule “replies” in Policies.md lets it through after a hold.'];
const yellow = envelopeOf(task, 1, {
  ...{ zone: 'yellow', reasons, title: 'Mail Anna', server: 'email', tool: 'send' },
  arguments: { to: 'anna@example.com', text: 'Hello \u001b[31mred' },
  origins: { to: { kind: 'contacts', note: 'Memory/People/Anna.md' }, text: { kind: 'model' } },
});
const { id } = yellow;
const digest = 'd'.repeat(64);

const JOURNAL: readonly Recorded<TaskRecord>[] = [
  on(1, {
    ...{
      kind: 'TAKEN',
      id: task,
      stem: 'paper-000000000001',
      title: 'Question',
      source: 'mail',
      note: 'x',
      own: false,
    },
    ...{ sha256: '0'.repeat(64), origin: { kind: 'incoming', source: 'mail' }, sender: 'anna@example.com' },
  }),
  on(2, {
    kind: 'TURN',
    turn: {
      say: '',
      calls: [
        { id: 'c1', tool: 'plan_update', input: { summary: 'Answer her.', steps: [{ text: 'Look her up' }] } },
        { id: 'c2', tool: 'mail_search', input: { words: 'invoice March' } },
      ],
      usage: { input_tokens: 1, output_tokens: 1, model: 'some-model' },
    },
  }),
];
const LEDGER: readonly Recorded<LedgerRecord>[] = [
  on(3, { kind: 'READ', call: 'c2', task, action: 'mail.search', sha256: 'a'.repeat(64) }),
  on(4, { kind: 'PROPOSED', envelope: yellow, digest }),
  on(5, { kind: 'HELD', id, until: minute(20) }),
  on(6, { kind: 'PAUSED', channel: 'email', why: 'The password is wrong.', by: 'steward' }),
  on(7, { kind: 'PAUSED', channel: 'files', why: 'Another server.', by: 'steward' }),
  on(8, {
    ...{ kind: 'APPROVED', id, digest, way: 'signed', by: 'Tom', changed: ['to'], signature: 'x' },
    envelope: { ...yellow, arguments: { ...yellow.arguments, to: 'bob@example.com' } },
  }),
  on(9, { kind: 'CAPPED', id, why: 'Ten mails an hour.', until: minute(60) }),
  on(10, { kind: 'INTENT', id, digest, attempt: 1 }),
  on(11, { kind: 'CONFIRMED', id, receipt: { message_id: '<1@example.com>' }, how: 'answered' }),
  on(12, { kind: 'CLOSED', task, title: 'Question', verdict: 'done', why: 'Answered.', notes: [] }),
];

test('why tells in order what came in, what was read and planned, which zone and why, who decided, holds, caps and the receipt', () => {
  const told = tellStory(task, JOURNAL, LEDGER);
  assert.deepEqual(
    told.map(({ at }) => at),
    told.map(({ at }) => at).sort(),
  );
  const text = told.map(one => [one.text, ...one.details].join('\n')).join('\n');
  const expected = [
    /came in by way of mail from anna@example\.com/,
    /Planned by some-model: Answer her\.\n- \[ \] Look her up/,
    /Read with mail\.search\.\nwords: invoice March\nsha256 of what was read a{64}/,
    /Proposed \S+-a1 \(email\.send, by tester\): Mail Anna\nto: anna@example\.com \(from your contacts\)/,
    /zone yellow: The rule “replies”/,
    /is held until/,
    /email was paused \(steward\): The password is wrong\./,
    /Tom approved \S+ with a signature, with changed values\.\nto: anna@example\.com → bob@example\.com\nsignature on record/,
    /is over a cap and waits until .*: Ten mails an hour\./,
    /Began \S+ \(try 1\)\./,
    /Done: \S+, confirmed by what did it\. Receipt:\nmessage_id: <1@example\.com>/,
    /Ended as\sdone: Answered\./,
  ];
  let from = 0;
  for (const one of expected) {
    const found = one.exec(text.slice(from));
    assert.ok(found, `${one} does not follow in\n${text}`);
    from += found.index;
  }
  assert.doesNotMatch(text, /Another server/, 'a pause elsewhere is no part of this story');
  assert.ok(!text.includes('\u001b'), 'what came from outside cannot colour a terminal');
});

test('why of one task tells nothing of another', () => {
  const other = envelopeOf(taskOf(2));
  const more = [
    on(1, { kind: 'PROPOSED', envelope: other, digest } as const),
    on(2, { kind: 'EXPIRED', id: other.id } as const),
  ];
  assert.equal(tellStory(task, [], [...more, ...LEDGER]).length, tellStory(task, [], LEDGER).length);
});

test('review lists what policy let through, held, capped, refused, what lapsed and what Steward stopped, and nothing of a person', () => {
  const seen = new Review(minute(11));
  const green = envelopeOf(taskOf(2), 1, { zone: 'green', title: 'Write a note', reasons: ['The rule “notes”.'] });
  const held = envelopeOf(taskOf(3), 1, { zone: 'yellow', title: 'Post it' });
  const red = envelopeOf(taskOf(4), 1, { title: 'Pay it' });
  const late = envelopeOf(taskOf(5), 1, { title: 'Too late' });
  const old = envelopeOf(taskOf(6), 1, { zone: 'green', title: 'Old news' });
  const by = { by: 'policy', way: 'policy' as const, digest, changed: [] };
  const all: LedgerRecord[] = [
    { kind: 'PROPOSED', envelope: old, digest },
    { kind: 'APPROVED', id: old.id, ...by },
    { kind: 'PROPOSED', envelope: yellow, digest },
    { kind: 'HELD', id, until: minute(20) },
    { kind: 'PROPOSED', envelope: held, digest },
    { kind: 'HELD', id: held.id, until: minute(90) },
    { kind: 'PROPOSED', envelope: red, digest },
    { kind: 'PROPOSED', envelope: late, digest },
    { kind: 'PROPOSED', envelope: green, digest },
    { kind: 'STOPPED', why: 'too early', by: 'steward' },
    { kind: 'APPROVED', id: green.id, ...by },
    { kind: 'INTENT', id: green.id, digest, attempt: 1 },
    { kind: 'CONFIRMED', id: green.id, receipt: {}, how: 'answered' },
    { kind: 'APPROVED', id, ...by },
    { kind: 'APPROVED', id: red.id, ...by, way: 'moved', by: 'Tom' },
    { kind: 'CAPPED', id: red.id, why: 'A hundred a day.', until: minute(99) },
    { kind: 'EXPIRED', id: late.id },
    {
      kind: 'REFUSED',
      id: `${taskOf(7)}-a1`,
      task: taskOf(7),
      action: 'files.delete',
      why: 'It is on the never list.',
    },
    { kind: 'PAUSED', channel: 'email', why: 'Five faults in a row.', by: 'steward' },
    { kind: 'PAUSED', channel: 'files', why: 'x', by: 'Tom' },
    { kind: 'FILED', what: green.id },
  ];
  for (const [index, body] of all.entries()) seen.take(on(index + 1, body));
  assert.deepEqual(
    seen.found().map(({ kind, title, state, why }) => [kind, title, state, ...why]),
    [
      ['green', 'Write a note', 'confirmed', 'The rule “notes”.'],
      ['yellow', 'Mail Anna', 'approved', ...reasons],
      ['lapsed', 'Too late', 'expired'],
      ['refused', 'files.delete', '', 'It is on the never list.'],
      ['brakes', 'Paused email', '', 'Five faults in a row.'],
      ['held', 'Post it', 'held', `until ${minuteOf(minute(90))}`],
      ['capped', 'Pay it', 'capped', `A hundred a day. Until ${minuteOf(minute(99))}.`],
    ],
  );
  assert.equal(seen.decided, 1);
});

test('review begins some hours, days or weeks ago, or at a local day that there is', () => {
  const now = new Date(2026, 10, 21, 12, 0, 0);
  const at = (given: string): number | undefined => {
    const since = readSince(given, now);
    return since.ok ? since.value.getTime() : undefined;
  };
  assert.equal(at('24h'), now.getTime() - 86_400_000);
  assert.equal(at('7d'), now.getTime() - 7 * 86_400_000);
  assert.equal(at('2W'), now.getTime() - 14 * 86_400_000);
  assert.equal(at('2026-11-20'), new Date(2026, 10, 20).getTime());
  assert.equal(at('2026-11-20 08:30'), new Date(2026, 10, 20, 8, 30).getTime());
  for (const wrong of ['', 'yesterday', '24', '2026-02-30', '2026-13-01', '-1d', '1e9d'])
    assert.equal(at(wrong), undefined, wrong);
});
