import type { Cap, Facts } from '../../../core/policy.ts';
import { fits } from './match.ts';

const answers = new WeakMap<Cap, WeakMap<Facts, boolean>>();

/**
 * Whether an action falls under a cap. The same facts are held against the same cap with every later action: the answer
 * is worked out once.
 */
export function fallsUnder(cap: Cap, facts: Facts): boolean {
  const known = answersOf(cap);
  const before = known.get(facts);
  if (before !== undefined) return before;
  const answer = fits(cap, facts, 'tightens');
  known.set(facts, answer);
  return answer;
}

function answersOf(cap: Cap): WeakMap<Facts, boolean> {
  const before = answers.get(cap);
  if (before !== undefined) return before;
  const made = new WeakMap<Facts, boolean>();
  answers.set(cap, made);
  return made;
}
