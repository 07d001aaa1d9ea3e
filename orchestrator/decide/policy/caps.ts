import type { Cap, Effect, Facts, Policy } from '../../../core/policy.ts';
import { isAmount } from './amount.ts';
import { fallsUnder } from './falls-under.ts';
import { folded } from './glob.ts';
import { fits } from './match.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The time that is told where waiting alone never makes an action fit: the last day of the year 9999. */
export const NOT_BY_TIME = Date.UTC(9999, 11, 31);

/** One limit of a cap that an action falls under, and how it stands. */
export type Limit = {
  readonly cap: string;
  readonly limit: keyof Cap;
  readonly most: number;
  /** What is used already, without this action. Hours since the approval, for a first payment. */
  readonly used: number;
  /** Milliseconds since the epoch at which it fits by time alone; undefined where it fits now. */
  readonly until: number | undefined;
  readonly why: string;
};

/**
 * Whether an action has to wait although it is approved. `history` is every effect that was begun, however old: which
 * payment is a first one depends on all of them. `at` and `approvedAt` are milliseconds since the epoch.
 */
export function overCap(
  facts: Facts,
  at: number,
  approvedAt: number,
  history: readonly Effect[],
  policy: Policy,
): { readonly why: string; readonly until: number } | undefined {
  const over = limitsOf(facts, at, approvedAt, history, policy).flatMap(({ why, until }) =>
    until === undefined ? [] : [{ why, until }],
  );
  if (over.length === 0) return undefined;
  return { why: over.map(({ why }) => why).join(' '), until: Math.max(...over.map(({ until }) => until)) };
}

/** Every limit that an action falls under. */
export function limitsOf(
  facts: Facts,
  at: number,
  approvedAt: number,
  history: readonly Effect[],
  policy: Policy,
): readonly Limit[] {
  const caps = policy.caps.filter(cap => fits(cap, facts, 'tightens'));
  return caps.flatMap(cap => {
    const window = (limit: keyof Cap, most: number | undefined, length: number, kind: Kind): readonly Limit[] =>
      most === undefined ? [] : [inWindow({ cap, limit, most, length, kind }, facts, at, history)];
    return [
      ...window('per_hour', cap.per_hour, HOUR, COUNT),
      ...window('per_day', cap.per_day, DAY, COUNT),
      ...window('amount_per_hour', cap.amount_per_hour, HOUR, AMOUNT),
      ...window('amount_per_day', cap.amount_per_day, DAY, AMOUNT),
      ...window('new_per_day', cap.new_per_day, DAY, NEW),
      ...firstWait(cap, facts, at, approvedAt, history),
    ];
  });
}

/** What a limit counts of an action, and its name in a sentence: parts by a name, each of which counts once. */
type Kind = { readonly parts: (facts: Facts) => readonly Part[]; readonly words: string };
type Part = readonly [name: unknown, weight: number];

const COUNT: Kind = { parts: () => [[Symbol(), 1]], words: '' };
const AMOUNT: Kind = { parts: facts => [[Symbol(), worth(facts)]], words: ' as a sum' };
const NEW: Kind = {
  parts: facts => newDestinations(facts).map((name): Part => [name, 1]),
  words: ' to somebody new',
};

/** What cannot be read as an amount fits no cap. */
const worth = ({ amount }: Facts): number =>
  amount === undefined ? 0 : isAmount(amount.value) ? amount.value : Number.POSITIVE_INFINITY;

/** Many at once count as new: nobody has looked at them one by one. */
const newDestinations = ({ destinations }: Facts): readonly string[] =>
  destinations.filter(({ standing }) => standing === 'new' || standing === 'bulk').map(({ value }) => folded(value));

/** A sum that begins with nothing: counts one more action at each call, and returns the sum with it. */
function summing({ parts }: Kind): (facts: Facts) => number {
  const counted = new Set<unknown>();
  let sum = 0;
  return facts => {
    for (const [name, weight] of parts(facts)) {
      if (!counted.has(name)) sum += weight;
      counted.add(name);
    }
    return exact(sum);
  };
}

type Window = {
  readonly cap: Cap;
  readonly limit: keyof Cap;
  readonly most: number;
  readonly length: number;
  readonly kind: Kind;
};

/** One limit over a sliding window: an effect that is exactly as old as the window is out of it. */
function inWindow(
  { cap, limit, most, length, kind }: Window,
  facts: Facts,
  at: number,
  history: readonly Effect[],
): Limit {
  const live = history
    .filter(effect => at - effect.at < length && fallsUnder(cap, effect.facts))
    .sort((a, b) => a.at - b.at);
  const all = summing(kind);
  const used = live.reduce((_, effect) => all(effect.facts), 0);
  const span = length === HOUR ? 'an hour' : 'a day';
  const told = `The cap “${cap.name}” allows ${most} ${span}${kind.words}`;
  const limited = { cap: cap.name, limit, most, used };
  const sum = summing(kind);
  if (sum(facts) > most)
    return { ...limited, until: NOT_BY_TIME, why: `${told}, and this alone is over it: waiting does not help.` };
  // From the latest back: the first with which it is too much is the last that still has to leave the window.
  const last = live.toReversed().find(effect => sum(effect.facts) > most);
  if (last === undefined) return { ...limited, until: undefined, why: `${told}; ${used} used.` };
  return { ...limited, until: last.at + length, why: `${told}; ${used} used, and this would go over it.` };
}

/** Sums of fractions without the noise of binary fractions: 0.1 + 0.2 is 0.3. */
const exact = (sum: number): number => Number(sum.toFixed(6));

/** The first payment to a payee waits, so that a wrong payee can still be noticed. */
function firstWait(
  cap: Cap,
  facts: Facts,
  at: number,
  approvedAt: number,
  history: readonly Effect[],
): readonly Limit[] {
  const most = cap.first_waits_hours;
  if (most === undefined) return [];
  const before = history.filter(effect => fallsUnder(cap, effect.facts));
  const met = new Set(before.flatMap(effect => effect.facts.destinations.map(({ value }) => folded(value))));
  const payees = facts.destinations.map(({ value }) => folded(value));
  if (payees.length > 0 && payees.every(payee => met.has(payee))) return [];
  const until = approvedAt + most * HOUR;
  return [
    {
      cap: cap.name,
      limit: 'first_waits_hours',
      most,
      used: exact((at - approvedAt) / HOUR),
      until: at < until ? until : undefined,
      why: `By the cap “${cap.name}” the first of these to somebody waits ${most} hours after it was approved.`,
    },
  ];
}
