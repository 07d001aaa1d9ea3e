import { parse } from 'csv-parse/sync';

/** One line of the file, or several where a quoted cell goes over lines. */
export type CsvRecord = {
  /** The number of its first line, counted from 1. */
  readonly line: number;
  readonly raw: string;
  /** Undefined where its quotes do not close. */
  readonly cells: readonly string[] | undefined;
};

/** Lines that one quoted cell may go over, and characters that one record may have. */
const MOST_LINES = 10;
const LONGEST = 64 * 1024;

/** The cells of one record; undefined where it is not one. */
function cellsOf(raw: string, delimiter: string): readonly string[] | undefined {
  try {
    const rows: unknown = parse(raw, { delimiter, relax_quotes: true, relax_column_count: true, trim: true });
    const [first] = Array.isArray(rows) && rows.length === 1 ? rows : [];
    return Array.isArray(first) ? first.map(String) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The records of a text, each read by itself: one that is broken takes no other with it. A record goes on over the next
 * line only where that makes it as wide as `width`.
 */
export function recordsOf(lines: readonly string[], delimiter: string, from: number, width: number): CsvRecord[] {
  const records: CsvRecord[] = [];
  for (let at = from; at < lines.length; at += 1) {
    const first = lines[at] ?? '';
    if (first.trim() === '') continue;
    const line = at + 1;
    let raw = first;
    let cells = first.length > LONGEST ? undefined : cellsOf(first, delimiter);
    for (let more = 1; cells === undefined && more < MOST_LINES && at + more < lines.length; more += 1) {
      raw = `${raw}\n${lines[at + more]}`;
      if (raw.length > LONGEST) break;
      const longer = cellsOf(raw, delimiter);
      if (longer === undefined || longer.length !== width) continue;
      cells = longer;
      at += more;
    }
    records.push({ line, raw: cells === undefined ? first : raw, cells });
  }
  return records;
}

/** The cells of one line, for looking for the headings. */
export const cellsOfLine = (line: string, delimiter: string): readonly string[] =>
  line.length > LONGEST ? [] : (cellsOf(line, delimiter) ?? []);
