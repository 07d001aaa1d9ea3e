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

/** Sources that are told of; what is more than this many is as good as everything. */
const MOST = 50;
const LONGEST = 200;

/** Several exposures in one. What was shown once stays shown. */
export function joined(...exposures: readonly Exposure[]): Exposure {
  const all = (name: keyof Exposure): string[] =>
    [...new Set(exposures.flatMap(one => one[name]).map(source => source.slice(0, LONGEST).toWellFormed()))].slice(
      0,
      MOST,
    );
  return { untrusted: all('untrusted'), private: all('private') };
}

/** What reading tools have shown: others may have written it, and it is the person’s. `actions` are `server.tool`. */
export const exposedBy = (actions: Iterable<string>): Exposure =>
  joined({ untrusted: [...actions], private: [...actions] });
