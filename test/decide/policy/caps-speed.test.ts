import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../../core/policy.ts';
import { overCap } from '../../../orchestrator/decide/policy/caps.ts';
import { destination, factsWith, policyWith } from './facts.ts';

test('a cap is counted over twenty thousand effects in a moment, also where it is far over: nothing is held up by it', () => {
  const now = Date.UTC(2026, 10, 21, 12);
  const facts = (at: number) =>
    factsWith({ destinations: [destination('new', `p${at}@example.com`)], amount: { value: 1, currency: 'EUR' } });
  const history = Array.from({ length: 20_000 }, (_, at): Effect => ({ facts: facts(at), at: now - at * 1000 }));
  const caps = [{ name: 'all', per_hour: 3000, per_day: 19_000, amount_per_day: 10_000, new_per_day: 10_000 }];
  const from = performance.now();
  const over = overCap(facts(-1), now, now, history, policyWith({ caps }));
  assert.ok(performance.now() - from < 10_000, `${Math.round(performance.now() - from)} ms`);
  assert.equal(over?.until, now - 9999 * 1000 + 24 * 3_600_000);
});
