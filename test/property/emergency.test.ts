import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EmergencyLimits } from '../../core/emergency.ts';
import type { Envelope } from '../../core/envelope.ts';
import type { ActionRecord, Way } from '../../core/ledger-record.ts';
import type { Reach } from '../../core/reach.ts';
import { Lately } from '../../orchestrator/execute/emergency.ts';
import { envelopeFor } from '../helpers/envelopes.ts';

const LIMITS = EmergencyLimits.parse({});
const PAYS: Reach = { does: 'pay', egress: true, routing: ['to'], amount: 'amount' };
const START = Date.parse('2026-11-21T12:00:00.000Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

type Kind = 'INTENT' | 'CONFIRMED' | 'NOT_SENT' | 'NOT_SENT_RETRY' | 'UNKNOWN';

function recordOf(kind: Kind, id: string, at: string): ActionRecord {
  switch (kind) {
    case 'INTENT':
      return { kind, id, digest: '', attempt: 1 };
    case 'CONFIRMED':
      return { kind, id, receipt: {}, how: 'answered' };
    case 'NOT_SENT':
      return { kind, id, proof: '' };
    case 'NOT_SENT_RETRY':
      return { kind, id, proof: '', next: at };
    case 'UNKNOWN':
      return { kind, id, why: '' };
  }
}

/** A ledger of actions that is told as it goes. */
class Told {
  readonly lately = new Lately();
  now = START;

  hear(envelope: Envelope, kind: Kind, way: Way = 'moved'): void {
    const at = new Date(this.now).toISOString();
    const { id } = envelope;
    this.lately.hear(recordOf(kind, id, at), at, { id, envelope, way });
  }

  begin(way: Way = 'moved', args: Envelope['arguments'] = {}, reach?: Reach): Envelope {
    const envelope = { ...envelopeFor('bank', 'pay', args), ...(reach === undefined ? {} : { reach }) };
    this.hear(envelope, 'INTENT', way);
    return envelope;
  }

  alarm(limits = LIMITS) {
    return this.lately.alarm(limits, this.now);
  }

  before(amount: number | string, id = 'x') {
    const envelope = { ...envelopeFor('bank', 'pay', { amount }), reach: PAYS, id };
    return this.lately.alarmBefore({ id, envelope }, LIMITS, this.now);
  }
}

test('a person who approves two hundred at once trips nothing', () => {
  const told = new Told();
  for (let count = 0; count < 200; count += 1) {
    told.hear(told.begin('moved'), 'CONFIRMED');
    assert.equal(told.alarm(), undefined);
  }
});

test('as many that nobody was asked about trip it, at the first one over the limit', () => {
  const told = new Told();
  for (let count = 1; count <= LIMITS.effects_per_minute; count += 1) {
    told.begin('policy');
    assert.equal(told.alarm(), undefined, `after ${count}`);
  }
  told.begin('policy');
  assert.match(told.alarm()?.why ?? '', /31 actions began within a minute/);
  told.now += MINUTE;
  assert.equal(told.alarm(), undefined, 'what lies longer back is over');
});

test('what is usual here lifts the limit, but never more than fivefold, however long it grows', () => {
  const told = new Told();
  const busy = (count: number): boolean => {
    told.now += 5 * MINUTE;
    for (let one = 0; one < count; one += 1) told.begin('policy');
    return told.alarm() !== undefined;
  };
  assert.ok(!busy(25));
  assert.ok(!busy(25));
  assert.ok(!busy(70), 'not far above what is usual');
  assert.ok(busy(200), 'far above what is usual');
  for (let round = 0; round < 300; round += 1) busy(149);
  assert.ok(!busy(5 * LIMITS.effects_per_minute));
  assert.ok(busy(5 * LIMITS.effects_per_minute + 1));
});

test('ten that fail or end unknown within ten minutes trip it; the same ten over a day do not', () => {
  for (const apart of [MINUTE / 2, 3 * MINUTE]) {
    const told = new Told();
    for (let count = 1; count <= LIMITS.failures; count += 1) {
      told.now += apart;
      assert.equal(told.alarm(), undefined, `after ${count - 1}`);
      told.hear(told.begin(), count % 2 === 0 ? 'NOT_SENT' : 'UNKNOWN');
    }
    assert.equal(told.alarm() !== undefined, apart < MINUTE);
  }
});

test('what turned out to have happened, what is tried again and what never began are no failures', () => {
  const told = new Told();
  for (let count = 0; count < 30; count += 1) {
    const found = told.begin();
    told.hear(found, 'UNKNOWN');
    told.hear(found, 'CONFIRMED');
    told.hear(told.begin(), 'NOT_SENT_RETRY');
    told.hear(envelopeFor('bank', 'pay', {}), 'NOT_SENT');
  }
  assert.equal(told.alarm(), undefined);
});

test('a person who answers about many that were unknown long ago trips nothing', () => {
  const told = new Told();
  const open = Array.from({ length: 30 }, () => {
    told.now += 10 * MINUTE;
    const one = told.begin();
    told.hear(one, 'UNKNOWN');
    return one;
  });
  told.now += 60 * MINUTE;
  for (const one of open) told.hear(one, 'NOT_SENT');
  assert.equal(told.alarm(), undefined);
});

test('no run of payments spends more than the limit in any 24 hours, whoever approved them', () => {
  const payment = fc.record({
    amount: fc.oneof(fc.integer({ min: 0, max: 6000 }), fc.double({ min: 0, max: 6000, noNaN: true })),
    passes: fc.integer({ min: 0, max: DAY / 2 }),
    ends: fc.constantFrom<Kind>('CONFIRMED', 'NOT_SENT', 'NOT_SENT_RETRY', 'UNKNOWN'),
    way: fc.constantFrom<Way>('moved', 'policy', 'signed'),
  });
  fc.assert(
    fc.property(fc.array(payment, { maxLength: 40 }), payments => {
      const told = new Told();
      const spent: { at: number; amount: number }[] = [];
      for (const { amount, passes, ends, way } of payments) {
        told.now += passes;
        if (told.before(amount) !== undefined) continue;
        told.hear(told.begin(way, { amount }, PAYS), ends, way);
        if (ends === 'CONFIRMED' || ends === 'UNKNOWN') spent.push({ at: told.now, amount });
        const lately = spent.filter(({ at }) => told.now - at <= DAY).reduce((sum, one) => sum + one.amount, 0);
        assert.ok(lately <= LIMITS.spend_per_day + 1e-6, `${lately}`);
      }
    }),
  );
});

test('an amount that cannot be read, or is below nothing, gets past no limit', () => {
  const told = new Told();
  for (const amount of ['1e9', '5000,01', '٩٩٩٩', '', ' 12', -6000, Number.POSITIVE_INFINITY])
    assert.notEqual(told.before(amount), undefined, String(amount));
  assert.equal(told.before('4999.99'), undefined);
  assert.equal(told.before(5000), undefined);
  assert.notEqual(told.before(5000.01), undefined);
});

test('two payments that are about to begin at once do not both take the last of the limit', () => {
  const told = new Told();
  assert.equal(told.before(3000, 'one'), undefined);
  assert.notEqual(told.before(3000, 'other'), undefined);
});

test('an invoice that is only written spends nothing', () => {
  const told = new Told();
  const envelope = {
    ...envelopeFor('odoo', 'invoice', { amount: 90_000 }),
    reach: { ...PAYS, does: 'create' as const },
  };
  assert.equal(told.lately.alarmBefore({ id: envelope.id, envelope }, LIMITS, told.now), undefined);
});

test('once a person resumes, the payment that they were told of is done, and the next one too large stops again', () => {
  const told = new Told();
  const alarm = told.before(7000, 'rent') ?? assert.fail('nothing stopped it');
  assert.equal(alarm.about, 'rent');
  told.lately.stop(alarm.about);
  told.lately.resume();
  assert.equal(told.before(7000, 'rent'), undefined);
  const rent = { ...envelopeFor('bank', 'pay', { amount: 7000 }), reach: PAYS, id: 'rent' };
  told.hear(rent, 'INTENT');
  assert.equal(told.before(20, 'bread'), undefined, 'what they let happen takes no room from the rest');
  assert.notEqual(told.before(7000, 'car'), undefined);
});

test('a resume starts every count anew, so that what tripped does not trip again by itself', () => {
  const told = new Told();
  for (let count = 0; count < 50; count += 1) told.hear(told.begin('policy'), 'UNKNOWN');
  assert.notEqual(told.alarm(), undefined);
  told.lately.resume();
  assert.equal(told.alarm(), undefined);
});

test('a clock that is set back hides nothing that happened just before', () => {
  const told = new Told();
  told.now += 4 * MINUTE;
  for (let count = 0; count < LIMITS.failures; count += 1) told.hear(told.begin(), 'NOT_SENT');
  told.now -= 4 * MINUTE;
  assert.notEqual(told.alarm(), undefined);
});

test('no limit can be set to nothing, nor so high that it is as good as none', () => {
  for (const wrong of [
    ...['off', Number.POSITIVE_INFINITY, 1e9, -1, null].map(spend_per_day => ({ spend_per_day })),
    ...[0, 1e6, false].map(failures => ({ failures })),
    ...[0, 1e6].map(effects_per_minute => ({ effects_per_minute })),
    ...[0, 1e6].map(ledger_minutes => ({ ledger_minutes })),
    { failures_minutes: 0 },
    { ledger_check: false },
  ])
    assert.ok(!EmergencyLimits.safeParse(wrong).success, JSON.stringify(wrong));
});
