import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Cap, Effect, Facts, Match, Never, Policy, Rule, Zone } from '../../../core/policy.ts';
import { overCap } from '../../../orchestrator/decide/policy/caps.ts';
import { loosenings } from '../../../orchestrator/decide/policy/compare.ts';
import { FALLBACK } from '../../../orchestrator/decide/policy/fallback.ts';
import { judge } from '../../../orchestrator/decide/policy/judge.ts';
import { destination, factsWith, shippedPolicy } from './facts.ts';

/** Few values of everything, so that rules and facts meet often. */
const ACTION = fc.constantFrom('a.x', 'a.y', 'b.x');
const DOES = fc.constantFrom('send' as const, 'pay' as const, 'create' as const);
const STANDING = fc.constantFrom('self' as const, 'known' as const, 'new' as const, 'bulk' as const);
const KIND = fc.constantFrom('person' as const, 'handbook' as const, 'model' as const, 'unknown' as const);
const listOf = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 2 });
const LIMIT = fc.integer({ min: 0, max: 3 });

const match: fc.Arbitrary<Match> = fc.record(
  {
    action: listOf(fc.oneof(ACTION, fc.constantFrom('a.*', '*.x', '*'))),
    does: listOf(DOES),
    egress: fc.boolean(),
    where: fc.record({ 'to|text': fc.constantFrom('*', 'o*', 'O*', '*@x.org') }),
    to: listOf(STANDING),
    from: listOf(KIND),
    amount: fc.record({ at_most: fc.constantFrom(1, 2) }),
    recurring: fc.boolean(),
    source: listOf(fc.constantFrom('person', 'mail')),
    hours: fc.constantFrom('08:00-18:00', '18:00-08:00'),
    days: fc.constantFrom(['mon' as const], ['mon' as const, 'tue' as const]),
  },
  { requiredKeys: [] },
);

const rule: fc.Arbitrary<Rule> = fc
  .record({ zone: fc.constantFrom('green' as const, 'yellow' as const, 'red' as const), match, signed: fc.nat(4) })
  .map(({ zone, match: conditions, signed }) => ({
    ...{ name: 'rule', zone },
    ...conditions,
    ...(signed === 0 ? { signature: 'required' as const } : {}),
  }));
const cap: fc.Arbitrary<Cap> = fc
  .record({
    match,
    limits: fc.record(
      { per_hour: LIMIT, per_day: LIMIT, amount_per_day: LIMIT, new_per_day: LIMIT, first_waits_hours: LIMIT },
      { requiredKeys: [] },
    ),
  })
  .map(({ match: conditions, limits }) => ({ name: 'cap', ...conditions, ...limits }));
const never: fc.Arbitrary<Never> = fc
  .record({ name: fc.constantFrom('n', 'm'), match })
  .map(({ name, match: conditions }) => ({ name, ...conditions }));

const policy: fc.Arbitrary<Policy> = fc.record({
  hold_minutes: fc.constantFrom(5, 15),
  rules: fc.array(rule, { maxLength: 4 }),
  caps: fc.array(cap, { maxLength: 2 }),
  never: fc.array(never, { maxLength: 1 }),
});

/** Small edits of a policy, as a person or a thief makes them. */
const edited = (held: Policy): fc.Arbitrary<Policy> =>
  fc.array(fc.record({ what: fc.nat(9), at: fc.nat(3), rule, cap, never }), { maxLength: 3 }).map(edits => {
    let { rules, caps, never: list } = held;
    for (const edit of edits) {
      const without = <T>(all: readonly T[]): T[] => all.filter((_, at) => at !== edit.at);
      const changed = <T>(all: readonly T[], change: (one: T) => T): T[] =>
        all.map((one, at) => (at === edit.at ? change(one) : one));
      if (edit.what === 0) rules = without(rules);
      if (edit.what === 1) rules = [...rules, edit.rule];
      if (edit.what === 2) rules = changed(rules, one => ({ ...one, zone: edit.rule.zone }));
      if (edit.what === 3) rules = changed(rules, one => ({ ...one, ...edit.rule }));
      if (edit.what === 4) rules = changed(rules, ({ does: _, to: __, ...one }) => one);
      if (edit.what === 5) caps = [...changed(caps, one => ({ ...one, ...edit.cap })), edit.cap];
      if (edit.what === 6) caps = without(caps);
      if (edit.what === 7) list = [...list, edit.never];
      if (edit.what === 8) list = without(list);
      if (edit.what === 9) rules = rules.toReversed();
    }
    return { ...held, rules, caps, never: list };
  });

const facts: fc.Arbitrary<Facts> = fc
  .record({
    action: ACTION,
    does: DOES,
    egress: fc.boolean(),
    to: fc.constantFrom('one', 'One', 'anna@x.org', 'é'),
    kind: KIND,
    destinations: fc.array(fc.record({ standing: STANDING, value: fc.constantFrom('p', 'q') }), { maxLength: 2 }),
    amount: fc.option(fc.constantFrom(0, 1, 2, 3, Number.NaN), { nil: undefined }),
    recurring: fc.boolean(),
    source: fc.constantFrom('person', 'mail'),
    minute: fc.constantFrom(0, 600),
    day: fc.constantFrom('mon' as const, 'tue' as const),
  })
  .map(({ does, egress, to, kind, destinations, amount, ...rest }) =>
    factsWith({
      ...rest,
      ...{ reach: { does, egress, routing: ['to'] }, arguments: { to }, origins: { to: { kind } } },
      destinations: destinations.map(({ standing, value }) => destination(standing, value)),
      amount: amount === undefined ? undefined : { value: amount, currency: undefined },
    }),
  );
const HOUR = 3_600_000;
const history: fc.Arbitrary<Effect[]> = fc.array(
  fc.record({ facts, at: fc.integer({ min: -30 * 60, max: 0 }).map(minutes => minutes * 60_000) }),
  { maxLength: 4 },
);

const STRICTNESS: Readonly<Record<Zone, number>> = { green: 0, yellow: 1, red: 2 };

/** How an action is treated, as numbers that may only grow. */
function strictness(one: Facts, under: Policy, past: readonly Effect[]): readonly number[] {
  const judgement = judge(one, under, ['m']);
  const over = overCap(one, 0, -HOUR, past, under);
  const until = over?.until ?? 0;
  if (judgement.kind === 'refused') return [3, 1, until];
  return [STRICTNESS[judgement.zone], judgement.signature ? 1 : 0, until];
}

test('where a change of the policy loosens nothing in words, no action is treated less strictly under it', () => {
  let silent = 0;
  let changed = 0;
  fc.assert(
    fc.property(
      policy.chain(held => fc.record({ held: fc.constant(held), wanted: edited(held) })),
      fc.array(facts, { minLength: 8, maxLength: 8 }),
      history,
      ({ held, wanted }, all, past) => {
        if (loosenings(held, wanted).length > 0) return;
        silent += 1;
        if (JSON.stringify(held) !== JSON.stringify(wanted)) changed += 1;
        for (const one of all) {
          const [before, after] = [strictness(one, held, past), strictness(one, wanted, past)];
          assert.ok(
            before.every((value, at) => value <= (after[at] ?? 0) || (at === 1 && after[0] === 3)),
            JSON.stringify({ held, wanted, one, before, after }),
          );
        }
        assert.ok(wanted.hold_minutes >= held.hold_minutes);
      },
    ),
    { numRuns: process.env.STEWARD_TEST_LONG === '1' ? 100_000 : 4000 },
  );
  assert.ok(silent >= 500 && changed >= 200, `only ${silent} were silent, ${changed} of them changed`);
});

test('a policy never loosens itself, and everything that differs from nothing at all is told', () => {
  fc.assert(fc.property(policy, held => assert.deepEqual(loosenings(held, structuredClone(held)), [])));
  const bare = { hold_minutes: 0, rules: [], caps: [], never: [] };
  const { caps, never: list } = FALLBACK;
  assert.equal(loosenings(FALLBACK, bare).length, caps.length + list.length + 1);
});

test('what holds where Policies.md cannot be understood has the caps and the never list of the template', () => {
  const shipped = shippedPolicy();
  assert.deepEqual([shipped.caps, shipped.never], [FALLBACK.caps, FALLBACK.never]);
  assert.equal(shipped.hold_minutes, FALLBACK.hold_minutes);
  assert.deepEqual(FALLBACK.rules, []);
  assert.deepEqual(loosenings(shipped, FALLBACK), []);
});
