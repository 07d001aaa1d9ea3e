/**
 * The circuit breaker of one action server. Closed: whatever is approved begins there. After several faults in a row it
 * opens: nothing begins for a while that doubles each time. Then it is half open: one action tries; if that goes well it
 * closes, otherwise it opens again. Values in, values out; times are milliseconds of a clock that only goes forward.
 */
export type Breaker =
  | { readonly state: 'closed'; readonly faults: number }
  | { readonly state: 'open'; readonly until: number; readonly times: number }
  | { readonly state: 'half-open'; readonly times: number };

export const CLOSED: Breaker = { state: 'closed', faults: 0 };

/** Faults in a row that open it, and the waits that follow. */
export const LIMITS = { faults: 5, first: 30_000, longest: 900_000 };

/** Whether anything may begin. */
export const mayBegin = (breaker: Breaker, now: number): boolean =>
  breaker.state === 'closed' || (breaker.state === 'open' && now >= breaker.until);

/** Something begins. */
export const begun = (breaker: Breaker): Breaker =>
  breaker.state === 'open' ? { state: 'half-open', times: breaker.times } : breaker;

/** What began went well, or failed for a reason that is not the server’s. */
export const succeeded = (): Breaker => CLOSED;

/** What began came to nothing before anything could be tried: the next may try at once. */
export const abandoned = (breaker: Breaker, now: number): Breaker =>
  breaker.state === 'half-open' ? { state: 'open', until: now, times: breaker.times } : breaker;

/** The server was at fault. `chance`, from 0 up to 1, makes the wait up to a quarter shorter, so that not all come back at once. */
export function faulted(breaker: Breaker, now: number, chance: number, limits = LIMITS): Breaker {
  switch (breaker.state) {
    case 'closed':
      return breaker.faults + 1 < limits.faults
        ? { state: 'closed', faults: breaker.faults + 1 }
        : opened(1, now, chance, limits);
    case 'half-open':
      return opened(breaker.times + 1, now, chance, limits);
    case 'open':
      // It began before the breaker opened, and says nothing new.
      return breaker;
  }
}

function opened(times: number, now: number, chance: number, { first, longest }: typeof LIMITS): Breaker {
  const wait = Math.min(first * 2 ** (times - 1), longest);
  return { state: 'open', until: now + wait * (1 - chance / 4), times };
}
