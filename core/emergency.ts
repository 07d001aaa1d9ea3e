import { z } from 'zod';

/**
 * When Steward stops by itself: `emergency:` of `config.yaml`. Each limit can be set, and none so high that it is as good
 * as none. They lie above the caps of `Policies.md`, which make single actions wait: these end everything.
 */
export const EmergencyLimits = z.strictObject({
  /** Money that may go out in 24 hours; all currencies count one to one. */
  spend_per_day: z.number().min(0).max(1_000_000).default(5000),
  /** How many effects may fail, or end with nobody knowing, within how many minutes. */
  failures: z.int().min(1).max(1000).default(10),
  failures_minutes: z
    .number()
    .min(1)
    .max(24 * 60)
    .default(10),
  /** Effects that may begin within a minute with no person’s word on each. */
  effects_per_minute: z.int().min(1).max(600).default(30),
  /** Minutes between two readings of the whole ledger. */
  ledger_minutes: z
    .number()
    .min(0.05)
    .max(24 * 60)
    .default(10),
});
export type EmergencyLimits = z.infer<typeof EmergencyLimits>;
