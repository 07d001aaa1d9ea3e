import assert from 'node:assert/strict';
import type { Reach } from '../../../core/reach.ts';
import type * as Amount from '../../../orchestrator/decide/policy/amount.ts';
import type { Checks } from './facts.ts';

const REACH: Reach = { does: 'pay', egress: true, routing: ['payee'], amount: 'amount', currency: 'currency' };

export const AMOUNT_CHECKS: Checks<typeof Amount> = {
  'an amount is a number, or a text of digits with a point': ({ amountOf }) => {
    for (const [given, value] of [
      [50, 50],
      ['50', 50],
      ['49.90', 49.9],
      ['0', 0],
      [0, 0],
      [1e21, 1e21],
      [-5, -5],
    ] as const)
      assert.equal(amountOf(REACH, { amount: given })?.value, value, String(given));
  },
  'what is no plain number is no amount': ({ amountOf }) => {
    const odd = ['1,000', '50,00', 'NaN', 'Infinity', '1e21', '-5', '+5', ' 5', '5 ', '0x10', '५०', '', '5.', '.5'];
    for (const given of [...odd, '1.2.3', true, null, [50], { value: 50 }])
      assert.ok(Number.isNaN(amountOf(REACH, { amount: given })?.value), JSON.stringify(given));
  },
  'no amount is told where the tool has none, or none was given': ({ amountOf }) => {
    assert.equal(amountOf(REACH, { payee: 'x' }), undefined);
    assert.equal(amountOf({ does: 'pay', egress: true, routing: [] }, { amount: 50, undefined: 5 }), undefined);
  },
  'a currency is read in capitals, and only where the tool names its argument': ({ amountOf }) => {
    assert.equal(amountOf(REACH, { amount: 5, currency: ' eur' })?.currency, 'EUR');
    assert.equal(amountOf(REACH, { amount: 5, currency: 5 })?.currency, undefined);
    assert.equal(amountOf(REACH, { amount: 5 })?.currency, undefined);
    const { currency: _, ...bare } = REACH;
    assert.equal(amountOf(bare, { amount: 5, currency: 'EUR', undefined: 'EUR' })?.currency, undefined);
  },
  'only finite numbers from nothing upwards are amounts': ({ isAmount }) => {
    for (const good of [0, 0.01, 50, 1e21]) assert.equal(isAmount(good), true, String(good));
    for (const bad of [-0.01, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      assert.equal(isAmount(bad), false, String(bad));
  },
};
