import { dateIn } from './dates.ts';

const WEEKDAYS: readonly (readonly string[])[] = [
  ['sunday', 'sun', 'sonntag'],
  ['monday', 'mon', 'montag'],
  ['tuesday', 'tue', 'tues', 'dienstag'],
  ['wednesday', 'wed', 'mittwoch'],
  ['thursday', 'thu', 'thur', 'thurs', 'donnerstag'],
  ['friday', 'fri', 'freitag'],
  ['saturday', 'sat', 'samstag', 'sonnabend'],
];
const UNTIL = '(?:by|until|till|before|due|due on|on|bis|bis zum|am|spätestens|deadline:?)';
const WEEKDAY = new RegExp(
  `(?<!\\p{L})${UNTIL}\\s+(?:this\\s+|diesen\\s+)?(${WEEKDAYS.flat().join('|')})(?!\\p{L})`,
  'iu',
);
const TODAY = new RegExp(
  `(?<!\\p{L})${UNTIL}\\s+(?:today|heute|tonight|end of (?:the )?day|eod)(?!\\p{L})|(?<!\\p{L})today(?!\\p{L})`,
  'iu',
);
const TOMORROW = new RegExp(`(?<!\\p{L})(?:${UNTIL}\\s+)?tomorrow(?!\\p{L})|(?<!\\p{L})bis morgen(?!\\p{L})`, 'iu');
const SHORT = new RegExp(
  `(?<!\\p{L})${UNTIL}\\s+(?:the\\s+)?(?:(\\d{1,2})\\.\\s?(\\d{1,2})\\.?(?!\\d)|(\\d{1,2})(?:st|nd|rd|th)?\\.?\\s+([a-z]{3,9})|([a-z]{3,9})\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?)(?![\\p{L}\\d])`,
  'iu',
);

/** `day` and a number of days more, as `YYYY-MM-DD`. */
function later(day: string, days: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/**
 * The day by which something is due, as `YYYY-MM-DD`: a date that stands there, a weekday (the next one after `day`),
 * today, tomorrow. Undefined where none is named, or where it could be meant in two ways, as “next Friday”.
 */
export function dueIn(text: string, day: string): string | undefined {
  const named = dateIn(text);
  if (named !== undefined) return named;
  const weekday = WEEKDAY.exec(text)?.[1]?.toLowerCase();
  if (weekday !== undefined) {
    const wanted = WEEKDAYS.findIndex(names => names.includes(weekday));
    const from = new Date(`${day}T12:00:00Z`).getUTCDay();
    return later(day, (wanted - from + 7) % 7 || 7);
  }
  if (TODAY.test(text)) return day;
  if (TOMORROW.test(text)) return later(day, 1);
  const [, dotDay, dotMonth, firstDay, firstMonth, lastMonth, lastDay] = SHORT.exec(text) ?? [];
  const year = Number(day.slice(0, 4));
  const inYear = (count: number): string | undefined =>
    dotMonth === undefined
      ? dateIn(`${firstDay ?? lastDay} ${firstMonth ?? lastMonth} ${count}`)
      : dateIn(`${count}-${dotMonth}-${dotDay}`);
  const thisYear = inYear(year);
  return thisYear === undefined || thisYear >= day ? thisYear : inYear(year + 1);
}
