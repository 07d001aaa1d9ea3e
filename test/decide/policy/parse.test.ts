import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { Origin } from '../../../core/envelope.ts';
import { Rule } from '../../../core/policy.ts';
import { judge } from '../../../orchestrator/decide/policy/judge.ts';
import { parsePolicy } from '../../../orchestrator/decide/policy/parse.ts';
import { readRepository } from '../../helpers/tree.ts';
import { factsWith } from './facts.ts';

const noteWith = (box: string): string =>
  `# Policies\n\nWords.\n\n## Rules\n\n\`\`\`yaml\n${box}\n\`\`\`\n\nMore words.\n`;
/** The line of the note in which the first line of the box stands. */
const FIRST = 8;
const mistakes = (text: string): string => {
  const parsed = parsePolicy(text);
  return parsed.ok ? assert.fail('it was understood') : parsed.failure.message;
};
const understood = (text: string): ReturnType<typeof parsePolicy> & { ok: true } => {
  const parsed = parsePolicy(text);
  return parsed.ok ? parsed : assert.fail(parsed.failure.message);
};

const WRONG: readonly (readonly [what: string, box: string, says: readonly string[]])[] = [
  ['a zone that there is not', 'rules: [{name: a, zone: gren}]', ['line 8: “zone” must be one of green, yellow, red']],
  ['a rule without a zone', 'rules:\n  - name: a', ['line 9: “zone” is missing']],
  ['a rule without a name', 'rules:\n  - zone: red', ['line 9: “name” is missing']],
  ['an unknown word', 'rules:\n  - name: a\n    zone: red\n    zoen: red', ['line 11: “zoen” is not known here']],
  ['an unknown part', 'rule: []', ['line 8: “rule” is not known here']],
  ['a misspelt standing', 'rules: [{name: a, zone: red, to: knwon}]', ['“to” must be one of self, known, new, bulk']],
  ['a misspelt origin', 'rules: [{name: a, zone: red, from: [contact]}]', ['“from” must be one of person, handbook']],
  ['a misspelt deed', 'rules: [{name: a, zone: red, does: sned}]', ['“does” must be one of read, create']],
  ['hours in another form', 'rules: [{name: a, zone: red, hours: 9-17}]', ['“hours” must look like 08:00-18:00']],
  ['an hour that there is not', 'rules: [{name: a, zone: red, hours: "24:00-25:00"}]', ['“hours” must look like']],
  ['a day that there is not', 'rules: [{name: a, zone: red, days: [monday]}]', ['“days” must be one of mon']],
  ['no day', 'rules: [{name: a, zone: red, days: []}]', ['“days” must not be empty']],
  ['an empty list', 'rules: [{name: a, zone: red, to: []}]', ['“to” must']],
  ['an amount of nothing', 'rules: [{name: a, zone: red, amount: {at_most: 0}}]', ['“at_most” must be more than 0']],
  [
    'a currency in small letters',
    'rules: [{name: a, zone: red, amount: {at_most: 5, currency: eur}}]',
    ['“currency” must look like EUR'],
  ],
  ['a limit that is no whole number', 'caps: [{name: a, per_hour: 1.5}]', ['“per_hour” must be a whole number']],
  ['a limit below nothing', 'caps: [{name: a, per_day: -1}]', ['“per_day” must be at least 0']],
  ['a limit in words', 'caps: [{name: a, per_day: ten}]', ['“per_day” must be a number']],
  ['a limit without end', 'caps: [{name: a, amount_per_day: .inf}]', ['“amount_per_day” must be a number']],
  ['a cap without a limit', 'caps: [{name: a, does: pay}]', ['the cap “a” sets no limit']],
  ['a never entry that says nothing', 'never: [{name: a}]', ['“a” does not say what is never done']],
  [
    'a signature that is not required',
    'rules: [{name: a, zone: red, signature: optional}]',
    ['“signature” must be required'],
  ],
  ['an argument in capitals', 'rules: [{name: a, zone: red, where: {Path: x}}]', ['“Path” names no argument']],
  ['a list where one text belongs', 'rules: [{name: [a], zone: red}]', ['“name” must be a text']],
  ['a text where a list belongs', 'rules: many', ['“rules” must be a list']],
  ['a list instead of names', '- a', ['line 8: the box must be names with values']],
  ['a hold of a month', 'hold_minutes: 50000', ['“hold_minutes” must be at most 10080']],
  [
    'a name twice',
    'rules:\n  - {name: a, zone: red}\n  - {name: a, zone: green}',
    ['line 10: “a” is the name of another one under “rules”'],
  ],
  ['a key twice', 'rules:\n  - name: a\n    zone: red\n    zone: green', ['line 11: this name stands here twice']],
  [
    'a reference',
    'rules:\n  - &a {name: a, zone: red}\n  - *a',
    ['line 9: “&a” is a reference', 'line 10: “*a” is a reference'],
  ],
  [
    'an address that begins with a star',
    'rules:\n  - {name: a, zone: red, action: *x}',
    ['put a text that begins with * in quotes'],
  ],
  ['a tag', 'rules:\n  - {name: !x a, zone: red}', ['line 9: a text that begins with ! has to stand in quotes']],
  ['a merge', 'rules:\n  - {name: a, zone: red, <<: {zone: green}}', ['“<<” is not known here']],
  ['a tab', 'rules:\n\t- name: a', ['line 9:']],
  ['an open bracket', 'rules: [', ['line 8:']],
];

for (const [what, box, says] of WRONG)
  test(`${what} is told with its line, and nothing of the box holds`, () => {
    const told = mistakes(noteWith(box));
    for (const text of says) assert.ok(told.includes(text), told);
    assert.match(told, /^Policies\.md (has a mistake|has \d+ mistakes): line \d+: /);
  });

test('every mistake is named at once, in the order of the lines', () => {
  const box = [
    ...['hold_minutes: long', 'rules:', '  - name: a', '    zone: gren', '    hours: 9-5', '    name: b'],
    ...['  - name: c', '    zone: red', '  - name: c', '    zone: red', 'caps:', '  - name: x'],
  ].join('\n');
  const lines = [...mistakes(noteWith(box)).matchAll(/line (\d+):/g)].map(([, line]) => Number(line));
  assert.deepEqual(
    lines,
    [1, 4, 5, 6, 9, 12].map(line => line - 1 + FIRST),
  );
});

test('the box is found under its heading only, and there is exactly one', () => {
  const box = '```yaml\nrules: []\n```\n';
  assert.match(mistakes(''), /no heading “## Rules”/);
  assert.match(mistakes(`# Rules\n${box}`), /no heading/);
  assert.match(mistakes(`### Rules\n${box}`), /no heading/);
  assert.match(mistakes(`## Rules of thumb\n${box}`), /no heading/);
  assert.match(mistakes(`## Rules\nNothing.\n`), /no yaml box under/);
  assert.match(mistakes(`## Rules\n## Other\n${box}`), /no yaml box under/);
  assert.match(mistakes(`${box}## Rules\n`), /no yaml box under/);
  assert.match(mistakes(`## Rules\n${box}\n${box}`), /more than one yaml box .* lines 2 and 6/);
  assert.match(mistakes(`## Rules\n${box}## Rules\n`), /stands in lines 1 and 5/);
  assert.match(mistakes('## Rules\n```yaml\nrules: []\n'), /begins in line 2 is never closed/);
  assert.match(mistakes('## Rules\n> ```yaml\n> rules: []\n> ```\n'), /no yaml box/);
  assert.match(mistakes('## Rules\n    ```yaml\n    rules: []\n    ```\n'), /no yaml box/);
  assert.match(mistakes(`\`\`\`text\n## Rules\n\`\`\`\n${box}`), /no heading/);
});

test('other boxes, deeper headings, line ends of Windows and longer fences are the person’s own business', () => {
  const box = '```yaml\nrules: []\n```\n';
  for (const text of [
    `## Rules\n${box}`,
    `## rules ##\n\n### Mine\n\`\`\`YAML\nrules: []\n\`\`\`\n`,
    `## Rules\r\n${box.replaceAll('\n', '\r\n')}`,
    `\`\`\`yaml\nno: rule\n\`\`\`\n## Rules\n\`\`\`text\nx\n\`\`\`\n${box}## More\n${box}`,
    '## Rules\n````yml\nrules: [] # ``` is no end\n````\n',
    '## Rules\n~~~yaml\nrules: []\n~~~\n',
    `## Rules\n\`\`\`yaml\n\`\`\`\n`,
  ])
    assert.deepEqual(understood(text).value, { hold_minutes: 15, rules: [], caps: [], never: [] });
});

test('what is commented out in the box of the template says nothing, and can be used as it stands', () => {
  const text = readRepository('vault-template/Policies.md');
  const before = understood(text).value.rules.length;
  const shown = text.replace(/^ {2}# (?=- name| {2})/gm, '  ');
  assert.equal(understood(shown).value.rules.length, before + 3);
  for (const { zone } of Rule.array().parse(understood(shown).value.rules)) assert.ok(zone);
});

test('a policy of any size comes back as it was written', () => {
  const rule = fc.record({
    zone: fc.constantFrom('green', 'yellow', 'red'),
    action: fc.string({ minLength: 1, maxLength: 30 }).filter(text => text.isWellFormed()),
    hours: fc.constantFrom('08:00-18:00', '22:00-06:00'),
  });
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 80 }), all => {
      const rules = all.map((one, at) => ({ name: `rule ${at}`, ...one }));
      assert.deepEqual(understood(noteWith(stringify({ rules }))).value.rules, rules);
    }),
    { numRuns: 50 },
  );
});

test('of two hundred rules the strictest that fits decides, wherever it stands', () => {
  for (const place of [0, 57, 199]) {
    const rules = Array.from({ length: 200 }, (_, at) =>
      at === place ? { name: 'the one', zone: 'red', to: 'known' } : { name: `rule ${at}`, zone: 'green' },
    );
    const { value } = understood(noteWith(stringify({ rules })));
    const judgement = judge(factsWith(), value, []);
    assert.equal(judgement.kind === 'judged' && judgement.rule, 'the one');
  }
});

test('no text makes the reader of policies throw', () => {
  const piece = fc.constantFrom(
    ...[
      '## Rules\n',
      '```yaml\n',
      '```\n',
      'rules:\n',
      '  - name: a\n',
      '    zone: red\n',
      'caps: [',
      '{',
      '*a ',
      '&a ',
    ],
    ...[
      '!!js/function ',
      '<<: *a\n',
      '? ',
      '- - - ',
      '\t',
      '"',
      "'",
      '|\n',
      '%YAML 1.1\n',
      '---\n',
      '...\n',
      '\u0000',
      '\ud800',
    ],
    ...['__proto__: {}\n', 'where: {constructor: x}\n', 'hold_minutes: 1e999\n'],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), pieces => {
      parsePolicy(pieces.join(''));
      parsePolicy(noteWith(pieces.join('')));
    }),
    { numRuns: 1000 },
  );
});

test('the kinds of origin that a rule may name are the ones that there are', () => {
  const kinds = Origin.options.map(({ shape }) => shape.kind.value);
  for (const kind of kinds) understood(noteWith(`rules: [{name: a, zone: red, from: ${kind}}]`));
  const told = mistakes(noteWith('rules: [{name: a, zone: red, from: nobody}]'));
  assert.ok(told.includes(`must be one of ${kinds.join(', ')}`), told);
});
