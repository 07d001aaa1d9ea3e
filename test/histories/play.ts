import type { Verdict } from './checker.ts';
import { playHistory } from './history.ts';

/** What must never happen. */
export const FAULTS = [
  'double_effects',
  'double_claims',
  'lost_updates',
  'transplanted_approvals',
  'not_converged',
] as const;

export type Summary = Readonly<Record<'histories' | 'steps' | (typeof FAULTS)[number], number>>;
/** The summary, and beside it how much happened in all of them. */
export type Played = { readonly summary: Summary; readonly seen: Verdict['seen'] };

/** Histories that are played at the same time: most of one is waiting for git. */
const AT_ONCE = 4;

/** Plays `count` histories from `seed` on, a few at a time, and adds up what they came to. */
export async function playHistories({
  seed,
  count,
  naive,
  say,
  tell,
}: {
  readonly seed: number;
  readonly count: number;
  readonly naive: boolean;
  /** Told what was found, with the seed that shows it again. */
  readonly say: (line: string) => void;
  readonly tell?: (line: string) => void;
}): Promise<Played> {
  const sum = {
    histories: 0,
    steps: 0,
    double_effects: 0,
    double_claims: 0,
    lost_updates: 0,
    transplanted_approvals: 0,
    not_converged: 0,
  };
  const seen = { effects: 0, thoughts: 0, words: 0 };
  let next = seed;
  const worker = async (): Promise<void> => {
    while (next < seed + count) {
      const own = next;
      next += 1;
      const verdict = await playHistory(own, naive, tell);
      sum.histories += 1;
      sum.steps += verdict.steps;
      for (const fault of FAULTS) sum[fault] += verdict[fault];
      seen.effects += verdict.seen.effects;
      seen.thoughts += verdict.seen.thoughts;
      seen.words += verdict.seen.words;
      for (const line of verdict.told) say(`seed ${own}: ${line}`);
    }
  };
  await Promise.all(Array.from({ length: tell === undefined ? AT_ONCE : 1 }, worker));
  return { summary: sum, seen };
}
