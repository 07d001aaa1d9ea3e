import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import { Chronicle } from '../../orchestrator/schedule/chronicle.ts';

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 1) + minute * 60_000).toISOString();
const closed = (task: string, verdict: 'done' | 'failed' | 'rejected'): LedgerRecord => ({
  ...{ kind: 'CLOSED', task, title: task, verdict, why: 'so', notes: [`Plans/${task}-plan.md`, 'Needs_Action/x.md'] },
});
const approved = (way: 'policy' | 'moved'): LedgerRecord => ({
  ...{ kind: 'APPROVED', id: 'note-0123456789ab-a1', digest: '0', way, by: 'x', changed: [] },
});

test('what happened between two moments is counted once each, whatever happened before and after', () => {
  const kinds = fc.constantFrom('done', 'failed', 'rejected', 'policy', 'moved');
  fc.assert(
    fc.property(fc.array(kinds, { maxLength: 80 }), fc.nat(80), fc.nat(80), (events, a, b) => {
      const chronicle = new Chronicle();
      events.forEach((kind, minute) => {
        const isVerdict = kind === 'done' || kind === 'failed' || kind === 'rejected';
        chronicle.apply(isVerdict ? closed(`note-${minute}`, kind) : approved(kind), at(minute));
      });
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const counts = chronicle.between(Date.parse(at(from)), Date.parse(at(to)));
      const within = events.slice(from + 1, to + 1);
      const count = (kind: string): number => within.filter(one => one === kind).length;
      assert.deepEqual(counts, {
        ...{ done: count('done'), failed: count('failed'), rejected: count('rejected') },
        ...{ byPolicy: count('policy'), byYou: count('moved') },
      });
    }),
  );
});

test('a task that failed is told until it is taken up again, and again where it fails again', () => {
  const chronicle = new Chronicle();
  const failed = (open: readonly string[] = []): string[] => chronicle.failedSince(0, open).map(({ task }) => task);
  chronicle.apply(closed('note-aa', 'failed'), at(0));
  chronicle.apply(closed('note-bb', 'done'), at(1));
  assert.deepEqual(failed(), ['note-aa']);
  assert.deepEqual(failed(['note-aa-r2']), []);
  chronicle.apply(closed('note-aa-r2', 'failed'), at(2));
  assert.deepEqual(failed(), ['note-aa-r2']);
  chronicle.apply(closed('note-aa-r3', 'done'), at(3));
  assert.deepEqual(failed(), []);
  assert.equal(chronicle.ended[0]?.plan, 'note-aa-plan');
});

test('a long ledger is not kept in memory: titles of the last tasks, and moments of the last days', () => {
  const chronicle = new Chronicle();
  for (let minute = 0; minute < 30_000; minute += 1) chronicle.apply(closed(`note-${minute}`, 'done'), at(minute));
  assert.equal(chronicle.ended.length, 200);
  assert.equal(chronicle.begun, at(0));
  const week = 7 * 24 * 60;
  const last = Date.parse(at(29_999));
  assert.equal(chronicle.between(last - week * 60_000, last).done, week, 'a week is whole');
  assert.ok(chronicle.between(0, last).done < 15_000, 'what is older is forgotten');
});
