import { z } from 'zod';

/**
 * What a task has been shown so far: text that strangers may have written, and data of the person's. Once there is
 * both, whatever can carry data out needs a person. Told by the code that showed it, never by the brain.
 */
export const Exposure = z.strictObject({
  untrusted: z.array(z.string().max(200)).max(50),
  private: z.array(z.string().max(200)).max(50),
});
export type Exposure = z.infer<typeof Exposure>;
