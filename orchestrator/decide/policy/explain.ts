import type { Effect, Facts, Judgement, Match, Policy, Zone } from '../../../core/policy.ts';
import { type Limit, limitsOf } from './caps.ts';
import { judge, raisedBy, sideOf } from './judge.ts';
import { type Condition, misfits } from './match.ts';

/** One rule or never entry held against the facts. */
export type Fit = { readonly name: string; readonly fits: boolean; readonly whyNot: readonly string[] };

export type Explanation = {
  readonly judgement: Judgement;
  readonly never: readonly (Fit & { readonly permitted: boolean })[];
  readonly rules: readonly (Fit & { readonly zone: Zone })[];
  /** Why it is red whatever the rules say. */
  readonly raised: readonly string[];
  readonly limits: readonly Limit[];
};

/** Everything that policy has to say of an action; times in milliseconds since the epoch. */
export function explain(
  facts: Facts,
  policy: Policy,
  permitted: readonly string[],
  at: number,
  approvedAt: number,
  history: readonly Effect[],
): Explanation {
  return {
    judgement: judge(facts, policy, permitted),
    never: policy.never.map(entry => ({
      ...fitOf(entry, misfits(entry, facts, 'tightens')),
      permitted: permitted.includes(entry.name),
    })),
    rules: policy.rules.map(rule => ({ ...fitOf(rule, misfits(rule, facts, sideOf(rule))), zone: rule.zone })),
    raised: raisedBy(facts),
    limits: limitsOf(facts, at, approvedAt, history, policy),
  };
}

const fitOf = (entry: Match & { readonly name: string }, wrong: readonly Condition[]): Fit => ({
  name: entry.name,
  fits: wrong.length === 0,
  whyNot: wrong.map(name => `${WORDS[name]} is not ${wanted(entry[name])}`),
});

const WORDS: Readonly<Record<Condition, string>> = {
  action: 'the action',
  does: 'what it does',
  egress: 'whether it can carry data out',
  where: 'an argument',
  to: 'how well it is known whom it goes to',
  from: 'where its values came from',
  amount: 'the amount',
  recurring: 'whether as much was paid to the same one before',
  source: 'what the task came from',
  role: 'the role at work',
  hours: 'the time of day',
  days: 'the day of the week',
};

function wanted(condition: unknown): string {
  if (Array.isArray(condition)) return condition.map(String).join(' or ');
  if (typeof condition !== 'object' || condition === null) return String(condition);
  return Object.entries(condition)
    .map(([name, value]) => `${name}: ${wanted(value)}`)
    .join(', ');
}
