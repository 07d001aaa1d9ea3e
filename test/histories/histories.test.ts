import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS, playHistories } from './play.ts';

const LONG = process.env.STEWARD_TEST_LONG === '1';

test('in random histories of two nodes and a phone nothing is done, claimed or approved twice, nothing lost, and all come to the same', async () => {
  const told: string[] = [];
  const { summary, seen } = await playHistories({
    ...{ seed: 1, count: LONG ? 1000 : 50, naive: false },
    say: line => told.push(line),
  });
  assert.deepEqual(told, [], 'npm run histories -- --seed S --count 1 --verbose shows one again');
  for (const fault of FAULTS) assert.equal(summary[fault], 0, fault);
  assert.ok(summary.steps >= summary.histories * 20);
  for (const [what, times] of Object.entries(seen)) assert.ok(times > summary.histories / 2, `only ${times} ${what}`);
});

test('the same histories with commit, pull and push go wrong in every way that the checker looks for', async () => {
  const { summary } = await playHistories({ seed: 1, count: LONG ? 100 : 8, naive: true, say: () => undefined });
  for (const fault of ['double_effects', 'double_claims', 'lost_updates'] as const) {
    assert.ok(summary[fault] > 0, `the checker did not see ${fault}`);
  }
});
