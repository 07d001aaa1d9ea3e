import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { localTime } from '../../core/names.ts';
import { dayAfter, due, nextDue } from '../../orchestrator/schedule/due.ts';

const clock = fc
  .date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2035-12-31T23:59:59Z'), noInvalidDate: true })
  .map(date => date.toISOString().slice(0, 19));
const hour = fc
  .tuple(fc.nat(23), fc.nat(59))
  .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);

/** Looks at the clock at each of these times, and keeps count as what writes the digest does. */
function looked(times: readonly string[], at: string, begun: string | undefined): string[] {
  const days: string[] = [];
  for (const now of times) {
    const day = due(now, { at, begun, done: new Set(days) });
    if (day !== undefined) days.push(day);
  }
  return days;
}

test('whatever the clock does, no day has two digests, and none before its hour', () => {
  fc.assert(
    fc.property(fc.array(clock, { maxLength: 60 }), hour, fc.option(clock, { nil: undefined }), (times, at, begun) => {
      const days = looked(times, at, begun);
      assert.equal(new Set(days).size, days.length);
      for (const day of days) assert.ok(times.some(now => now.startsWith(day) && now >= `${day}T${at}`));
    }),
    { numRuns: 2000 },
  );
});

test('a look at any time of a day after its hour is enough, however late Steward starts', () => {
  fc.assert(
    fc.property(clock, hour, clock, fc.array(clock), (now, at, begun, before) => {
      const day = now.slice(0, 10);
      fc.pre(now >= `${day}T${at}` && begun < day);
      assert.ok(looked([...before, now], at, begun).includes(day));
    }),
    { numRuns: 2000 },
  );
});

test('the first day has none where Steward began after the hour, and one where it began before', () => {
  assert.deepEqual(looked(['2026-11-21T09:00:00', '2026-11-21T23:59:59'], '07:00', '2026-11-21T08:00:00'), []);
  assert.deepEqual(looked(['2026-11-22T07:00:00'], '07:00', '2026-11-21T08:00:00'), ['2026-11-22']);
  assert.deepEqual(looked(['2026-11-21T07:00:00'], '07:00', '2026-11-21T06:59:59'), ['2026-11-21']);
  assert.deepEqual(looked(['2026-11-21T06:59:59'], '07:00', '2026-11-20T08:00:00'), []);
  assert.deepEqual(looked(['2026-11-21T09:00:00'], '07:00', undefined), []);
});

test('a clock that was years ahead does not silence the mornings after it is right again', () => {
  const times = ['2026-11-20T08:00:00', '2036-01-01T08:00:00', '2026-11-21T08:00:00', '2026-11-20T23:00:00'];
  assert.deepEqual(looked(times, '07:00', '2026-11-01T00:00:00'), ['2026-11-20', '2036-01-01', '2026-11-21']);
});

test('where clocks are changed, an hour that there is not is made up for and one that there is twice counts once', () => {
  const before = process.env.TZ;
  process.env.TZ = 'Europe/Berlin';
  try {
    const minutes = (from: string, count: number): string[] =>
      Array.from({ length: count }, (_, at) => localTime(new Date(Date.parse(from) + at * 60_000)));
    assert.deepEqual(looked(minutes('2026-03-28T23:00:00Z', 240), '02:30', '2026-03-01T00:00:00'), ['2026-03-29']);
    assert.deepEqual(looked(minutes('2026-10-24T22:00:00Z', 300), '02:30', '2026-03-01T00:00:00'), ['2026-10-25']);
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});

test('the next one is told for today while it is to come, and for tomorrow once it was', () => {
  assert.equal(nextDue('2026-11-21T06:00:00', { at: '07:00', done: new Set() }), '2026-11-21T07:00');
  assert.equal(nextDue('2026-11-21T07:01:00', { at: '07:00', done: new Set() }), '2026-11-22T07:00');
  assert.equal(nextDue('2026-11-21T06:00:00', { at: '07:00', done: new Set(['2026-11-21']) }), '2026-11-22T07:00');
  assert.equal(dayAfter('2026-12-31'), '2027-01-01');
  assert.equal(dayAfter('2028-02-28'), '2028-02-29');
});
