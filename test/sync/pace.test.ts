import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../orchestrator/sync/pace.ts';

/** How many commits a burst of changes becomes, one change every `every` milliseconds, each commit taking `takes`. */
function commitsOf(changes: number, every: number, takes: number): number {
  const pace = new Pace();
  let commits = 0;
  let now = 0;
  let since: number | undefined;
  let next = 0;
  const last = changes * every;
  while (now <= last + 10_000) {
    while (next <= Math.min(now, last)) {
      since ??= next;
      next += every;
    }
    if (since !== undefined && pace.wait(now, since) <= 0) {
      commits += 1;
      now += takes;
      pace.sent(now);
      since = undefined;
    } else now += 5;
  }
  return commits;
}

test('a thousand tasks in a burst are at most twenty commits, whether they come within a second or within half a minute', () => {
  for (const [every, takes] of [
    [1, 20],
    [5, 100],
    [10, 20],
    [30, 50],
  ] as const) {
    const commits = commitsOf(1000, every, takes);
    assert.ok(commits <= 20, `${commits} commits where one comes every ${every} ms`);
  }
});

test('a single change is sent at once, and so is the next one after a calm', () => {
  const pace = new Pace();
  assert.ok(pace.wait(1000, 1000) <= 50);
  pace.sent(1100);
  assert.ok(pace.wait(60_000, 60_000) <= 50);
});
