import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tryAllMutants } from './all-mutants.ts';
import { mutantsOf, mutantsOfPolicy } from './mutator.ts';

test('no single change of the policy engine or of the shipped policy goes unnoticed', async () => {
  const tried = await tryAllMutants();
  assert.deepEqual(
    tried.flatMap(({ survivors }) => survivors),
    [],
    '`npm run mutate` prints them',
  );
  for (const { subject, mutants } of tried) assert.ok(mutants >= 25, `only ${mutants} mutants of ${subject}`);
  assert.ok(tried.reduce((sum, { mutants }) => sum + mutants, 0) >= 800, 'too few mutants to mean anything');
});

test('the mutator changes every kind of place, one at a time', () => {
  const all = ['judge', 'match', 'caps', 'compare', 'glob', 'amount'].flatMap(name => {
    const file = `orchestrator/decide/policy/${name}.ts`;
    return mutantsOf(file);
  });
  assert.equal(new Set(all.map(({ source }) => source)).size, all.length, 'no two mutants are the same');
  for (const [what, pattern] of [
    ['a comparison', /=== .*→.*!==/],
    ['a boundary', /<= .*→.*\) < \(/],
    ['and, or', /&&.*→.*\|\|/],
    ['or, and', /\|\|.*→.*&&/],
    ['one side only', /^(.*) (?:&&|\?\?) .*→ {2}\((?!.*(?:&&|\?\?))/],
    ['a negation', /^!.*→ {2}\([^!]/],
    ['a number', /^\d+ .*→ {2}\(\d+\)$/],
    ['a guard', /^if \(.*→ {2}nothing$|^if \(.*→ {2};$/],
    ['a case', /^case .*→ {2}nothing$/],
    ['an element of a list', /^'[a-z]+',? .*→ {2}nothing$/],
  ] as const)
    assert.ok(
      all.some(mutant => pattern.test(mutant.what)),
      `no mutant of the kind “${what}”`,
    );
});

test('the mutator of the policy takes away every entry, condition and element, and moves every number', () => {
  const policy = {
    hold_minutes: 15,
    rules: [{ name: 'a', zone: 'red', to: ['x', 'y'] }],
    caps: [{ name: 'b', per_day: 5 }],
    never: [{ name: 'c', where: { 'p|q': 'z' } }],
  };
  const told = mutantsOfPolicy(policy).map(({ what }) => what);
  const wanted = [
    ...['hold_minutes: is 16', 'hold_minutes: is 14', 'rules.0.zone: is green', 'rules.0.zone: is yellow'],
    ...['rules.0.to.0: "x" is gone', 'rules.0.to.1: "y" is gone', 'rules.0.to: ["x","y"] is gone'],
    ...['caps.0.per_day: is 6', 'caps.0.per_day: is 4', 'caps.0.per_day: 5 is gone'],
    ...['never.0.where.p|q: is q', 'never.0.where.p|q: is p', 'never.0.where.p|q: "z" is gone'],
  ];
  for (const what of wanted) assert.ok(told.includes(what), `${what}: ${told.join('\n')}`);
  for (const list of ['rules', 'caps', 'never'])
    assert.ok(told.some(what => what.startsWith(`${list}.0: `) && what.endsWith('is gone')));
});
