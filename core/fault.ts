import { z } from 'zod';

/**
 * Whose turn it is after a fault: nobody's (transient: tried again), the person's with the account (authentication:
 * the channel pauses), the person's with the action (logic), nobody's with this item (data: set aside), ours (system).
 */
export const Fault = z.enum(['transient', 'authentication', 'logic', 'data', 'system']);
export type Fault = z.infer<typeof Fault>;
