import { LARGEST_TABLE } from '../../../../core/brain.ts';
import { sha256 } from '../../../../core/digest.ts';
import { codeSpan, proseLine } from '../../../../core/inert.ts';
import { fail, ok } from '../../../../core/outcome.ts';
import type { Reader, Values } from '../reading.ts';
import { amountText } from './amount.ts';
import { type Booking, type BrokenLine, readStatement } from './statement.ts';

/** Months that one file may go over: each is one action, and a turn has twenty. */
const MOST_MONTHS = 16;
/** Characters that the lines of one month may have: an action’s arguments are bounded. */
const LONGEST_MONTH = 200_000;
const LONGEST_TEXT = 160;
const MOST_BROKEN = 500;

/**
 * Reads a dropped file as the export of a bank. Lists: `months`, one for each month, account and currency, with
 * `{month_path}` `{month_head}` `{month_rows}` `{month_count}` `{month_sum}` `{month_name}`; `unread`, of one element
 * where lines could not be read, with `{unread_text}` `{unread_head}` `{unread_count}`.
 */
export const bank: Reader = ({ file }) => {
  if (file === undefined) return fail('invalid', 'it is no file');
  if (!/\.(csv|tsv)$/i.test(file.name)) return fail('invalid', 'it is no csv or tsv file');
  if (file.size > LARGEST_TABLE)
    return fail(
      'invalid',
      `it has ${Math.ceil(file.size / 1024).toLocaleString('en')} KB, and up to ${LARGEST_TABLE / 1024} KB are read at once`,
      'Export a shorter time from your bank and drop that.',
    );
  const read = readStatement(file.text);
  if (!read.ok) return read;
  const { bookings, broken, pending, order } = read.value;
  if (bookings.length === 0) return fail('invalid', 'not one of its lines is a booking');
  const months = monthsOf(bookings);
  if (months.length > MOST_MONTHS)
    return fail(
      'invalid',
      `it goes over ${months.length} months and accounts, and up to ${MOST_MONTHS} are taken at once`,
    );
  if (months.some(month => (month.get('month_rows') ?? '').length > LONGEST_MONTH))
    return fail('invalid', 'one of its months is too long for one approval', 'Export that month in parts.');
  return ok({
    values: new Map([
      ['bookings', String(bookings.length)],
      ['bank_notes', notesOf(broken.length, pending, order, bookings)],
    ]),
    lists: { months, unread: broken.length === 0 ? [] : [unreadOf(broken, file.name)] },
  });
};

/** What a person should know of how it was read, in the plan. */
function notesOf(
  broken: number,
  pending: number,
  order: 'day' | 'month' | undefined,
  bookings: readonly Booking[],
): string {
  const notes = [
    broken === 0
      ? ''
      : `${broken} ${broken === 1 ? 'line was' : 'lines were'} not understood and would be kept beside.`,
    pending === 0 ? '' : `${pending} not booked yet and left out.`,
    order === undefined ? '' : `Dates with a slash were read as ${order === 'day' ? 'day/month' : 'month/day'}.`,
    bookings.some(({ currency }) => currency === '') ? 'The file names no currency.' : '',
  ];
  return notes.filter(note => note !== '').join(' ');
}

/** Bookings by month, account and currency, each with the key by which it is known again. */
function monthsOf(bookings: readonly Booking[]): readonly Values[] {
  const seen = new Map<string, number>();
  const months = new Map<string, { readonly booking: Booking; readonly key: string }[]>();
  for (const booking of bookings) {
    const { date, units, currency, account, text } = booking;
    const same = JSON.stringify([account, date, amountText(units), currency, text.replace(/\s+/g, ' ')]);
    const ordinal = (seen.get(same) ?? 0) + 1;
    seen.set(same, ordinal);
    const month = `${date.slice(0, 7)} bank${tailOf(account)}${currency === '' ? '' : ` ${currency}`}`;
    const key = sha256(`${same}\n${ordinal}`).slice(0, 12);
    months.set(month, [...(months.get(month) ?? []), { booking, key }]);
  }
  return [...months]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, rows]) => {
      const sorted = rows.toSorted((one, other) => (one.booking.date < other.booking.date ? -1 : 1));
      const sum = rows.reduce((total, { booking }) => total + booking.units, 0n);
      return new Map([
        ['month_name', name],
        ['month_path', `Accounting/${name.slice(0, 4)}/${name}.md`],
        ['month_head', headOf(name)],
        ['month_rows', sorted.map(rowOf).join('\n')],
        ['month_count', `${rows.length} ${rows.length === 1 ? 'booking' : 'bookings'}`],
        ['month_sum', `${amountText(sum)}${rows[0]?.booking.currency ? ` ${rows[0].booking.currency}` : ''}`],
      ]);
    });
}

/** The last four signs of an account, which tell a person which it is. */
const tailOf = (account: string): string => {
  const tail = account.replace(/[^A-Za-z0-9]/g, '').slice(-4);
  return tail === '' ? '' : ` ${tail}`;
};

const headOf = (name: string): string =>
  [
    `# ${name}`,
    '',
    'What your bank booked. The total is in the properties; a line is known again by its mark at the end, so you may change its text.',
    '',
    '| date | text | amount | mark |',
    '| --- | --- | ---: | --- |',
  ].join('\n');

function rowOf({ booking: { date, text, units }, key }: { readonly booking: Booking; readonly key: string }): string {
  const short = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  // A bar would end the cell, in a code span too.
  const told = proseLine(short.toWellFormed().replaceAll('|', '¦'));
  return `| ${date} | ${told} | ${amountText(units)} | ^${key} |`;
}

/** What could not be read, line by line, for a list of its own. */
function unreadOf(broken: readonly BrokenLine[], name: string): Values {
  const lines = broken.slice(0, MOST_BROKEN).map(({ line, raw, why }) => {
    const told = `${codeSpan(raw, 300)}: ${proseLine(why)} (line ${line} of ${codeSpan(name)})`;
    return `- [ ] ${told} ^${sha256(`${raw}\n${why}`).slice(0, 12)}`;
  });
  const left = broken.length - lines.length;
  return new Map([
    ['unread_count', `${broken.length} ${broken.length === 1 ? 'line' : 'lines'}`],
    ['unread_text', [...lines, ...(left === 0 ? [] : [`- And ${left} more in ${codeSpan(name)}`])].join('\n')],
    [
      'unread_head',
      '# Bank lines not understood\n\nEverything else in these files was entered. Enter what matters by hand, and tick it off.',
    ],
  ]);
}
