import { z } from 'zod';

/** One line of a benchmark: `value` is a ratio or a difference to `floor`, which is measured in the same run. */
export const Measured = z.object({
  name: z.string(),
  unit: z.string(),
  value: z.number(),
  bound: z.number(),
  floor: z.string(),
});
export type Measured = z.infer<typeof Measured>;

/** Fewer rounds, to see on a busy machine whether a benchmark works: its numbers mean less. */
export const isShort = process.argv.includes('--short');

/** The value at a share of the way from the smallest to the largest. */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Lets time pass: for what is measured while nothing happens. */
export const pass = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
