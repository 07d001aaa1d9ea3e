import fc from 'fast-check';
import type { Json } from '../../core/digest.ts';
import { Envelope, type Origin } from '../../core/envelope.ts';

/** An envelope as a dropped file gives it; parts of it can be set. */
export function envelopeWith(part: Partial<Envelope> = {}): Envelope {
  return {
    format: 1,
    id: 'file-0123456789ab-a1',
    task: 'file-0123456789ab',
    task_note: 'invoice-01234567',
    plan_note: 'invoice-01234567-plan',
    note: 'invoice-01234567-approval-1',
    server: 'files',
    tool: 'move',
    definition: 'a'.repeat(64),
    account: '',
    arguments: { from: 'Inbox/invoice.pdf', to: 'Accounting/2026/2026-11-03 invoice.pdf', tags: ['one', 'two'] },
    attachments: [{ path: 'Inbox/invoice.pdf', sha256: 'b'.repeat(64), size: 12_345 }],
    origins: {
      from: { kind: 'dropped', path: 'Inbox/invoice.pdf' },
      to: { kind: 'rule', skill: 'Skills' },
      tags: { kind: 'model' },
    },
    title: 'Move Inbox/invoice.pdf to Accounting/2026/2026-11-03 invoice.pdf',
    brain: 'rulebook',
    zone: 'red',
    policy: 'c'.repeat(64),
    node: 'local',
    created: '2026-11-03T10:00:00.000Z',
    expires: '2026-11-10T10:00:00.000Z',
    nonce: 'd'.repeat(32),
    ...part,
  };
}

/** Pieces that a parser of notes might trip over. */
const NASTY = [
  ...[
    '```',
    '````',
    '``````text',
    '```json',
    '~~~',
    '`',
    '---',
    '---js',
    '--- ',
    '...',
    '# ',
    '## ',
    '## Your notes',
    '## Fine print',
  ],
  ...[
    '> [!info]- Fine print',
    '> ',
    '> ```json',
    '- [x] Approve',
    '- [X] Reject',
    '- [ ] Approve',
    '**to** · from what you wrote',
  ],
  ...[
    'decision: approved',
    'type: approval',
    'id: file-0123456789ab-a2',
    '![[x]]',
    '[[x]]',
    '![](http://x/y.png)',
    '<img src=x>',
    '<!--',
    '%%',
    '%%',
  ],
  ...[
    '`= 1+1`',
    '$= dv.pages()',
    '$$',
    '::',
    '\\',
    '\\u0000',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '&a',
    '*a',
    '!!js/function',
    '|',
    '>-',
  ],
  ...[
    '\n',
    '\n\n',
    '\r\n',
    '\r',
    '\t',
    ' ',
    '\u00a0',
    '\u2028',
    '\u2029',
    '\u0085',
    '\u200b',
    '\u202e',
    '\u2066',
    '\ufeff',
    '\u0000',
    '\u0007',
    '\u001b[31m',
  ],
  ...[
    '\ud83d\ude00',
    '\udb40\udc41',
    'é',
    'e\u0301',
    '\u115f',
    '\u3164',
    '\u00ad',
    '%% steward: end 0123456789ab %%',
    '__proto__',
    'constructor',
    '~',
  ],
];

/** Text that means ill, always whole Unicode: what has no canonical form is never proposed. */
export const nastyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...NASTY) },
      { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 9 },
  )
  .map(parts => parts.join('').toWellFormed());

/** A name of an object’s value. One name programs cannot keep is left out: it is refused wherever it comes in. */
const key = nastyText.filter(text => text !== '__proto__');
export const nastyJson: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>(tie => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    nastyText,
    fc.constantFrom<Json>(null, true, false, 0, 1.5, 1e21, 1e-7, Number.MAX_SAFE_INTEGER),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => (Object.is(value, -0) ? 0 : value)),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(key, tie('json'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).json;

const someOrigin: fc.Arbitrary<Origin> = fc.oneof(
  fc.constantFrom<Origin>({ kind: 'person' }, { kind: 'handbook' }, { kind: 'model' }, { kind: 'unknown' }),
  nastyText.map((note): Origin => ({ kind: 'contacts', note })),
  nastyText.map((skill): Origin => ({ kind: 'rule', skill })),
  nastyText.map((path): Origin => ({ kind: 'dropped', path })),
  nastyText.map((source): Origin => ({ kind: 'incoming', source })),
);
const argumentName = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/).filter(name => name !== 'constructor');

/** Any envelope that could be on record, with the worst that its texts could hold. */
export const anyEnvelope: fc.Arbitrary<Envelope> = fc
  .record(
    {
      arguments: fc.dictionary(argumentName, fc.oneof(nastyText, nastyJson), { maxKeys: 4, noNullPrototype: true }),
      attachments: fc.array(
        fc.record({ path: nastyText.filter(text => text !== ''), sha256: fc.constant('e'.repeat(64)), size: fc.nat() }),
        { maxLength: 2 },
      ),
      origins: fc.dictionary(argumentName, someOrigin, { maxKeys: 3, noNullPrototype: true }),
      zone: fc.constantFrom('red' as const, 'yellow' as const, 'green' as const),
      reasons: fc.array(
        nastyText.map(text => text.slice(0, 400).toWellFormed()),
        { maxLength: 3 },
      ),
      title: nastyText.map(text => text.slice(0, 300).toWellFormed() || 'x'),
      task_note: nastyText.map(text => text || 'x'),
      account: nastyText,
      brain: nastyText,
      node: nastyText,
    },
    { noNullPrototype: true },
  )
  .map(part => Envelope.parse(envelopeWith({ ...part, origins: { ...part.origins, ...elementsOf(part.arguments) } })));

/** Some lists say of each element where it came from. */
const elementsOf = (values: Readonly<Record<string, Json>>): Record<string, Origin> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      Array.isArray(value) ? value.map((_, index): [string, Origin] => [`${name}.${index}`, { kind: 'model' }]) : [],
    ),
  );
