import type { Cap, Match, Never, Policy, Rule } from '../../../core/policy.ts';
import type { Condition } from './match.ts';

/** Green is looser than yellow, yellow than red. */
const isLooser = (one: Rule, other: Rule): boolean =>
  one.zone !== other.zone && (one.zone === 'green' || other.zone === 'red');

const LIMITS = ['per_hour', 'per_day', 'amount_per_hour', 'amount_per_day', 'new_per_day'] as const;

/**
 * What a new policy would loosen compared with the one that holds, one sentence for each; none means that no action is
 * judged less strictly under it. What cannot be seen to be as strict counts as looser.
 */
export function loosenings(held: Policy, wanted: Policy): readonly string[] {
  return [
    ...wanted.rules.filter(rule => rule.zone !== 'red' && !isCovered(rule, held)).map(newSentence),
    ...held.rules.filter(rule => isMissed(rule, wanted)).map(goneSentence),
    ...held.rules.filter(rule => rule.signature === 'required' && !isStillSigned(rule, wanted)).map(unsignedSentence),
    ...held.never.filter(entry => !isStillNever(entry, wanted)).map(neverSentence),
    ...held.caps.filter(cap => !wanted.caps.some(other => isAsTight(other, cap))).map(capSentence),
    ...(wanted.hold_minutes < held.hold_minutes
      ? [`What is held waits ${wanted.hold_minutes} minutes instead of ${held.hold_minutes}.`]
      : []),
  ];
}

/** Whether something that already holds lets at least as much through, at least as freely. */
const isCovered = (rule: Rule, held: Policy): boolean =>
  held.rules.some(other => !isLooser(rule, other) && includes(rule, other));

/** Whether a rule that is gone held back what a looser rule now lets through. */
const isMissed = (rule: Rule, wanted: Policy): boolean =>
  wanted.rules.some(other => isLooser(other, rule) && mayMeet(other, rule)) &&
  !wanted.rules.some(other => !isLooser(other, rule) && includes(rule, other));

const isStillSigned = (rule: Rule, wanted: Policy): boolean =>
  wanted.rules.some(other => other.signature === 'required' && includes(rule, other));

/** Under the same name, since a permission outside the vault names it. */
const isStillNever = (entry: Never, wanted: Policy): boolean =>
  wanted.never.some(other => other.name === entry.name && includes(entry, other));

const isAsTight = (cap: Cap, held: Cap): boolean =>
  includes(cap, held) &&
  includes(held, cap) &&
  LIMITS.every(limit => isAtMost(cap[limit], held[limit])) &&
  isAtLeast(cap.first_waits_hours, held.first_waits_hours);

/** A limit that is not there allows everything, a wait that is not there waits for nothing. */
const isAtMost = (limit = Number.POSITIVE_INFINITY, held = Number.POSITIVE_INFINITY): boolean => limit <= held;
const isAtLeast = (wait = Number.NEGATIVE_INFINITY, held = Number.NEGATIVE_INFINITY): boolean => wait >= held;

/** Whether the one fits nothing that the other does not fit: it has all its conditions, and perhaps more. */
const includes = (one: Match, other: Match): boolean =>
  CONDITIONS.every(name => other[name] === undefined || written(one[name]) === written(other[name]));

const CONDITIONS: readonly Condition[] = [
  ...(['action', 'does', 'egress', 'where', 'to', 'from'] as const),
  ...(['amount', 'recurring', 'source', 'role', 'hours', 'days'] as const),
];

/** Two rules for different kinds of action never fit the same one. */
const mayMeet = (one: Match, other: Match): boolean =>
  one.does === undefined ||
  other.does === undefined ||
  listed(one.does).some(does => listed(other.does).includes(does));

const listed = (given: unknown): readonly unknown[] => [given].flat();

/** The same text for the same condition: one value is a list of one, and the order of a list does not matter. */
const written = (condition: unknown): string =>
  JSON.stringify(
    listed(condition)
      .map(one => JSON.stringify(one))
      .sort(),
  );

const newSentence = ({ name, zone }: Rule): string =>
  `The rule “${name}” is new or wider: what it fits is ${zone === 'green' ? 'done at once' : 'done after a hold'}.`;
const goneSentence = ({ name, zone }: Rule): string =>
  `The rule “${name}” is gone or narrower: what it fitted is no longer ${zone} for certain.`;
const unsignedSentence = ({ name }: Rule): string =>
  `The rule “${name}” no longer wants a signature for all that it fitted.`;
const neverSentence = ({ name }: Never): string => `“${name}” is gone from the never list, or narrower.`;
const capSentence = ({ name }: Cap): string => `The cap “${name}” is gone, higher, or counts other things.`;
