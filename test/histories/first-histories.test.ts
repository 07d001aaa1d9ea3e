import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playHistories } from './play.ts';
import { assertSound } from './sound.ts';

const LONG = process.env.STEWARD_TEST_LONG === '1';

test('in random histories of two nodes and a phone nothing is done, claimed or approved twice, nothing lost, and all come to the same', async () => {
  await assertSound(1, LONG ? 500 : 25);
});

test('the same histories with commit, pull and push go wrong in every way that the checker looks for', async () => {
  const { summary } = await playHistories({ seed: 1, count: LONG ? 100 : 8, naive: true, say: () => undefined });
  for (const fault of ['double_effects', 'double_claims', 'lost_updates', 'transplanted_approvals'] as const) {
    assert.ok(summary[fault] > 0, `the checker did not see ${fault}`);
  }
});
