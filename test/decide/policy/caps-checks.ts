import assert from 'node:assert/strict';
import type { Cap, Effect, Facts } from '../../../core/policy.ts';
import type * as Module from '../../../orchestrator/decide/policy/caps.ts';
import { type Checks, destination, factsWith, policyWith } from './facts.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 21, 12);

const effect = (ago: number, part: Partial<Facts> = {}): Effect => ({ facts: factsWith(part), at: NOW - ago });
const paying = (value: number, to = 'anna@example.com'): Partial<Facts> => ({
  amount: { value, currency: 'EUR' },
  destinations: [destination('known', to)],
});
const fresh = (...values: readonly string[]): Partial<Facts> => ({
  destinations: values.map(value => destination('new', value)),
});

type Over = { readonly why: string; readonly until: number } | undefined;
const over = (
  { overCap }: typeof Module,
  cap: Partial<Cap>,
  history: readonly Effect[],
  part: Partial<Facts> = {},
  approvedAt = NOW,
): Over => overCap(factsWith(part), NOW, approvedAt, history, policyWith({ caps: [{ name: 'a cap', ...cap }] }));

export const CAPS_CHECKS: Checks<typeof Module> = {
  'as many as a cap allows in an hour are done, and one more waits until the first is an hour old': module => {
    const history = [effect(10 * MINUTE), effect(50 * MINUTE), effect(30 * MINUTE)];
    assert.equal(over(module, { per_hour: 4 }, history), undefined);
    assert.equal(over(module, { per_hour: 3 }, history)?.until, NOW + 10 * MINUTE);
    assert.equal(over(module, { per_hour: 2 }, history)?.until, NOW + 30 * MINUTE);
    assert.equal(over(module, { per_hour: 1 }, history)?.until, NOW + 50 * MINUTE);
  },
  'an effect that is exactly as old as the window is out of it': module => {
    for (const [limit, length] of [
      ['per_hour', HOUR],
      ['per_day', DAY],
    ] as const) {
      assert.equal(over(module, { [limit]: 1 }, [effect(length)]), undefined);
      assert.equal(over(module, { [limit]: 1 }, [effect(length - 1)])?.until, NOW + 1);
    }
  },
  'an hour is no day': module => {
    assert.equal(over(module, { per_hour: 1 }, [effect(2 * HOUR)]), undefined);
    assert.equal(over(module, { per_day: 1 }, [effect(2 * HOUR)])?.until, NOW + 22 * HOUR);
    assert.equal(over(module, { amount_per_hour: 10 }, [effect(2 * HOUR, paying(10))], paying(1)), undefined);
    assert.equal(
      over(module, { amount_per_day: 10 }, [effect(2 * HOUR, paying(10))], paying(1))?.until,
      NOW + 22 * HOUR,
    );
  },
  'an effect in the future, as after a clock that was put back, still counts': module => {
    assert.equal(over(module, { per_hour: 1 }, [effect(-10 * MINUTE)])?.until, NOW + 70 * MINUTE);
  },
  'a cap of nothing never has room, and says that waiting does not help': module => {
    const found = over(module, { per_day: 0 }, []);
    assert.equal(new Date(found?.until ?? 0).toISOString(), '9999-12-31T00:00:00.000Z');
    assert.equal(found?.why, 'The cap “a cap” allows 0 a day, and this alone is over it: waiting does not help.');
    assert.equal(found?.until, module.NOT_BY_TIME);
  },
  'what a cap tells names the cap, the limit and what is used': module => {
    assert.equal(
      over(module, { per_hour: 1 }, [effect(1)])?.why,
      'The cap “a cap” allows 1 an hour; 1 used, and this would go over it.',
    );
    assert.equal(
      over(module, { amount_per_day: 10 }, [effect(1, paying(8))], paying(3))?.why,
      'The cap “a cap” allows 10 a day as a sum; 8 used, and this would go over it.',
    );
    assert.match(over(module, { new_per_day: 1 }, [effect(1, fresh('a'))], fresh('b'))?.why ?? '', /to somebody new/);
  },
  'a sum may reach the cap but not pass it, and waits until enough has left the window': module => {
    const history = [effect(HOUR, paying(30)), effect(3 * HOUR, paying(20)), effect(2 * HOUR, paying(50))];
    assert.equal(over(module, { amount_per_day: 150 }, history, paying(50)), undefined);
    assert.equal(over(module, { amount_per_day: 149.99 }, history, paying(50))?.until, NOW + 21 * HOUR);
    assert.equal(over(module, { amount_per_day: 100 }, history, paying(50))?.until, NOW + 22 * HOUR);
    assert.equal(over(module, { amount_per_day: 60 }, history, paying(50))?.until, NOW + 23 * HOUR);
    assert.equal(over(module, { amount_per_day: 49 }, history, paying(50))?.until, module.NOT_BY_TIME);
  },
  'sums of cents are free of the noise of binary fractions, and a millionth counts': module => {
    const history = [effect(1, paying(0.1)), effect(2, paying(0.2))];
    assert.equal(over(module, { amount_per_hour: 0.6 }, history, paying(0.3)), undefined);
    assert.notEqual(over(module, { amount_per_hour: 1 }, [], paying(1.000003)), undefined);
    assert.equal(over(module, { amount_per_hour: 1 }, [], paying(1.0000003)), undefined);
  },
  'what has no amount takes nothing from a sum, and what cannot be read as one has no room': module => {
    assert.equal(over(module, { amount_per_day: 10 }, [effect(1)], paying(10)), undefined);
    assert.equal(over(module, { amount_per_day: 10 }, [effect(1, paying(10))], {}), undefined);
    const two = [effect(1), effect(2, paying(5))];
    assert.equal(over(module, { amount_per_day: 10 }, two, paying(6))?.until, NOW + DAY - 2);
    for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY, 1e21]) {
      assert.equal(over(module, { amount_per_day: 10 }, [], paying(value))?.until, module.NOT_BY_TIME, String(value));
    }
    assert.equal(over(module, { amount_per_day: 10 }, [effect(HOUR, paying(-5))], paying(1))?.until, NOW + 23 * HOUR);
  },
  'somebody new counts once, in whatever letters, and those who are known count nothing': module => {
    const history = [effect(3 * HOUR, fresh('a@x.org', 'b@x.org')), effect(2 * HOUR, fresh('A@X.org'))];
    assert.equal(over(module, { new_per_day: 2 }, history, fresh('B@x.ORG')), undefined);
    assert.equal(over(module, { new_per_day: 2 }, history, paying(1, 'c@x.org')), undefined);
    assert.equal(over(module, { new_per_day: 3 }, history, fresh('c@x.org')), undefined);
    assert.equal(over(module, { new_per_day: 2 }, history, fresh('c@x.org'))?.until, NOW + 21 * HOUR);
    assert.equal(over(module, { new_per_day: 1 }, history, fresh('c@x.org'))?.until, NOW + 22 * HOUR);
    assert.equal(over(module, { new_per_day: 1 }, history, fresh('c@x.org', 'd@x.org'))?.until, module.NOT_BY_TIME);
  },
  'many at once count as new': module => {
    const bulk = { destinations: [destination('bulk', 'all@x.org')] };
    assert.equal(over(module, { new_per_day: 0 }, [], bulk)?.until, module.NOT_BY_TIME);
    for (const standing of ['self', 'known'] as const)
      assert.equal(over(module, { new_per_day: 0 }, [], { destinations: [destination(standing)] }), undefined);
  },
  'only what a cap is about is counted, and only that waits': module => {
    const pay = { reach: { does: 'pay', egress: true, routing: [] } } as const;
    const paid = (ago: number): Effect => effect(ago, { reach: { ...pay.reach, routing: [] } });
    assert.equal(over(module, { per_day: 1, does: 'pay' }, [paid(1), paid(2)]), undefined);
    assert.equal(over(module, { per_day: 1, does: 'send' }, [paid(1), paid(2)]), undefined);
    assert.notEqual(over(module, { per_day: 1, does: 'send' }, [paid(1), effect(2)]), undefined);
    assert.equal(over(module, { per_hour: 1, does: 'send' }, [paid(1), effect(HOUR)]), undefined);
  },
  'a cap is about what fits it in doubt': module => {
    const mixed = { destinations: [destination('known'), destination('new')] };
    assert.notEqual(over(module, { per_day: 0, to: 'known' }, [], mixed), undefined);
    assert.notEqual(over(module, { per_day: 1, to: 'known' }, [effect(1, mixed)], {}), undefined);
    const met = { destinations: [destination('known'), destination('new', 'anna@example.com')] };
    assert.equal(over(module, { first_waits_hours: 1, to: 'known' }, [effect(1, met)]), undefined);
  },
  'the first payment to a payee waits from its approval on, to the millisecond': module => {
    const wait = { first_waits_hours: 24 };
    assert.equal(over(module, wait, [], paying(5))?.until, NOW + DAY);
    assert.equal(over(module, wait, [], paying(5), NOW - DAY + 1)?.until, NOW + 1);
    assert.equal(over(module, wait, [], paying(5), NOW - DAY), undefined);
    assert.equal(
      over(module, wait, [], paying(5))?.why,
      'By the cap “a cap” the first of these to somebody waits 24 hours after it was approved.',
    );
  },
  'a payee that was paid before, however long ago, does not wait': module => {
    const wait = { first_waits_hours: 24 };
    const history = [effect(400 * DAY, paying(5, 'ANNA@example.com'))];
    assert.equal(over(module, wait, history, paying(500)), undefined);
    assert.equal(over(module, wait, history, paying(5, 'eve@example.com'))?.until, NOW + DAY);
  },
  'one new payee among those who were paid makes it wait, and so does none at all': module => {
    const history = [effect(DAY, paying(5))];
    const two = { destinations: [destination('known', 'anna@example.com'), destination('known', 'eve@example.com')] };
    assert.notEqual(over(module, { first_waits_hours: 1 }, history, two), undefined);
    assert.notEqual(over(module, { first_waits_hours: 1 }, history, { destinations: [] }), undefined);
  },
  'who was only written to was not paid': module => {
    const pay = { reach: { does: 'pay', egress: true, routing: [] } } as const;
    const facts = { ...paying(5), reach: { ...pay.reach, routing: [] } };
    assert.notEqual(over(module, { first_waits_hours: 1, does: 'pay' }, [effect(DAY)], facts), undefined);
    assert.equal(over(module, { first_waits_hours: 1, does: 'pay' }, [effect(DAY, facts)], facts), undefined);
  },
  'of several limits every one is told, and the longest wait counts': module => {
    const found = over(module, { per_hour: 1, per_day: 1, first_waits_hours: 2 }, [effect(MINUTE, paying(1, 'x'))]);
    assert.equal(found?.until, NOW + DAY - MINUTE);
    assert.equal(found?.why.match(/cap “a cap”/g)?.length, 3);
    assert.match(found?.why ?? '', /over it\. The cap/);
  },
  'of several caps the one with the longest wait counts, and one with room does not hide it': ({ overCap }) => {
    const caps: Cap[] = [
      { name: 'one', per_day: 1 },
      { name: 'two', per_hour: 1 },
      { name: 'three', per_hour: 9 },
    ];
    const found = overCap(factsWith(), NOW, NOW, [effect(1)], policyWith({ caps }));
    assert.equal(found?.until, NOW + DAY - 1);
    assert.deepEqual(found?.why.match(/“\w+”/g), ['“one”', '“two”']);
  },
  'each limit of a cap is listed with what is used, in fixed order': ({ limitsOf }) => {
    const cap: Cap = {
      name: 'all',
      ...{ per_hour: 2, per_day: 3, amount_per_hour: 4, amount_per_day: 50, new_per_day: 6, first_waits_hours: 7 },
    };
    const history = [effect(1, { ...paying(1.5), ...fresh('x') }), effect(2 * HOUR, paying(2, 'y'))];
    const limits = limitsOf(factsWith(), NOW, NOW - 90 * MINUTE, history, policyWith({ caps: [cap] }));
    assert.deepEqual(
      limits.map(({ limit, most, used, until }) => [limit, most, used, until]),
      [
        ['per_hour', 2, 1, undefined],
        ['per_day', 3, 2, undefined],
        ['amount_per_hour', 4, 1.5, undefined],
        ['amount_per_day', 50, 3.5, undefined],
        ['new_per_day', 6, 1, undefined],
        ['first_waits_hours', 7, 1.5, NOW + 5.5 * HOUR],
      ],
    );
    const single = policyWith({ caps: [{ name: 'one', per_hour: 2 }] });
    assert.deepEqual(
      limitsOf(factsWith(), NOW, NOW, [], single).map(({ used }) => used),
      [0],
    );
    assert.equal(limits[0]?.why, 'The cap “all” allows 2 an hour; 1 used.');
  },
};
