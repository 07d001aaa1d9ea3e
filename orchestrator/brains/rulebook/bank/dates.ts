import { dateIn } from '../dates.ts';

/** How `03/04/2026` is read: by the day first, or by the month first. */
export type DateOrder = 'day' | 'month';

const PARTS = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})$/;

/** The date alone: a time behind it says nothing here. */
const bare = (cell: string): string =>
  cell.trim().replace(/(?:[T ]|, ?)\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?(?: ?[AP]M)?(?:Z|[+-]\d\d:?\d\d)?$/i, '');

/**
 * The order of day and month in a column, decided by its dates: a part over 12 is no month. Undefined where none is
 * written so that it matters.
 */
export function dateOrder(cells: readonly string[], isGerman: boolean): DateOrder | undefined {
  const found = cells.flatMap(cell => {
    const [, first, second] = PARTS.exec(bare(cell)) ?? [];
    return first === undefined || second === undefined ? [] : [[Number(first), Number(second)] as const];
  });
  if (found.length === 0) return undefined;
  const day = found.filter(([first, second]) => first > 12 && first <= 31 && second <= 12).length;
  const month = found.filter(([first, second]) => second > 12 && second <= 31 && first <= 12).length;
  if (day !== month) return day > month ? 'day' : 'month';
  if (isGerman) return 'day';
  // Statements cover weeks, not years: of the two readings the right one keeps to fewer months.
  const spread = (at: 0 | 1): number => new Set(found.map(parts => parts[at])).size;
  return spread(1) < spread(0) ? 'day' : 'month';
}

/** A cell as `YYYY-MM-DD`; undefined for what is no date, or one that does not exist. */
export function dateOf(cell: string, order: DateOrder | undefined): string | undefined {
  const text = bare(cell);
  const [, first, second, last] = PARTS.exec(text) ?? [];
  if (first !== undefined && second !== undefined && last !== undefined) {
    const [day, month] = order === 'month' ? [second, first] : [first, second];
    return dateIn(`${year(last)}-${month}-${day}`);
  }
  const [, dotDay, dotMonth, dotYear] = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})$/.exec(text) ?? [];
  if (dotYear !== undefined) return dateIn(`${year(dotYear)}-${dotMonth}-${dotDay}`);
  return /^[\p{L}\d ,./-]{6,30}$/u.test(text) ? dateIn(text) : undefined;
}

const year = (digits: string): string => (digits.length === 2 ? `20${digits}` : digits);
