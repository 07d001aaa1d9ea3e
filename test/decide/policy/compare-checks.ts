import assert from 'node:assert/strict';
import type { Cap, Policy, Rule } from '../../../core/policy.ts';
import type * as Module from '../../../orchestrator/decide/policy/compare.ts';
import { type Checks, policyWith, ruleWith } from './facts.ts';

type Some = Partial<Policy>;
const rules = (...all: readonly Partial<Rule>[]): Some => ({ rules: all.map(ruleWith) });
const caps = (...all: readonly Partial<Cap>[]): Some => ({ caps: all.map(cap => ({ name: 'a cap', ...cap })) });

const SIGNED = { signature: 'required' } as const;
/** One condition for each, and a different one. */
const CONDITIONS: readonly (readonly [Partial<Rule>, Partial<Rule>])[] = [
  [{ action: 'a' }, { action: 'b' }],
  [{ does: 'pay' }, { does: ['pay', 'send'] }],
  [{ egress: true }, { egress: false }],
  [{ where: { a: 'x' } }, { where: { a: 'y' } }],
  [{ to: 'known' }, { to: 'new' }],
  [{ from: 'web' }, { from: 'person' }],
  [{ amount: { at_most: 5 } }, { amount: { at_most: 6 } }],
  [{ recurring: true }, { recurring: false }],
  [{ source: 'a' }, { source: 'b' }],
  [{ role: 'a' }, { role: 'b' }],
  [{ hours: '08:00-09:00' }, { hours: '08:00-10:00' }],
  [{ days: ['mon'] }, { days: ['tue'] }],
];

const NOT_LOOSER: readonly (readonly [what: string, held: Some, wanted: Some])[] = [
  [
    'nothing changed',
    rules({ zone: 'green' }, { name: 'b', zone: 'red' }),
    rules({ zone: 'green' }, { name: 'b', zone: 'red' }),
  ],
  ['a green rule gone', rules({ zone: 'green' }), {}],
  ['a yellow rule gone where nothing is green', rules({}), {}],
  [
    'a yellow rule gone where what is green does something else',
    rules({ does: 'send' }, { name: 'g', zone: 'green', does: ['create', 'move'] }),
    rules({ name: 'g', zone: 'green', does: ['create', 'move'] }),
  ],
  [
    'a red rule gone where everything else is red',
    rules({ zone: 'red' }),
    rules({ name: 'r', zone: 'red', does: 'pay' }),
  ],
  ['a new red rule', rules({ zone: 'green' }), rules({ zone: 'green' }, { name: 'r', zone: 'red' })],
  ['a green rule that became yellow', rules({ zone: 'green' }), rules({ zone: 'yellow' })],
  ['a green rule that became red', rules({ zone: 'green' }), rules({ zone: 'red' })],
  [
    'a yellow rule that became red',
    rules({}, { zone: 'green', name: 'g' }),
    rules({ zone: 'red' }, { zone: 'green', name: 'g' }),
  ],
  [
    'a rule with another name',
    rules({ zone: 'green', does: 'send' }),
    rules({ zone: 'green', does: 'send', name: 'other' }),
  ],
  [
    'a green rule with one more condition',
    rules({ zone: 'green', does: 'send' }),
    rules({ zone: 'green', does: 'send', to: 'known' }),
  ],
  [
    'a red rule with one condition less',
    rules({ zone: 'red', does: 'send', to: 'known' }, { zone: 'green' }),
    rules({ zone: 'red', does: 'send' }, { zone: 'green' }),
  ],
  ['a list in another order', rules({ to: ['self', 'known'] }), rules({ to: ['known', 'self'] })],
  ['one value instead of a list of one', rules({ does: ['send'] }), rules({ does: 'send' })],
  ['a new signature', rules({}), rules(SIGNED)],
  ['a signature for more', rules({ does: 'pay', zone: 'red', ...SIGNED }), rules({ zone: 'red', ...SIGNED })],
  ['a signed rule that is stricter', rules({ ...SIGNED }), rules({ zone: 'red', ...SIGNED })],
  ['a lower cap', caps({ per_hour: 5 }), caps({ per_hour: 4 })],
  ['a cap with one more limit', caps({ per_hour: 5 }), caps({ per_hour: 5, per_day: 9 })],
  ['a cap with another name', caps({ per_hour: 5 }), caps({ per_hour: 5, name: 'other' })],
  ['a new cap', {}, caps({ per_hour: 5 })],
  ['the same first wait', caps({ first_waits_hours: 24 }), caps({ first_waits_hours: 24 })],
  ['a longer first wait', caps({ first_waits_hours: 24 }), caps({ first_waits_hours: 25 })],
  ['a new first wait', caps({ per_day: 5 }), caps({ per_day: 5, first_waits_hours: 25 })],
  [
    'a wider never entry',
    { never: [{ name: 'n', does: 'pay', egress: true }] },
    { never: [{ name: 'n', does: 'pay' }] },
  ],
  ['a new never entry', {}, { never: [{ name: 'n', does: 'pay' }] }],
  ['a longer hold', { hold_minutes: 15 }, { hold_minutes: 16 }],
];

const LOOSER: readonly (readonly [what: string, held: Some, wanted: Some, says: readonly RegExp[]])[] = [
  ['a new green rule', {}, rules({ zone: 'green' }), [/“a rule” is new or wider: .* done at once/]],
  ['a new yellow rule', {}, rules({}), [/“a rule” is new or wider: .* done after a hold/]],
  [
    'a yellow rule that became green',
    rules({}),
    rules({ zone: 'green' }),
    [/new or wider/, /is gone or narrower: .* no longer yellow/],
  ],
  ['a red rule that became yellow', rules({ zone: 'red' }), rules({}), [/new or wider/, /no longer red/]],
  [
    'a red rule gone',
    rules({ zone: 'red' }, { zone: 'green', name: 'g' }),
    rules({ zone: 'green', name: 'g' }),
    [/“a rule” is gone/],
  ],
  [
    'a red rule gone beside a yellow one',
    rules({ zone: 'red' }, { name: 'y' }),
    rules({ name: 'y' }),
    [/“a rule” is gone/],
  ],
  [
    'a yellow rule gone beside a green one',
    rules({}, { zone: 'green', name: 'g' }),
    rules({ zone: 'green', name: 'g' }),
    [/“a rule” is gone/],
  ],
  [
    'a yellow rule gone that shares one kind with a green one',
    rules({ does: ['pay', 'send'] }, { zone: 'green', name: 'g', does: ['send', 'move'] }),
    rules({ zone: 'green', name: 'g', does: ['send', 'move'] }),
    [/“a rule” is gone/],
  ],
  [
    'a red rule that only became yellow beside a green one',
    rules({ zone: 'red' }, { name: 'y' }, { zone: 'green', name: 'g' }),
    rules({ name: 'y' }, { zone: 'green', name: 'g' }),
    [/“a rule” is gone/],
  ],
  [
    'a green rule with one condition less',
    rules({ zone: 'green', to: 'known' }),
    rules({ zone: 'green' }),
    [/new or wider/],
  ],
  [
    'a red rule with one more condition',
    rules({ zone: 'red' }, { zone: 'green', name: 'g' }),
    rules({ zone: 'red', to: 'known' }, { zone: 'green', name: 'g' }),
    [/narrower/],
  ],
  [
    'a red rule for one kind gone beside a green one for all',
    rules({ zone: 'red', does: 'pay' }, { zone: 'green', name: 'g' }),
    rules({ zone: 'green', name: 'g' }),
    [/“a rule” is gone/],
  ],
  [
    'a red rule for all gone beside a green one for one kind',
    rules({ zone: 'red' }, { zone: 'green', name: 'g', does: 'pay' }),
    rules({ zone: 'green', name: 'g', does: 'pay' }),
    [/“a rule” is gone/],
  ],
  [
    'a signature gone',
    rules({ zone: 'red', ...SIGNED }),
    rules({ zone: 'red' }),
    [/“a rule” no longer wants a signature/],
  ],
  ['a signed rule gone', rules({ zone: 'red', ...SIGNED }), {}, [/no longer wants a signature/]],
  [
    'a signature for less',
    rules({ zone: 'red', ...SIGNED }),
    rules({ zone: 'red', does: 'pay', ...SIGNED }),
    [/no longer wants/],
  ],
  [
    'a signature at another rule',
    rules({ zone: 'red', ...SIGNED }),
    rules({ zone: 'red' }, { name: 'b', zone: 'red', does: 'pay', ...SIGNED }),
    [/no longer wants/],
  ],
  ['a cap gone', caps({ per_hour: 5 }), {}, [/The cap “a cap” is gone/]],
  ['a cap of something else', caps({ per_hour: 5, does: 'pay' }), caps({ per_hour: 5, does: 'send' }), [/a cap/]],
  ['a cap of less', caps({ per_hour: 5 }), caps({ per_hour: 5, does: 'send' }), [/a cap/]],
  [
    'a cap of more, which knows more payees',
    caps({ first_waits_hours: 5, does: 'pay' }),
    caps({ first_waits_hours: 5 }),
    [/a cap/],
  ],
  ...(['per_hour', 'per_day', 'amount_per_hour', 'amount_per_day', 'new_per_day'] as const).flatMap(limit => [
    [`a higher ${limit}`, caps({ [limit]: 5 }), caps({ [limit]: 6 }), [/a cap/]] as const,
    [
      `a ${limit} that is gone`,
      caps({ [limit]: 5, first_waits_hours: 1 }),
      caps({ first_waits_hours: 1 }),
      [/a cap/],
    ] as const,
  ]),
  ['a shorter first wait', caps({ first_waits_hours: 24 }), caps({ first_waits_hours: 23 }), [/a cap/]],
  ['a first wait that is gone', caps({ first_waits_hours: 24, per_day: 1 }), caps({ per_day: 1 }), [/a cap/]],
  ['a never entry gone', { never: [{ name: 'n', does: 'pay' }] }, {}, [/“n” is gone from the never list/]],
  ['a narrower never entry', { never: [{ name: 'n' }] }, { never: [{ name: 'n', does: 'pay' }] }, [/“n”/]],
  [
    'a never entry under another name, which may be permitted',
    { never: [{ name: 'n', does: 'pay' }] },
    { never: [{ name: 'm', does: 'pay' }] },
    [/“n”/],
  ],
  ['a shorter hold', { hold_minutes: 15 }, { hold_minutes: 14 }, [/waits 14 minutes instead of 15/]],
];

export const COMPARE_CHECKS: Checks<typeof Module> = {
  ...Object.fromEntries(
    NOT_LOOSER.map(([what, held, wanted]) => [
      `${what} loosens nothing`,
      ({ loosenings }: typeof Module) => assert.deepEqual(loosenings(policyWith(held), policyWith(wanted)), []),
    ]),
  ),
  ...Object.fromEntries(
    LOOSER.map(([what, held, wanted, says]) => [
      `${what} loosens`,
      ({ loosenings }: typeof Module) => {
        const found = loosenings(policyWith(held), policyWith(wanted));
        assert.equal(found.length, says.length, found.join('\n'));
        for (const [at, pattern] of says.entries()) assert.match(found[at] ?? '', pattern);
      },
    ]),
  ),
  'every condition of a rule is compared': ({ loosenings }) => {
    for (const [one, other] of CONDITIONS) {
      const held = policyWith(rules({ zone: 'green', ...one }));
      assert.deepEqual(loosenings(held, policyWith(rules({ zone: 'green', ...one }))), []);
      for (const wanted of [rules({ zone: 'green', ...other }), rules({ zone: 'green' })])
        assert.equal(loosenings(held, policyWith(wanted)).length, 1, JSON.stringify(one));
    }
  },
};
