import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queueTold } from '../../orchestrator/schedule/queue.ts';

const NOW = new Date(2026, 10, 21, 12);
const waiting = (minutes: number, more: object = {}) => ({
  ...{
    since: new Date(NOW.getTime() - minutes * 60_000).toISOString(),
    exchanges: [],
    down: undefined,
    paused: undefined,
  },
  ...more,
});
const many = (count: number, minutes: number, more: object = {}) =>
  Array.from({ length: count }, (_, at) => waiting(minutes + at, more));

test('a queue that grows is told with its oldest task, and a busy moment is not', () => {
  assert.deepEqual(queueTold(many(200, 0).slice(0, 50), NOW), []);
  assert.deepEqual(queueTold(many(9, 90), NOW), []);
  const [line, ...more] = queueTold(many(10, 81), NOW);
  assert.match(line ?? '', /^- 10 tasks wait for their first thought, the oldest since 10:30: /);
  assert.equal(more.length, 0);
});

test('what is thought about, interrupted or paused is no queue', () => {
  for (const more of [{ exchanges: [1] }, { down: { why: 'overloaded' } }, { paused: { why: 'later' } }])
    assert.deepEqual(queueTold(many(50, 90, more), NOW), []);
});
