import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Json } from './digest.ts';
import { lstatOf, overwriteFile } from './durable.ts';
import { Reach } from './reach.ts';

/**
 * What the action servers offer as they are configured: written by the executor, which alone starts them, and read by
 * the planner, which makes the brain’s `propose_<server>_<tool>` tools from it.
 */
const Offer = z.strictObject({
  server: z.string(),
  tool: z.string(),
  title: z.string(),
  description: z.string(),
  schema: Json,
  reach: Reach,
});
export type Offer = z.infer<typeof Offer>;
export const Offers = z.strictObject({ key: z.string(), offers: z.array(Offer) });
export type Offers = z.infer<typeof Offers>;

/** The offers on disk, or undefined where there are none (yet). */
export function readOffers(file: string): Offers | undefined {
  if (lstatOf(file) === undefined) return undefined;
  const parsed = Offers.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return parsed.success ? parsed.data : undefined;
}

export function writeOffers(file: string, tmp: string, offers: Offers): void {
  overwriteFile(tmp, file, `${JSON.stringify(offers)}\n`);
}
