import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseApproval, renderApproval } from '../../core/approval-note.ts';
import { canonicalJson, Json, wellFormed } from '../../core/digest.ts';
import { Envelope } from '../../core/envelope.ts';
import { codeSpan, noteLink, noteProperty, proseLine, quoted } from '../../core/inert.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { parseQuestion, renderQuestion } from '../../core/question-note.ts';
import { type Action, newAction } from '../../orchestrator/execute/action.ts';
import { LogLines } from '../../orchestrator/report/log-lines.ts';
import { renderReceipt } from '../../orchestrator/report/receipt-note.ts';
import { renderStop } from '../../orchestrator/report/stop-note.ts';
import { dropNote } from '../../watchers/filesystem/drop-note.ts';
import { envelopeWith } from '../helpers/any-envelope.ts';
import { HOSTILE } from '../helpers/hostile-markdown.ts';
import { shapeOf } from '../helpers/live-markdown.ts';

const AT = new Date('2026-11-21T10:00:00Z');
const isOwn = (name: string): boolean => /^invoice-01234567(?:-[a-z0-9-]+)?$/.test(name);
const oneLine = (piece: string): string =>
  piece
    .replace(/[\n\r]/g, ' ')
    .slice(0, 300)
    .toWellFormed() || 'x';
const sound = (piece: string): string => piece.toWellFormed();

function envelopeOf(piece: string): Envelope {
  return Envelope.parse(
    envelopeWith({
      title: oneLine(piece),
      account: sound(piece),
      brain: sound(piece),
      task_note: oneLine(piece),
      arguments: { text: sound(piece), list: [sound(piece)], deep: { [sound(piece)]: sound(piece) } },
      attachments: [{ path: sound(piece) || 'x', sha256: 'b'.repeat(64), size: 1 }],
      origins: {
        text: { kind: 'dropped', path: sound(piece) },
        list: { kind: 'contacts', note: sound(piece) },
        deep: { kind: 'incoming', source: sound(piece) },
      },
      reasons: [oneLine(piece)],
      source: oneLine(piece).slice(0, 80).toWellFormed(),
      role: oneLine(piece).slice(0, 80).toWellFormed(),
    }),
  );
}

function settled(piece: string, part: Partial<Action>): Action {
  return {
    ...newAction(envelopeOf(piece)),
    approvedBy: sound(piece),
    reason: sound(piece),
    settledAt: AT.toISOString(),
    ...part,
  };
}

const seen = (piece: string): Parameters<typeof dropNote>[0] => ({
  kind: 'seen',
  ...{ source: 'filesystem', task: 'file-0123456789ab', note: 'invoice-01234567', instance: 'x' },
  title: piece,
  origin: { kind: 'dropped', path: piece },
  file: { path: piece, name: piece, sha256: 'b'.repeat(64), size: 1, modified: AT.toISOString() },
});

function question(piece: string): string {
  return renderQuestion({
    ...{ id: 'note-0123456789ab-q1', task: 'note-0123456789ab', task_note: piece, plan_note: 'invoice-01234567-plan' },
    title: proseLine(piece) || 'x',
    context: [proseLine(piece) || 'x', '', `About ${noteLink(piece)}:`, '', quoted(piece)].join('\n'),
    choices: [proseLine(`a ${piece}`), 'Drop it'],
    created: AT,
  });
}

function logNote(piece: string): string {
  const lines = new LogLines();
  const envelope = envelopeOf(piece);
  const bodies = [
    { kind: 'PROPOSED', envelope, digest: 'a'.repeat(64) },
    { kind: 'REFUSED', id: 'file-0123456789ab-a2', task: 'file-0123456789ab', action: piece, why: piece },
    { kind: 'QUARANTINED', path: piece, why: piece },
  ].map(body => LedgerRecord.parse(wellFormed(body)));
  const text = bodies.map(
    (body, index) => lines.next({ seq: index + 1, at: AT.toISOString(), body, hash: 'c'.repeat(64) }).text,
  );
  for (const line of text) assert.equal(canonicalJson(Json.parse(JSON.parse(line))), line.trimEnd());
  return `# log\n\n${'```'}json\n${text.join('')}`;
}

/** Where foreign text enters a note that pure code renders. */
const PLACES: Readonly<Record<string, (piece: string) => string>> = {
  'the note of a dropped file': piece => dropNote(seen(piece), AT),
  'an approval': piece => renderApproval(envelopeOf(piece)),
  'an approval that waits': piece =>
    renderApproval(envelopeOf(piece), { waits: { why: piece, until: '2026-11-22T10:00:00.000Z' } }),
  'an approval that is held': piece => renderApproval({ ...envelopeOf(piece), zone: 'yellow' }),
  'a receipt': piece =>
    renderReceipt(
      settled(piece, {
        state: 'confirmed',
        settled: {
          ...{ kind: 'CONFIRMED', id: 'file-0123456789ab-a1', how: 'answered' },
          receipt: { [piece]: piece, list: [piece] },
          undo: { action: piece, arguments: { text: piece } },
        },
      }),
    ),
  'the proof of a failure': piece => renderReceipt(settled(piece, { state: 'failed' })),
  'a question': question,
  'the note of a stop': piece => renderStop({ why: piece, by: 'steward', mend: piece }, AT),
  'a log': logNote,
};

test('the corpus holds at least eighty pieces, and each of them would be live if it stood in a note as it is', () => {
  assert.ok(Object.keys(HOSTILE).length >= 80, String(Object.keys(HOSTILE).length));
  const harmless = shapeOf('# x\n\nword\n\nend\n', isOwn).blocks;
  const dull = Object.entries(HOSTILE).filter(([, piece]) => {
    const { live, blocks } = shapeOf(`# x\n\n${piece}\n\nend\n`, isOwn);
    return live.length === 0 && JSON.stringify(blocks) === JSON.stringify(harmless);
  });
  // What is live only to plugins, within code, or by its look.
  const known = [
    'nothing',
    'only blanks',
    'a link in other characters',
    'a canvas',
    'YAML out of place',
    'a Meta Bind button',
  ];
  const expected = [...known, 'strong text', 'a hard break', 'backticks that do not match', 'a long run of backticks'];
  assert.deepEqual(
    dull.map(([name]) => name).filter(name => !expected.includes(name) && !/Dataview (query|script) in/.test(name)),
    [],
  );
});

for (const [place, render] of Object.entries(PLACES)) {
  test(`nothing from outside is live in ${place}, whatever it says`, () => {
    const { blocks } = shapeOf(render('word'), name => isOwn(name) || name === 'word');
    for (const [name, piece] of Object.entries(HOSTILE)) {
      const note = render(piece);
      // A task’s own note may have any name that is no more than a name.
      const shape = shapeOf(note, to => isOwn(to) || to === piece);
      assert.deepEqual(shape.live, [], `${name}\n${note}`);
      assert.deepEqual(shape.blocks, blocks, `${name} changes what the note consists of\n${note}`);
    }
  });
}

test('an approval that holds any of it still says exactly what is on record, and is undecided', () => {
  for (const [name, piece] of Object.entries(HOSTILE)) {
    const envelope = envelopeOf(piece);
    const parsed = parseApproval(renderApproval(envelope));
    assert.ok(parsed.ok, `${name}: ${JSON.stringify(parsed)}`);
    assert.deepEqual(parsed.value.envelope, envelope, name);
    assert.equal(parsed.value.decision, undefined, name);
  }
});

test('a question that holds any of it is unanswered', () => {
  for (const [name, piece] of Object.entries(HOSTILE)) {
    const parsed = parseQuestion(question(piece), [proseLine(`a ${piece}`), 'Drop it']);
    assert.ok(parsed.ok, `${name}: ${JSON.stringify(parsed)}`);
    assert.equal(parsed.value.answer, undefined, name);
  }
});

test('no code span begins with what a plugin runs in one, and no name of a note is more than a name', () => {
  for (const piece of [...Object.values(HOSTILE), '= 1', '$= 1', '  =1', 'INPUT[x]', 'view[x]', '\u200b= 1']) {
    assert.doesNotMatch(codeSpan(piece), /^`+ ?(?:\$?=|[A-Za-z_]+\[)/, piece);
    assert.match(noteLink(piece), /^(?:\[\[[^[\]|#^]+\]\]|`.*`|\(empty\))$/, piece);
    assert.match(noteProperty(piece), /^(?:\[\[[^[\]|#^]+\]\]|(?!.*(?:\[\[|\]\])).*)$/, piece);
  }
});
