import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  abandoned,
  type Breaker,
  begun,
  CLOSED,
  faulted,
  LIMITS,
  mayBegin,
  succeeded,
} from '../../orchestrator/execute/breaker.ts';

/** What may come: time passes, something tries to begin and ends in one of three ways, and chance has its say. */
const STEP = fc.record({
  passes: fc.integer({ min: 0, max: 2 * LIMITS.longest }),
  ends: fc.constantFrom('well', 'fault', 'nothing'),
  chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

test('whatever happens, what is open opens again in time, waits no longer than the longest wait, and one alone tries then', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 60 }), steps => {
      let breaker: Breaker = CLOSED;
      let now = 0;
      let faults = 0;
      for (const { passes, ends, chance } of steps) {
        now += passes;
        const before = breaker;
        if (!mayBegin(breaker, now)) {
          assert.ok(
            breaker.state === 'open' && breaker.until - now <= LIMITS.longest,
            JSON.stringify({ breaker, now }),
          );
          assert.ok(mayBegin(breaker, breaker.until), 'it never lets anything try again');
          continue;
        }
        breaker = begun(breaker);
        if (before.state === 'open') assert.ok(!mayBegin(breaker, now + 10 * LIMITS.longest), 'two try at once');
        if (ends === 'well') {
          breaker = succeeded();
          faults = 0;
        } else if (ends === 'fault') {
          breaker = faulted(breaker, now, chance);
          faults += 1;
        } else breaker = abandoned(breaker, now);
        assert.notEqual(breaker.state, 'half-open', 'what began has ended');
        if (breaker.state === 'closed') assert.ok(faults < LIMITS.faults, `closed after ${faults} faults in a row`);
        else assert.ok(faults >= LIMITS.faults, `open after ${faults} faults`);
      }
    }),
  );
});

test('each wait is twice the one before, up to the longest, and chance takes at most a quarter of it', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 0, max: 1e9 }), (chance, start) => {
      let breaker: Breaker = CLOSED;
      for (let count = 1; count < LIMITS.faults; count += 1) {
        breaker = faulted(breaker, start, chance);
        assert.ok(mayBegin(breaker, start), `it opens after ${count} faults already`);
      }
      let now = start;
      for (let times = 1; times < 30; times += 1) {
        breaker = faulted(begun(breaker), now, chance);
        assert.ok(breaker.state === 'open');
        const full = Math.min(LIMITS.first * 2 ** (times - 1), LIMITS.longest);
        const wait = breaker.until - now;
        assert.ok(wait <= full && wait >= full * 0.75 - 1, `wait ${times} is ${wait} of ${full}`);
        assert.ok(!mayBegin(breaker, breaker.until - 1));
        now = breaker.until;
      }
    }),
  );
});

test('a fault of what began before the breaker opened does not make the wait longer', () => {
  let breaker: Breaker = CLOSED;
  for (let count = 0; count < LIMITS.faults; count += 1) breaker = faulted(breaker, 0, 0);
  assert.deepEqual(faulted(breaker, 1000, 0), breaker);
});

test('one that worked in between is forgiven everything before', () => {
  let breaker: Breaker = CLOSED;
  for (let round = 0; round < 10; round += 1) {
    for (let count = 1; count < LIMITS.faults; count += 1) breaker = faulted(breaker, 0, 0);
    assert.equal(breaker.state, 'closed');
    breaker = succeeded();
  }
  assert.deepEqual(breaker, CLOSED);
});
