import type { Zone } from '../../core/policy.ts';
import { isFollowing } from '../../core/reach.ts';
import type { Action } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';
import { amountFault } from './amount-check.ts';
import { withCapsInReach } from './caps-in-reach.ts';
import { factsOf } from './facts.ts';
import { judgeNow, policyThatHolds } from './held-policy.ts';
import { knownFrom } from './known.ts';
import { overCap } from './policy/caps.ts';
import { judge } from './policy/judge.ts';
import { isOwn } from './policy-change.ts';

export type LastCheck =
  | { readonly kind: 'go' }
  /** On the never list by now, or of an amount that cannot be counted: not done, whoever approved it. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Policy has become stricter since: nobody but policy approved it, or a person did and it is to be signed by now. */
  | { readonly kind: 'stricter'; readonly why: string }
  | { readonly kind: 'over'; readonly why: string; readonly until: string };

const UNSIGNED = 'Your policy has come to want a signature for it since it was approved.';
const STRICTNESS: Readonly<Record<Zone, number>> = { green: 0, yellow: 1, red: 2 };

/** Why policy no longer lets something through that it put into a zone before; undefined where it still does. */
export function stricterThan(action: Action, context: ExecutorContext): string | undefined {
  const { proposed } = action;
  const judgement = judgeNow(proposed, context);
  if (judgement.kind === 'refused') return judgement.why;
  // It belongs to what was let through before, and no rule is about it.
  if (isFollowing(proposed.reach)) return undefined;
  if (STRICTNESS[judgement.zone] <= STRICTNESS[proposed.zone] && !judgement.signature) return undefined;
  return `Your policy has become stricter since this was prepared. ${judgement.reasons[0] ?? ''}`.trim();
}

/** What is looked at right before an effect begins, whoever approved it: the never list, the zone, the caps. */
export function lastCheck(action: Action, context: ExecutorContext): LastCheck {
  const { envelope, proposed, id } = action;
  if (isOwn(proposed)) return { kind: 'go' };
  const { ledger, vault, state, config, now } = context;
  const { history } = ledger.book;
  const known = knownFrom(vault, state, config, history);
  const at = now();
  const facts = factsOf(envelope, at, known);
  const { policy } = policyThatHolds(ledger.book);
  const judgement = judge(facts, policy, config.permit);
  if (judgement.kind === 'refused') return judgement;
  const fault = amountFault(envelope.reach, envelope.arguments);
  if (fault !== undefined) return { kind: 'refused', why: fault };
  const unsigned = judgement.signature && action.way !== 'signed' ? UNSIGNED : undefined;
  const stricter = action.way === 'policy' ? stricterThan(action, context) : unsigned;
  if (stricter !== undefined) return { kind: 'stricter', why: stricter };
  if (isFollowing(envelope.reach)) return { kind: 'go' };
  const approvedAt = Date.parse(action.approvedAt ?? at.toISOString());
  const near = withCapsInReach(policy, facts, history.mostEffects(envelope));
  if (near.caps.length === 0) return { kind: 'go' };
  const over = overCap(facts, at.getTime(), approvedAt, history.effects(id, envelope, known), near);
  return over === undefined
    ? { kind: 'go' }
    : { kind: 'over', why: over.why, until: new Date(over.until).toISOString() };
}
