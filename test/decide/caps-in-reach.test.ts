import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Cap, Effect } from '../../core/policy.ts';
import { withCapsInReach } from '../../orchestrator/decide/caps-in-reach.ts';
import { overCap } from '../../orchestrator/decide/policy/caps.ts';
import { destination, factsWith, policyWith } from './policy/facts.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;

const limit = fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined });
const cap: fc.Arbitrary<Cap> = fc
  .record({
    does: fc.constantFrom(undefined, 'send' as const, 'pay' as const),
    ...{ per_hour: limit, per_day: limit, amount_per_hour: limit, amount_per_day: limit },
    ...{ new_per_day: limit, first_waits_hours: limit },
  })
  .map(given => {
    const limits = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return { name: 'a cap', ...limits };
  });
const facts = fc
  .record({ does: fc.constantFrom('send' as const, 'pay' as const, 'create' as const), who: fc.nat(3), sum: fc.nat(4) })
  .map(({ does, who, sum }) =>
    factsWith({
      reach: { does, egress: does !== 'create', routing: ['to'] },
      destinations: does === 'create' ? [] : [destination(who === 0 ? 'new' : 'known', `p${who}@example.com`)],
      amount: does === 'pay' ? { value: sum, currency: 'EUR' } : undefined,
    }),
  );
const effect: fc.Arbitrary<Effect> = fc
  .record({ facts, ago: fc.integer({ min: 0, max: 30 * 60 }) })
  .map(({ facts: done, ago }) => ({ facts: done, at: NOW - ago * MINUTE }));

test('what is over a cap is over it too when caps that are out of reach were left aside, with the same words and the same wait', () => {
  fc.assert(
    fc.property(
      fc.array(cap, { maxLength: 4 }),
      facts,
      fc.array(effect, { maxLength: 9 }),
      fc.nat(3),
      (caps, about, history, more) => {
        const policy = policyWith({ caps });
        const near = withCapsInReach(policy, about, history.length + more);
        assert.deepEqual(overCap(about, NOW, NOW, history, near), overCap(about, NOW, NOW, history, policy));
      },
    ),
    { numRuns: 2000, seed: 5 },
  );
});

test('a cap that only counts, and allows more than were begun, is left aside; one that is reached with the next stays', () => {
  const named = (caps: Cap[], begun: number): readonly string[] =>
    withCapsInReach(policyWith({ caps }), factsWith(), begun).caps.map(({ name }) => name);
  const hourly: Cap = { name: 'hourly', per_hour: 3 };
  assert.deepEqual(named([hourly], 2), []);
  assert.deepEqual(named([hourly], 3), ['hourly']);
  assert.deepEqual(named([{ name: 'both', per_hour: 9, per_day: 3 }], 3), ['both']);
  assert.deepEqual(named([{ name: 'sum', per_hour: 9, amount_per_day: 100 }], 0), ['sum']);
  assert.deepEqual(named([{ name: 'first', first_waits_hours: 1 }], 0), ['first']);
});
