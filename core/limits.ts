import { z } from 'zod';

/** Bounds on what thinking may take. Money in US dollars, as providers price it. */
const TaskLimits = z
  .strictObject({
    turns: z.int().positive().default(60),
    tokens: z.int().positive().default(2_000_000),
    money: z.number().positive().default(2),
    /** Minutes of work, not of waiting for a person. */
    minutes: z.number().positive().default(30),
    /** Turns that change nothing before the task is given to the person. */
    repeats: z.int().positive().default(4),
  })
  .prefault({});
const DayLimits = z
  .strictObject({
    tokens: z.int().positive().default(10_000_000),
    money: z.number().positive().default(10),
  })
  .prefault({});

/** `budget:` in config.yaml. */
export const Budget = z
  .strictObject({
    task: TaskLimits,
    day: DayLimits,
    /** By the name of a role: what it may take in a day, within the day of all. */
    roles: z.record(z.string(), DayLimits).default({}),
    /** The share of a day’s budget at which it is told, before it is used up. */
    warn_at: z.number().min(0).max(1).default(0.8),
    /** Tasks that a model thinks about at the same time. */
    at_once: z.int().min(1).max(32).default(2),
  })
  .prefault({});
export type Budget = z.infer<typeof Budget>;

/** Dollars for a million tokens, as a provider published them on a day. */
export const Price = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  cache_read: z.number().min(0).optional(),
  cache_write: z.number().min(0).optional(),
  as_of: z.iso.date(),
});
export type Price = z.infer<typeof Price>;
export const Prices = z.record(z.string(), Price);
export type Prices = z.infer<typeof Prices>;
