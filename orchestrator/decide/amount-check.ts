import type { Arguments } from '../../core/envelope.ts';
import type { Reach } from '../../core/reach.ts';
import { amountOf, isAmount } from './policy/amount.ts';

/**
 * What is wrong with the amount of money that an action names, as a sentence; undefined where nothing is. What nobody can
 * count fits no cap and no limit, so it is sent back before anybody is asked.
 */
export function amountFault(reach: Reach | undefined, given: Arguments): string | undefined {
  const amount = reach === undefined ? undefined : amountOf(reach, given);
  if (amount === undefined || isAmount(amount.value)) return undefined;
  return `Its “${reach?.amount}” is no amount that can be counted: digits, with a point at most, such as 12.50.`;
}
