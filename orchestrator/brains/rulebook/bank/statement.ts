import { fail, ok, type Result } from '../../../../core/outcome.ts';
import { amountIn, decimalMark, type Mark } from './amount.ts';
import { type Columns, columnsOf } from './columns.ts';
import { type DateOrder, dateOf, dateOrder } from './dates.ts';
import { type CsvRecord, cellsOfLine, recordsOf } from './records.ts';

/** One booking of an account. */
export type Booking = {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** In ten-thousandths of the currency; below zero is what went out. */
  readonly units: bigint;
  /** ISO 4217, empty where nothing tells it. */
  readonly currency: string;
  readonly account: string;
  readonly text: string;
};

/** A line that is no booking, and why. */
export type BrokenLine = { readonly line: number; readonly raw: string; readonly why: string };

export type Statement = {
  readonly bookings: readonly Booking[];
  readonly broken: readonly BrokenLine[];
  /** Lines of bookings that the bank itself does not count yet. */
  readonly pending: number;
  readonly order: DateOrder | undefined;
};

const MOST_COLUMNS = 200;
/** Lines before the headings that banks fill with the account, the period and the balance. */
const MOST_BEFORE = 30;
const DELIMITERS = [';', ',', '\t', '|'] as const;
const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/;

type Head = { readonly at: number; readonly delimiter: string; readonly columns: Columns; readonly width: number };

function headOf(lines: readonly string[]): Head | undefined {
  for (const [at, line] of lines.slice(0, MOST_BEFORE).entries()) {
    for (const delimiter of DELIMITERS) {
      const cells = cellsOfLine(line, delimiter);
      if (cells.length > MOST_COLUMNS) continue;
      const columns = columnsOf(cells);
      if (columns !== undefined) return { at, delimiter, columns, width: cells.length };
    }
  }
  return undefined;
}

/** Reads the export of a bank. Fails where it is none; a line that cannot be read stands apart, and the others count. */
export function readStatement(text: string): Result<Statement> {
  if (text.includes('\0')) return fail('invalid', 'it holds bytes that no text has');
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const head = headOf(lines);
  if (head === undefined) return fail('invalid', 'no line of headings names a date and an amount');
  const records = recordsOf(lines, head.delimiter, head.at + 1, head.width);
  const { columns } = head;
  const column = (at: number | undefined): string[] =>
    at === undefined ? [] : records.map(({ cells }) => cells?.[at] ?? '');
  const reads: Reads = {
    columns,
    width: head.width,
    order: dateOrder(column(columns.date), columns.isGerman),
    mark: decimalMark([...column(columns.amount), ...column(columns.out), ...column(columns.in)]),
    account: IBAN.exec(lines.slice(0, head.at).join('\n'))?.[0].replaceAll(' ', '') ?? '',
  };
  const read = records.map(record => ({ record, found: bookingIn(record, reads) }));
  return ok({
    bookings: read.flatMap(({ found }) => (typeof found === 'object' ? [found] : [])),
    broken: read.flatMap(({ record: { line, raw }, found }) =>
      typeof found === 'string' && found !== PENDING ? [{ line, raw, why: found }] : [],
    ),
    pending: read.filter(({ found }) => found === PENDING).length,
    order: reads.order,
  });
}

type Reads = {
  readonly columns: Columns;
  readonly width: number;
  readonly order: DateOrder | undefined;
  readonly mark: Mark | undefined;
  readonly account: string;
};

const PENDING = 'not booked yet';

/** The booking of a record, or why there is none. */
function bookingIn({ cells, raw }: CsvRecord, reads: Reads): Booking | string {
  if (cells === undefined) return 'its quotes do not close';
  const { columns, width } = reads;
  const cell = (at: number | undefined): string => (at === undefined ? '' : (cells[at] ?? ''));
  const beyond = cells.slice(width).some(one => one !== '');
  if (beyond || cells.length < width - 1) return `it has ${cells.length} columns, and the headings have ${width}`;
  if (/\ufffd/.test(raw)) return 'it holds characters that cannot be read';
  if (/^(pending|vorgemerkt|declined|reverted|failed)$/i.test(cell(columns.status))) return PENDING;
  const date = dateOf(cell(columns.date), reads.order);
  if (date === undefined) return `“${short(cell(columns.date))}” is no date`;
  const units = unitsIn(cell, reads);
  if (typeof units === 'string') return units;
  const currency = cell(columns.currency).toUpperCase();
  return {
    ...{ date, units },
    currency: /^[A-Z]{3}$/.test(currency) ? currency : columns.headed,
    account: cell(columns.account).replace(/\s/g, '') || reads.account,
    text: columns.text
      .map(at => cell(at))
      .filter(one => one !== '')
      .join(' · '),
  };
}

function unitsIn(cell: (at: number | undefined) => string, { columns, mark }: Reads): bigint | string {
  const given = cell(columns.amount);
  const [out, into] = [cell(columns.out), cell(columns.in)];
  if (columns.amount !== undefined && (given !== '' || columns.out === undefined)) {
    const units = amountIn(given, mark);
    if (units === undefined) return `“${short(given)}” is no amount`;
    const isOut = /^(s|d|dr|soll|debit|dbit)$/i.test(cell(columns.side));
    return isOut && units > 0n ? -units : units;
  }
  const [gone, come] = [out, into].map(one => (one === '' ? 0n : amountIn(one, mark)));
  if (gone === undefined) return `“${short(out)}” is no amount`;
  if (come === undefined) return `“${short(into)}” is no amount`;
  if (out === '' && into === '') return 'it has no amount';
  if (gone !== 0n && come !== 0n) return 'it has an amount that went out and one that came in';
  // What went out is written with a minus by some banks, and without by others.
  return gone === 0n ? come : gone > 0n ? -gone : gone;
}

const short = (text: string): string => (text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text);
