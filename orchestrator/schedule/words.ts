import { localTime } from '../../core/names.ts';

/** A moment as a person reads it on a day: the hour alone where it is that day, otherwise date and hour. */
export function moment(at: string, now: Date): string {
  const time = localTime(new Date(at)).slice(0, 16);
  return time.slice(0, 10) === localTime(now).slice(0, 10) ? time.slice(11) : time.replace('T', ' ');
}

/** A time so far ahead that it means: waiting alone does not help. */
export const isNever = (at: string | undefined): boolean => at?.startsWith('9999') ?? false;

/** `1 task`, `2 tasks`. */
export const many = (count: number, one: string, more = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : more}`;

/** What was said at length, on one line of a list. */
export const clipped = (text: string, limit = 240): string =>
  text.length > limit ? `${text.slice(0, limit).toWellFormed()} …` : text;

/** The first few of many, and how many more there are. */
export function firstOf<T>(items: readonly T[], count: number, rest: (more: number) => T): readonly T[] {
  return items.length <= count ? items : [...items.slice(0, count), rest(items.length - count)];
}
