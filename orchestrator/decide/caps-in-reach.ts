import type { Cap, Facts, Policy } from '../../core/policy.ts';
import { fallsUnder } from './policy/falls-under.ts';

/**
 * A policy without the caps that an action cannot be over: those that it does not fall under, and those that only count
 * and allow more than were begun at all. Most actions are far from every cap, and nothing has to be counted for them.
 * `begun`: how many effects there are at most.
 */
export const withCapsInReach = (policy: Policy, facts: Facts, begun: number): Policy => ({
  ...policy,
  caps: policy.caps.filter(cap => isInReach(cap, begun) && fallsUnder(cap, facts)),
});

function isInReach(cap: Cap, begun: number): boolean {
  const { per_hour = Number.POSITIVE_INFINITY, per_day = Number.POSITIVE_INFINITY } = cap;
  const others = [cap.amount_per_hour, cap.amount_per_day, cap.new_per_day, cap.first_waits_hours];
  return others.some(limit => limit !== undefined) || Math.min(per_hour, per_day) <= begun;
}
