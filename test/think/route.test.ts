import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConfig } from '../../core/config.ts';
import { Routing, type RoutingRule } from '../../core/routing.ts';
import { isNear } from '../../orchestrator/brains/local/near.ts';
import { saysPrivate } from '../../orchestrator/think/choose.ts';
import { type Routed, routed, type Subject } from '../../orchestrator/think/route.ts';

const SUBJECT: Subject = {
  ...{ source: 'filesystem', role: undefined, path: 'Inbox/Taxes/salary.PDF', isMarked: false, turns: 0 },
  text: 'salary.PDF\nYour SALARY of November, and the taxi.',
};
const HERE = new Set(['local', 'rulebook']);
const route = (subject: Partial<Subject>, rules: readonly unknown[], standard = 'claude'): Routed =>
  routed({ ...SUBJECT, ...subject }, Routing.parse(rules), standard, name => HERE.has(name));
const brainFor = (when: unknown, subject: Partial<Subject> = {}): string | undefined =>
  route(subject, [{ when, brain: 'chosen' }]).route?.brain;

test('each condition fits what it names and nothing else, and all that is said must fit', () => {
  const cases: readonly [when: Record<string, unknown>, fits: boolean][] = [
    [{}, true],
    [{ source: 'filesystem' }, true],
    [{ source: ['mail', 'filesystem'] }, true],
    [{ source: 'mail' }, false],
    [{ role: 'bookkeeper' }, false],
    [{ extension: 'pdf' }, true],
    [{ extension: ['.Pdf'] }, true],
    [{ extension: 'df' }, false],
    [{ words: 'salary' }, true],
    [{ words: ['nothing', 'TAXI'] }, true],
    [{ words: 'tax' }, false],
    [{ words: 'axi' }, false],
    [{ folder: 'Inbox/Taxes' }, true],
    [{ folder: 'Inbox/Taxes/' }, true],
    [{ folder: 'Inbox/Tax' }, false],
    [{ larger_than: 10 }, true],
    [{ larger_than: 1000 }, false],
    [{ private: false }, true],
    [{ private: true }, false],
    [{ extension: 'pdf', source: 'mail' }, false],
  ];
  for (const [when, fits] of cases) {
    assert.equal(brainFor(when), fits ? 'chosen' : 'claude', JSON.stringify(when));
  }
  assert.equal(brainFor({ role: 'bookkeeper' }, { role: 'bookkeeper' }), 'chosen');
});

test('the first rule that fits counts, with its model, effort and number; without any the standard brain thinks', () => {
  const rules = [
    { when: { source: 'mail' }, brain: 'local' },
    { when: { words: 'salary' }, brain: 'claude', model: 'strong', effort: 'high', fallback: 'local' },
    { brain: 'local' },
  ];
  assert.deepEqual(route({}, rules).route, {
    ...{ brain: 'claude', choice: { model: 'strong', effort: 'high' }, rule: 2, fallback: 'local' },
  });
  assert.equal(route({ source: 'mail' }, rules).route?.rule, 1);
  assert.deepEqual(route({}, []).route, { brain: 'claude', choice: {}, rule: undefined, fallback: undefined });
});

test('triage is the first turn and plan all later ones', () => {
  const rules = [
    { brain: 'claude', model: 'cheap', stage: 'triage' },
    { brain: 'claude', model: 'strong', stage: 'plan' },
  ];
  const models = [0, 1, 2, 30].map(turns => route({ turns }, rules).route?.choice.model);
  assert.deepEqual(models, ['cheap', 'strong', 'strong', 'strong']);
});

test('what is private by its note or by any rule goes to a brain that keeps it here, or to none', () => {
  const rules = [
    { brain: 'claude', fallback: 'claude' },
    { when: { folder: 'Inbox/Taxes' }, private: true },
  ];
  assert.deepEqual(route({}, rules), { isPrivate: true, route: undefined, barred: 'claude' });
  assert.equal(route({ path: 'Inbox/a.pdf' }, rules).route?.brain, 'claude');
  const withLocal = [...rules, { when: { private: true }, brain: 'local', fallback: 'claude' }];
  assert.deepEqual(route({}, withLocal).route, { brain: 'local', choice: {}, rule: 3, fallback: undefined });
  assert.equal(route({ isMarked: true, path: '' }, withLocal).route?.brain, 'local');
  assert.equal(route({ isMarked: true }, [], 'rulebook').route?.brain, 'rulebook');
});

const Some = fc.record(
  {
    when: fc.record(
      { source: fc.constantFrom('mail', 'filesystem'), words: fc.constantFrom('salary', 'x'), private: fc.boolean() },
      { requiredKeys: [] },
    ),
    brain: fc.constantFrom('claude', 'local', 'rulebook', 'other'),
    fallback: fc.constantFrom('claude', 'local', 'other'),
    stage: fc.constantFrom('triage', 'plan'),
    private: fc.constant(true),
  },
  { requiredKeys: ['brain'] },
);

test('whatever the rules are, a private task is never given to a brain that leaves this machine, nor by way of a fallback', () => {
  fc.assert(
    fc.property(fc.array(Some, { maxLength: 8 }), fc.boolean(), fc.nat(3), (rules, isMarked, turns) => {
      const found = route({ isMarked, turns }, rules);
      if (isMarked) assert.ok(found.isPrivate);
      if (!found.isPrivate) return;
      for (const brain of [found.route?.brain, found.route?.fallback])
        assert.ok(brain === undefined || HERE.has(brain), JSON.stringify(found));
    }),
  );
});

test('a note is private by its property or its tag, and not because it speaks of what is private', () => {
  const yes = [
    '---\nprivate: true\n---\nx',
    '---\nprivate: "yes"\n---\nx',
    '---\ntags: [taxes, private]\n---\nx',
    '---\ntags: "#Private"\n---\nx',
    'Look at this. #private',
    '---\nprivate: true\nbroken: [\n---\nx',
  ];
  const no = [
    'A private matter.',
    '---\nprivate: false\n---\nx',
    '#privately owned',
    '---\ntags: [semi-private]\n---\nx',
  ];
  for (const text of yes) assert.equal(saysPrivate(text), true, text);
  for (const text of no) assert.equal(saysPrivate(text), false, text);
});

test('an address at home is near, and a name is not, whatever it says', () => {
  for (const host of [
    '127.0.0.1',
    '127.9.9.9',
    'localhost',
    'a.localhost',
    '[::1]',
    '10.1.2.3',
    '192.168.0.9',
    '172.31.0.1',
    '[fd00::1]',
  ])
    assert.equal(isNear(host), true, host);
  for (const host of [
    '8.8.8.8',
    '172.32.0.1',
    'localhost.example.com',
    '127.0.0.1.example.com',
    'nas',
    'nas.local',
    '[2001:db8::1]',
    '[::ffff:8.8.8.8]',
    '',
  ])
    assert.equal(isNear(host), false, host);
});

test('a mistake in the routing is named with its line', () => {
  const told = (text: string): string => JSON.stringify(parseConfig(text, 'config.yaml'));
  assert.match(told('routing:\n  - when: { sorce: mail }\n    brain: local\n'), /line 2: routing\.0\.when\.sorce/);
  assert.match(told('routing:\n  - model: x\n    private: true\n'), /need a `brain`/);
  assert.match(told('routing:\n  - when: { source: mail }\n'), /it names no `brain`/);
  assert.match(told('routing:\n  - { brain: local, stage: third }\n'), /routing\.0\.stage/);
});

test('a rule that only says what is private chooses no brain', () => {
  const rules: RoutingRule[] = Routing.parse([{ when: { source: 'mail' }, private: true }]);
  assert.equal(routed({ ...SUBJECT, source: 'mail' }, rules, 'local', name => HERE.has(name)).route?.rule, undefined);
});
