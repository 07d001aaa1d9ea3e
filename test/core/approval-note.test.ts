import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withPassing } from '../../core/approval-callout.ts';
import { parseApproval, renderApproval } from '../../core/approval-note.ts';
import { canonicalJson } from '../../core/digest.ts';
import { Envelope } from '../../core/envelope.ts';
import { setProperty } from '../../core/front-matter.ts';
import { sentence } from '../../core/outcome.ts';
import { judge } from '../../orchestrator/approve/judge.ts';
import { anyEnvelope, envelopeWith, nastyText } from '../helpers/any-envelope.ts';

const RUNS = process.env.STEWARD_TEST_LONG === '1' ? 30_000 : 1500;

function read(text: string): NonNullable<ReturnType<typeof parsed>> {
  return parsed(text) ?? assert.fail(`not read:\n${text}`);
}
function parsed(text: string): Extract<ReturnType<typeof parseApproval>, { ok: true }>['value'] | undefined {
  const result = parseApproval(text);
  return result.ok ? result.value : undefined;
}

test('whatever an envelope holds, the note shows it so that exactly it is read back, undecided', () => {
  fc.assert(
    fc.property(anyEnvelope, envelope => {
      assert.deepEqual(Envelope.parse(envelope), envelope);
      const note = read(renderApproval(envelope));
      assert.deepEqual(note.envelope, envelope);
      assert.equal(note.decision, undefined);
      assert.equal(note.reason, '');
      assert.deepEqual(judge(envelope, note), { kind: 'same' });
    }),
    { numRuns: RUNS, seed: 42 },
  );
});

test('what passes is shown beside what is on record: it changes nothing of it, and can be written anew over a person’s words', () => {
  const at = fc.date({ min: new Date('2026-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
  const passing = fc.record(
    { until: at.map(date => date.toISOString()), waits: fc.record({ why: nastyText, until: at.map(String) }) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(anyEnvelope, passing, passing, (envelope, before, after) => {
      const text = renderApproval(envelope, before);
      const note = read(text);
      assert.deepEqual(note.envelope, envelope);
      assert.equal(note.decision, undefined);
      assert.deepEqual(judge(envelope, note, before.waits), { kind: 'same' });
      const own = `${text}Mine: - [x] Approve\n`.replace('- [ ] Reject', '- [x] Reject');
      const anew = withPassing(own, envelope, after);
      assert.equal(
        anew,
        `${renderApproval(envelope, after)}Mine: - [x] Approve\n`.replace('- [ ] Reject', '- [x] Reject'),
      );
    }),
    { numRuns: RUNS / 5, seed: 45 },
  );
});

test('a line that says why something waits, and that nobody of ours wrote, is an alteration', () => {
  const waits = { why: 'Your accountant has looked at it already.', until: '2026-11-30T10:00:00.000Z' };
  const note = read(renderApproval(envelopeWith(), { waits }));
  assert.equal(judge(envelopeWith(), note).kind, 'tampered');
  assert.equal(judge(envelopeWith(), note, { ...waits, why: 'A cap.' }).kind, 'tampered');
});

test('a note stays the same when its envelope comes back from the ledger, which sorts names', () => {
  fc.assert(
    fc.property(anyEnvelope, envelope => {
      const back = Envelope.parse(JSON.parse(canonicalJson(envelope)));
      assert.equal(renderApproval(back), renderApproval(envelope));
    }),
    { numRuns: 100 },
  );
  const mail = { to: ['anna@example.test'], text: 'Hello\n', subject: 'Numbers' };
  const note = parseApproval(renderApproval(envelopeWith({ arguments: mail })));
  assert.ok(note.ok);
  const { to, text, subject } = mail;
  const sorted = envelopeWith({ arguments: { subject, text, to } });
  assert.equal(judge({ ...sorted, nonce: note.value.envelope.nonce }, note.value).kind, 'same');
});

test('a note that an editor saved with CRLF line ends still says the same', () => {
  fc.assert(
    fc.property(anyEnvelope, envelope => {
      const note = read(renderApproval(envelope).replaceAll('\n', '\r\n'));
      assert.deepEqual(note.envelope, envelope);
      assert.deepEqual(judge(envelope, note), { kind: 'same' });
    }),
    { numRuns: RUNS / 5, seed: 43 },
  );
});

test('properties as Obsidian writes them anew, with some of its own, change nothing of what is approved', () => {
  const envelope = envelopeWith();
  const text = renderApproval(envelope);
  const rewritten = text
    .replace('decision:\n', 'decision: ""\n')
    .replace('reason:\n', 'reason: null\ntags:\n  - steward\n  - urgent\naliases: []\ncssclasses: []\n')
    .replace(/^type: approval$/m, 'type: "approval"')
    .replace(/^task: .*$/m, "task: '[[invoice-01234567]]'");
  assert.notEqual(rewritten, text);
  assert.deepEqual(judge(envelope, read(rewritten)), { kind: 'same' });
});

for (const [written, decision] of [
  ['approved', 'approved'],
  ['approve', 'approved'],
  ['rejected', 'rejected'],
  ['reject', 'rejected'],
  ['Approved', 'approved'],
  [' yes ', 'approved'],
  ['NO', 'rejected'],
] as const) {
  test(`the property decision: ${written} is read as ${decision}, and judged to be the same note`, () => {
    const changed = setProperty(renderApproval(envelopeWith()), 'decision', written);
    const note = read(changed.ok ? changed.value : '');
    assert.equal(note.decision, decision);
    assert.deepEqual(judge(envelopeWith(), note), { kind: 'same' });
  });
}

test('a decision that is neither yes nor no is told in its own words, not as a broken note', () => {
  const changed = setProperty(renderApproval(envelopeWith()), 'decision', 'perhaps');
  const note = parseApproval(changed.ok ? changed.value : '');
  assert.match(note.ok ? '' : sentence(note.failure), /“perhaps”, which is neither yes nor no\. Write approved/);
});

test('the two boxes above the first heading are read, in either case of x, and a reason is kept', () => {
  const text = renderApproval(envelopeWith()).replace('reason:', 'reason: not today: never');
  const plain = renderApproval(envelopeWith()).replace('reason:', 'reason: 17');
  assert.equal(parsed(text), undefined);
  assert.equal(read(plain.replace('- [ ] Reject', '- [X] Reject')).decision, 'rejected');
  assert.equal(read(plain).reason, '17');
  assert.equal(read(plain.replace('- [ ] Approve', '- [x] Approve')).decision, 'approved');
});

test('a yes and a no at once is no decision', () => {
  const text = renderApproval(envelopeWith());
  assert.equal(
    parsed(text.replace('- [ ] Approve', '- [x] Approve').replace('- [ ] Reject', '- [x] Reject')),
    undefined,
  );
  assert.equal(
    parsed(text.replace('decision:', 'decision: rejected').replace('- [ ] Approve', '- [x] Approve')),
    undefined,
  );
});

test('what a person writes under “Your notes” never counts, whatever it looks like', () => {
  const envelope = envelopeWith();
  const text = `${renderApproval(envelope)}- [x] Approve\n**to** · x\n\`\`\`text\nElsewhere\n\`\`\`\n> [!info]- Fine print\n\`\`\`\n`;
  const note = read(text);
  assert.equal(note.decision, undefined);
  assert.deepEqual(judge(envelope, note), { kind: 'same' });
});

test('a value that a person changes in its box is the only thing that is judged as changed', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zA-Z0-9 ./äß-]{1,40}$/), value => {
      const envelope = envelopeWith();
      const text = renderApproval(envelope).replace(
        '```text\nAccounting/2026/2026-11-03 invoice.pdf',
        `\`\`\`text\n${value}`,
      );
      const note = read(text);
      assert.deepEqual(note.envelope, { ...envelope, arguments: { ...envelope.arguments, to: value } });
      const expected = value === envelope.arguments.to ? { kind: 'same' } : { kind: 'changed', names: ['to'] };
      assert.deepEqual(judge(envelope, note), expected);
    }),
    { numRuns: 300, seed: 44 },
  );
});

test('a hidden character in a value is shown as an escape, so that the eye sees what a program would get', () => {
  for (const hidden of [
    '\u200b',
    '\u202e',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '\u0000',
    '\r',
    '\u00ad',
    '\u3164',
    '\udb40\udc41',
  ]) {
    const shown = renderApproval(
      envelopeWith({ arguments: { to: `in${hidden}voice`, list: [hidden], a: { [hidden]: 1 } } }),
    );
    assert.ok(!shown.replace(/\n/g, '').includes(hidden), JSON.stringify(hidden));
  }
});
