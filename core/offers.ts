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

/** What was read last, by file: they are looked up at every step of every task, and are written anew, never changed. */
const known = new Map<string, { readonly mark: string; readonly offers: Offers | undefined }>();

/** The offers on disk, or undefined where there are none (yet) that can be read: the executor writes them anew when it starts. */
export function readOffers(file: string): Offers | undefined {
  const stats = lstatOf(file);
  if (stats === undefined) return undefined;
  const mark = `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
  const before = known.get(file);
  if (before?.mark === mark) return before.offers;
  const offers = offersIn(file);
  known.set(file, { mark, offers });
  return offers;
}

/** What is cut off or damaged, as after a restore of a broken disk, offers nothing. */
function offersIn(file: string): Offers | undefined {
  try {
    return Offers.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

export function writeOffers(file: string, tmp: string, offers: Offers): void {
  overwriteFile(tmp, file, `${JSON.stringify(offers)}\n`);
}
