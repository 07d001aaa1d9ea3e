import { z } from 'zod';
import type { Arguments, Origin } from './envelope.ts';
import type { Exposure } from './exposure.ts';
import { Does, type Reach } from './reach.ts';

/** What policy says of an action: green (do it), yellow (do it after a hold that can be cancelled), red (ask). */
export const Zone = z.enum(['green', 'yellow', 'red']);
export type Zone = z.infer<typeof Zone>;

/** How well somebody or something that an action goes to is known. `bulk`: many at once, or a list. */
export const Standing = z.enum(['self', 'known', 'new', 'bulk']);
export type Standing = z.infer<typeof Standing>;

const Name = z.string().min(1).max(80);
/** `email.*`: a name with `*` for any run of characters. */
const Glob = z.string().min(1).max(200);
/** The kinds of `Origin`. */
const Kind = z.enum(['person', 'handbook', 'contacts', 'rule', 'dropped', 'incoming', 'web', 'model', 'unknown']);
const several = <T extends z.ZodType>(one: T): z.ZodUnion<[T, z.ZodArray<T>]> => z.union([one, z.array(one).min(1)]);

/**
 * Which actions a rule, a cap or a never entry is about: all that is given must fit. What loosens (green, yellow) fits
 * only where every part of the action does; what tightens (red, caps, never) fits where any part does.
 */
const Conditions = {
  action: several(Glob).optional(),
  does: several(Does).optional(),
  egress: z.boolean().optional(),
  /** Argument → glob, or several. The name may be a glob too, and several by `|`: `path|*file*`. */
  where: z.record(z.string().regex(/^[a-z0-9_*|]{1,200}$/), several(Glob)).optional(),
  /** The worst standing among those it goes to: self < known < new < bulk. */
  to: several(Standing).optional(),
  /** Kinds of origin of the values that decide where it goes. */
  from: several(Kind).optional(),
  amount: z
    .strictObject({
      at_most: z.number().positive(),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .optional(),
    })
    .optional(),
  /** As much as, or less than, an earlier payment to the same payee that a person approved. */
  recurring: z.boolean().optional(),
  /** The watcher that the task came from, or `person`. */
  source: several(Name).optional(),
  role: several(Name).optional(),
  /** Local time, `08:00-18:00`: from the first minute until before the last; may reach over midnight. */
  hours: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/)
    .optional(),
  days: z
    .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
    .min(1)
    .optional(),
};
const Match = z.strictObject(Conditions);
export type Match = z.infer<typeof Match>;

export const Rule = z.strictObject({
  name: Name,
  zone: Zone,
  ...Conditions,
  signature: z.literal('required').optional(),
});
export type Rule = z.infer<typeof Rule>;

/** A cap holds whatever is approved: what is over it waits and says so. */
export const Cap = z.strictObject({
  name: Name,
  ...Conditions,
  per_hour: z.int().min(0).optional(),
  per_day: z.int().min(0).optional(),
  /** Sum of amounts; all currencies count one to one, and an action without an amount counts nothing. */
  amount_per_hour: z.number().min(0).optional(),
  amount_per_day: z.number().min(0).optional(),
  /** Destinations that were never met before. */
  new_per_day: z.int().min(0).optional(),
  /** Hours that the first payment to a payee waits after it was approved. */
  first_waits_hours: z.number().min(0).optional(),
});
export type Cap = z.infer<typeof Cap>;

/** What is never done, unless the configuration outside the vault permits it by name. */
export const Never = z.strictObject({ name: Name, ...Conditions });
export type Never = z.infer<typeof Never>;

/** The `yaml` box in `Policies.md`. */
export const Policy = z.strictObject({
  hold_minutes: z
    .number()
    .min(0)
    .max(7 * 24 * 60)
    .default(15),
  rules: z.array(Rule).default([]),
  caps: z.array(Cap).default([]),
  never: z.array(Never).default([]),
});
export type Policy = z.infer<typeof Policy>;

/** One destination of an action, and where the judgement of its standing came from, in words. */
export type Destination = {
  readonly argument: string;
  readonly value: string;
  readonly standing: Standing;
  readonly why: string;
};

/** All that policy judges by. Gathered by the executor; nothing in it is what a brain says of itself. */
export type Facts = {
  readonly action: string;
  readonly reach: Reach;
  readonly arguments: Arguments;
  readonly origins: Readonly<Record<string, Origin>>;
  readonly destinations: readonly Destination[];
  readonly amount: { readonly value: number; readonly currency: string | undefined } | undefined;
  readonly recurring: boolean;
  readonly exposure: Exposure;
  readonly source: string;
  readonly role: string | undefined;
  /** Local time of the judgement: minutes after midnight, and the day of the week. */
  readonly minute: number;
  readonly day: 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';
};

/** What policy says, with the reasons in words for the person. */
export type Judgement =
  | { readonly kind: 'refused'; readonly why: string }
  | {
      readonly kind: 'judged';
      readonly zone: Zone;
      /** The rule that decided; undefined where none fitted. */
      readonly rule: string | undefined;
      readonly reasons: readonly string[];
      readonly signature: boolean;
    };

/** One effect that was begun, as caps count it. First payments are told by all effects on record, however old. */
export type Effect = {
  readonly facts: Facts;
  /** Milliseconds since the epoch. */
  readonly at: number;
};
