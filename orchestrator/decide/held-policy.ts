import { sha256 } from '../../core/digest.ts';
import type { Judgement, Policy } from '../../core/policy.ts';
import type { Book } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';
import { factsOf, type Judged } from './facts.ts';
import { knownFrom } from './known.ts';
import { FALLBACK } from './policy/fallback.ts';
import { judge } from './policy/judge.ts';
import { parsePolicy } from './policy/parse.ts';

export type HeldPolicy = { readonly policy: Policy; readonly sha256: string };

const NOTHING: HeldPolicy = { policy: FALLBACK, sha256: sha256('') };
const read = new WeakMap<NonNullable<Book['policy']>, HeldPolicy>();

/** Everything is asked, and signed. */
const SIGNED: Policy = {
  ...FALLBACK,
  rules: [{ name: 'what an unreadable policy wants signed', zone: 'red', signature: 'required' }],
};

/**
 * The policy that holds: the one that was accepted last, whatever `Policies.md` says by now. Before any was, and where
 * this version of Steward cannot read it, everything is asked; and signed, where it wanted anything signed.
 */
export function policyThatHolds({ policy: accepted }: Pick<Book, 'policy'>): HeldPolicy {
  if (accepted === undefined) return NOTHING;
  const known = read.get(accepted);
  if (known !== undefined) return known;
  const parsed = parsePolicy(accepted.text);
  const fallback = /^\s[^`#\n]*\bsignature["']?:\s*["']?required/m.test(accepted.text) ? SIGNED : FALLBACK;
  const held = { policy: parsed.ok ? parsed.value : fallback, sha256: accepted.sha256 };
  read.set(accepted, held);
  return held;
}

/** What the policy that holds says of an action at this moment. */
export function judgeNow(judged: Judged, { ledger, vault, state, config, now }: ExecutorContext): Judgement {
  const known = knownFrom(vault, state, config, ledger.book.history);
  return judge(factsOf(judged, now(), known), policyThatHolds(ledger.book).policy, config.permit);
}
