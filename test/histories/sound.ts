import assert from 'node:assert/strict';
import { FAULTS, playHistories } from './play.ts';

/** Plays histories with our own engine: nothing that must never happen happened, and enough happened at all. */
export async function assertSound(seed: number, count: number): Promise<void> {
  const told: string[] = [];
  const { summary, seen } = await playHistories({ seed, count, naive: false, say: line => told.push(line) });
  assert.deepEqual(told, [], 'npm run histories -- --seed S --count 1 --verbose shows one again');
  for (const fault of FAULTS) assert.equal(summary[fault], 0, fault);
  assert.ok(summary.steps >= summary.histories * 20);
  for (const [what, times] of Object.entries(seen)) assert.ok(times > count / 2, `only ${times} ${what}`);
}
