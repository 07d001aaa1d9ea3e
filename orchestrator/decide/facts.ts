import { identify, keyOf } from '../../core/contacts.ts';
import type { Arguments, Origin } from '../../core/envelope.ts';
import type { Exposure } from '../../core/exposure.ts';
import type { Destination, Facts } from '../../core/policy.ts';
import { type Reach, UNTOLD } from '../../core/reach.ts';
import { amountOf } from './policy/amount.ts';
import { destinationsOf, type Known as KnownDestinations } from './standing.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
/** Milliseconds for which an earlier payment makes a later one recurring: two months. */
export const RECURS = 62 * 24 * 3_600_000;

/** What policy judges, as a proposal or an envelope tells it. */
export type Judged = {
  readonly server: string;
  readonly tool: string;
  readonly arguments: Arguments;
  readonly origins: Readonly<Record<string, Origin>>;
  readonly attachments: readonly { readonly path: string }[];
  /** What an envelope of an earlier version does not tell is taken for the worst. */
  readonly reach?: Reach | undefined;
  readonly exposure?: Exposure | undefined;
  readonly source?: string | undefined;
  readonly role?: string | undefined;
};

/** One payment that was made and that a person had approved. `payees`: by `payeesOf`. */
export type Payment = {
  readonly payees: string;
  readonly amount: number;
  readonly currency: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** What the executor knows from its own records and the person’s notes. */
export type Known = KnownDestinations & { readonly payments: readonly Payment[] };

/** What an envelope that does not tell is taken for: everything was seen. */
const UNKNOWN: Exposure = { untrusted: ['unknown'], private: ['unknown'] };

/** What of the facts is the same whoever is known. */
export type Act = Omit<Facts, 'destinations' | 'amount' | 'recurring'>;

/** All that policy judges by. Nothing of it is what a brain says of itself. */
export function factsOf(judged: Judged, at: Date, known: Known): Facts {
  const act: Act = {
    action: `${judged.server}.${judged.tool}`,
    reach: judged.reach ?? UNTOLD,
    arguments: judged.arguments,
    origins: judged.origins,
    exposure: judged.exposure ?? UNKNOWN,
    source: judged.source ?? 'unknown',
    role: judged.role,
    minute: at.getHours() * 60 + at.getMinutes(),
    day: DAYS[at.getDay()] ?? 'sun',
  };
  const files = judged.attachments.map(({ path }) => path);
  return factsKnowing(act, files, at, known);
}

/** The facts of an act, by who is known. `files`: paths of its attachments. */
export function factsKnowing(act: Act, files: readonly string[], at: Date, known: Known): Facts {
  const destinations = destinationsOf({ reach: act.reach, arguments: act.arguments, files }, known);
  const amount = amountOf(act.reach, act.arguments);
  const recurring = amount !== undefined && isRecurring(destinations, amount, at, known.payments);
  return { ...act, destinations, amount, recurring };
}

/** Everybody whom something goes to, as one text: equal for the same ones in any order. */
export const payeesOf = (destinations: readonly Destination[]): string =>
  [...new Set(destinations.filter(({ standing }) => standing !== 'bulk').map(({ value }) => keyOf(identify(value))))]
    .sort()
    .join('\n');

function isRecurring(
  destinations: readonly Destination[],
  { value, currency }: NonNullable<Facts['amount']>,
  at: Date,
  payments: readonly Payment[],
): boolean {
  const payees = payeesOf(destinations);
  return (
    payees !== '' &&
    payments.some(
      earlier =>
        earlier.payees === payees &&
        earlier.currency === currency &&
        earlier.amount >= value &&
        at.getTime() - earlier.at <= RECURS,
    )
  );
}
