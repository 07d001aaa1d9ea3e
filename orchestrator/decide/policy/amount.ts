import type { Json } from '../../../core/digest.ts';
import type { Arguments } from '../../../core/envelope.ts';
import type { Facts } from '../../../core/policy.ts';
import type { Reach } from '../../../core/reach.ts';

/**
 * The amount of money that an action moves. Undefined where the tool has none or none was given; NaN where something
 * was given that is no plain number, so that nothing that loosens fits it and no cap has room for it.
 */
export function amountOf(reach: Reach, given: Arguments): Facts['amount'] {
  const value = reach.amount === undefined ? undefined : given[reach.amount];
  if (value === undefined) return undefined;
  const currency = reach.currency === undefined ? undefined : given[reach.currency];
  return { value: numberOf(value), currency: typeof currency === 'string' ? currency.trim().toUpperCase() : undefined };
}

/** `50`, `"50"`, `"49.90"`: digits with a point at most, as every reader reads them alike. */
function numberOf(value: Json): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^[0-9]{1,15}(\.[0-9]{1,6})?$/.test(value) ? Number(value) : Number.NaN;
}

/** Whether it is an amount at all: a finite number, not below nothing. */
export const isAmount = (value: number): boolean => Number.isFinite(value) && value >= 0;
