import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Budget } from '../../core/limits.ts';
import { boundCrossed, isNearlyUsed, NOTHING, type Standing } from '../../orchestrator/think/budget.ts';
import { costOf, priceOf, tokensOf } from '../../orchestrator/think/prices.ts';
import { SpendJournal } from '../../orchestrator/think/spending.ts';
import { TempFolder } from '../helpers/temp.ts';

const budget = Budget.parse({ roles: { coach: { tokens: 500, money: 1 } } });
const standing = (part: Partial<Standing> = {}): Standing => ({
  task: { ...NOTHING, minutes: 0, repeats: 0 },
  day: NOTHING,
  roleDay: NOTHING,
  role: undefined,
  ...part,
});
const call = { tokens: 100, money: 0.1 };
const PAID = {};
const AT_HOME = { staysHere: true };

test('a call that fits every bound is let through, and each bound is found when it alone is crossed', () => {
  assert.equal(boundCrossed(standing(), call, budget), undefined);
  const crossed: [Partial<Standing>, 'task' | 'day', RegExp][] = [
    [{ task: { ...NOTHING, turns: 60, minutes: 0, repeats: 0 } }, 'task', /60 turns/],
    [{ task: { ...NOTHING, repeats: 4, minutes: 0 } }, 'task', /4 turns in a row/],
    [{ task: { ...NOTHING, minutes: 30, repeats: 0 } }, 'task', /30 minutes/],
    [{ task: { ...NOTHING, tokens: 1_999_901, minutes: 0, repeats: 0 } }, 'task', /2000000 tokens/],
    [{ task: { ...NOTHING, money: 1.95, minutes: 0, repeats: 0 } }, 'task', /\$2\.00/],
    [{ day: { ...NOTHING, tokens: 9_999_901 } }, 'day', /Today/],
    [{ day: { ...NOTHING, money: 9.95 } }, 'day', /\$10\.00 are used/],
    [{ role: 'coach', roleDay: { ...NOTHING, tokens: 401 } }, 'day', /coach has used its tokens/],
    [{ role: 'coach', roleDay: { ...NOTHING, money: 0.95 } }, 'day', /coach has used its money/],
  ];
  for (const [part, of, why] of crossed) {
    const bound = boundCrossed(standing(part), call, budget);
    assert.equal(bound?.of, of);
    assert.match(bound?.why ?? '', why);
  }
  assert.equal(
    boundCrossed(standing({ role: 'monitor', roleDay: { ...NOTHING, tokens: 401 } }), call, budget),
    undefined,
  );
});

test('whatever is reserved before each call, a task never gets past its bound by more than the last call’s surprise', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ thought: fc.nat(60_000), took: fc.nat(90_000) }), { maxLength: 80 }), calls => {
      let tokens = 0;
      let surprise = 0;
      for (const { thought, took } of calls) {
        const at = standing({ task: { ...NOTHING, tokens, minutes: 0, repeats: 0 } });
        if (boundCrossed(at, { tokens: thought, money: 0 }, budget) !== undefined) break;
        tokens += took;
        surprise = Math.max(0, took - thought);
      }
      assert.ok(tokens <= budget.task.tokens + surprise);
    }),
  );
});

test('it is told that a day is nearly used before it is used', () => {
  assert.equal(isNearlyUsed({ ...NOTHING, money: 7.9 }, budget), false);
  assert.equal(isNearlyUsed({ ...NOTHING, money: 8 }, budget), true);
  assert.equal(isNearlyUsed({ ...NOTHING, tokens: 8_000_000 }, budget), true);
});

test('a price is the person’s own first, a dated name has its plain name’s, and an unpriced model counts as the dearest', () => {
  const usage = {
    model: 'claude-haiku-4-5-20251001',
    input_tokens: 1_000_000,
    output_tokens: 100_000,
    cache_read_tokens: 1_000_000,
  };
  assert.deepEqual(costOf(usage, PAID, {}), { money: 1.6, priced: true });
  const own = { 'claude-haiku-4-5': { input: 2, output: 0, as_of: '2026-11-01' } };
  assert.deepEqual(costOf(usage, PAID, own), { money: 4, priced: true });
  const unknown = costOf({ ...usage, model: 'claude-next' }, PAID, {});
  assert.equal(unknown.priced, false);
  assert.ok(unknown.money >= costOf({ ...usage, model: 'claude-opus-4-5' }, PAID, {}).money);
  assert.equal(costOf({ ...usage, model: 'tiny' }, AT_HOME, {}).money, 0);
  assert.equal(priceOf('claude-next', PAID, {}), undefined);
  assert.equal(tokensOf(usage), 2_100_000);
});

test('what was reserved and never settled counts whole after a restart; what was settled counts as it was', () => {
  using folder = new TempFolder();
  const file = path.join(folder.path, 'spend.journal');
  const open = (): SpendJournal => new SpendJournal(file, folder.path, () => new Date());
  const reserve = (id: string) =>
    ({ kind: 'RESERVED', id, task: 'note-0123456789ab', brain: 'claude', tokens: 1000, money: 0.5 }) as const;
  const first = open();
  first.record(reserve('a'));
  const usage = { model: 'claude-haiku-4-5', input_tokens: 10, output_tokens: 5 };
  first.record({ kind: 'SPENT', id: 'a', usage, tokens: 15, money: 0.01, priced: true });
  first.record(reserve('b'));
  first.close();
  const again = open();
  const { turns, tokens, money } = again.book.ofTask('note-0123456789ab');
  assert.deepEqual({ turns, tokens, money }, { turns: 2, tokens: 1015, money: 0.51 });
  assert.equal(SpendJournal.read(file).ofDay(new Date()).tokens, 1015);
  assert.deepEqual(
    [...again.book.models.values()].map(total => total.tokens),
    [15],
  );
  again.close();
});
