/** When something that belongs to every morning is due. All times are local, as `YYYY-MM-DDTHH:MM:SS`. */
export type Daily = {
  /** `HH:MM`, local. */
  readonly at: string;
  /** When Steward began to work for this vault; undefined before it did. */
  readonly begun: string | undefined;
  /** The days for which it was done, as `YYYY-MM-DD`. */
  readonly done: ReadonlySet<string>;
};

/**
 * The day for which it is due now, or undefined. Late is better than never, so it stays due until the day ends; a day is
 * done once, however often the clock jumps over the hour. The first day counts only if it began before the hour.
 */
export function due(now: string, { at, begun, done }: Daily): string | undefined {
  const day = now.slice(0, 10);
  const hour = `${day}T${at}`;
  if (begun === undefined || done.has(day) || now < hour) return undefined;
  return begun.startsWith(day) && begun >= hour ? undefined : day;
}

/** When it is due next, as `YYYY-MM-DDTHH:MM`: today, or tomorrow by the calendar. */
export function nextDue(now: string, { at, done }: Omit<Daily, 'begun'>): string {
  const day = now.slice(0, 10);
  return now < `${day}T${at}` && !done.has(day) ? `${day}T${at}` : `${dayAfter(day)}T${at}`;
}

/** The next day of the calendar, which has 23 or 25 hours where clocks are changed. */
export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
