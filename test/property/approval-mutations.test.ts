import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseApproval, renderApproval } from '../../core/approval-note.ts';
import { canonicalJson } from '../../core/digest.ts';
import type { Envelope } from '../../core/envelope.ts';
import { judge } from '../../orchestrator/approve/judge.ts';
import { anyEnvelope, envelopeWith, nastyText } from '../helpers/any-envelope.ts';

const RUNS = process.env.STEWARD_TEST_LONG === '1' ? 400_000 : 20_000;

type Mutate = (text: string, one: number, two: number, extra: string) => string;
const lines = (text: string, change: (all: string[]) => void): string => {
  const all = text.split('\n');
  change(all);
  return all.join('\n');
};
/** Changes a character of what stands in one of the boxes with values. */
const inBox: Mutate = (text, one, two, extra) => {
  const boxes = [...text.matchAll(/^(`{3,})(?:text|json)\n([\s\S]*?)\n\1$/gm)];
  const box = boxes[one % Math.max(1, boxes.length)];
  if (box === undefined) return text;
  const start = box.index + box[0].indexOf('\n') + 1;
  const at = start + (two % ((box[2] ?? '').length + 1));
  return text.slice(0, at) + (extra === '' ? 'x' : extra) + text.slice(at);
};
const MUTATIONS: readonly Mutate[] = [
  inBox,
  (text, one, two) => inBox(text, one, two, 'y'),
  (text, one, two) => {
    const bytes = Buffer.from(text);
    bytes[one % bytes.length] = two % 256;
    return bytes.toString('utf8');
  },
  (text, one) => text.slice(0, one % text.length) + text.slice((one % text.length) + 1),
  (text, one, two) =>
    `${text.slice(0, one % text.length)}${String.fromCharCode(32 + (two % 95))}${text.slice(one % text.length)}`,
  (text, one, _, extra) => `${text.slice(0, one % text.length)}${extra}${text.slice(one % text.length)}`,
  (text, one, two) =>
    lines(text, all => {
      const [a, b] = [one % all.length, two % all.length];
      [all[a], all[b]] = [all[b] ?? '', all[a] ?? ''];
    }),
  (text, one, two) => lines(text, all => all.splice(one % all.length, 0, all[two % all.length] ?? '')),
  (text, one) => lines(text, all => all.splice(one % all.length, 1)),
  (text, one, _, extra) => lines(text, all => all.splice(one % all.length, 1, extra)),
  (text, one, two) => text.slice(0, one % text.length) + text.slice(two % text.length),
];

/** The note with what may differ left out: values in boxes, decision, ticks, own properties, own notes, white space. */
function judged(recorded: Envelope, text: string): 'same' | 'changed' | 'refused' {
  const note = parseApproval(text);
  if (!note.ok) return 'refused';
  if (note.value.id !== recorded.id) return 'refused';
  const judgement = judge(recorded, note.value);
  if (judgement.kind === 'tampered') return 'refused';
  const { arguments: before, ...rest } = recorded;
  const { arguments: after, ...shown } = note.value.envelope;
  assert.deepEqual(shown, rest, 'everything but the values is as recorded');
  const names = Object.keys({ ...before, ...after }).filter(
    name => canonicalJson(before[name] ?? '(none)') !== canonicalJson(after[name] ?? '(none)'),
  );
  if (judgement.kind === 'same') assert.deepEqual(names, [], 'nothing differs unsaid');
  else assert.deepEqual([...judgement.names].sort(), names.sort(), 'exactly the changed values are named');
  assert.deepEqual(Object.keys(after).sort(), Object.keys(before).sort(), 'no value came or went');
  // What is done is what is shown: around the boxes nothing differs, and each value stands in the note word for word.
  const again = parseApproval(renderApproval(recorded));
  assert.ok(again.ok && again.value.skeleton === note.value.skeleton);
  for (const value of Object.values(after)) {
    if (typeof value !== 'string' || !/^[\x20-\x7e]+$/.test(value)) continue;
    const escaped = JSON.stringify(value);
    assert.ok(text.includes(value) || text.includes(escaped) || /\\u|\\\//.test(text), `${escaped} is not shown`);
  }
  return judgement.kind;
}

test('no mutation of an approval is accepted as anything but what it shows: the same, the named values changed, or refused', () => {
  const seen = { same: 0, changed: 0, refused: 0 };
  const pool = fc.sample(anyEnvelope, { numRuns: 40, seed: 7 });
  const notes = [envelopeWith(), envelopeWith(), ...pool].map(envelope => ({
    envelope,
    text: renderApproval(envelope),
  }));
  fc.assert(
    fc.property(
      fc.nat(notes.length - 1),
      fc.nat(MUTATIONS.length - 1),
      fc.nat(1_000_000),
      fc.nat(1_000_000),
      nastyText,
      fc.boolean(),
      (which, how, one, two, extra, twice) => {
        const { envelope, text } = notes[which] ?? assert.fail();
        let changed = MUTATIONS[how]?.(text, one, two, extra) ?? assert.fail();
        if (twice) changed = MUTATIONS[(how + one) % MUTATIONS.length]?.(changed, two, one, extra) ?? assert.fail();
        seen[judged(envelope, changed)] += 1;
      },
    ),
    { numRuns: RUNS, seed: 20261121 },
  );
  assert.ok(seen.same > RUNS / 100 && seen.changed > RUNS / 100 && seen.refused > RUNS / 10, JSON.stringify(seen));
});

test('every single line of an approval that is taken out, doubled or swapped leaves values and fine print as shown', () => {
  const envelope = envelopeWith();
  const text = renderApproval(envelope);
  const count = text.split('\n').length;
  for (let one = 0; one < count; one += 1) {
    judged(
      envelope,
      lines(text, all => all.splice(one, 1)),
    );
    judged(
      envelope,
      lines(text, all => all.splice(one, 0, all[one] ?? '')),
    );
    for (let two = 0; two < one; two += 1) judged(envelope, MUTATIONS[6]?.(text, one, two, '') ?? assert.fail());
  }
});
