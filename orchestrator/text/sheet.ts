import { attribute, tokensOf } from './xml.ts';
import type { Zip } from './zip.ts';

/** Columns that a row is shown with at most. */
const MOST_COLUMNS = 200;
/** Milliseconds in a day; day 0 of a sheet in milliseconds since the epoch (ECMA-376, 18.17.4.1). */
const DAY = 86_400_000;
const DAY_ZERO = { usual: Date.UTC(1899, 11, 30), mac: Date.UTC(1904, 0, 1) };

/** The sheets of an Excel file as text: a line a row, cells apart by tabs, dates as dates. */
export function sheetsText(zip: Zip, longest: number): string {
  const shared = sharedStrings(zip.text('xl/sharedStrings.xml'));
  const dates = dateStyles(zip.text('xl/styles.xml'));
  const book = zip.text('xl/workbook.xml');
  const zero = /date1904="(1|true)"/.test(book) ? DAY_ZERO.mac : DAY_ZERO.usual;
  const parts: string[] = [];
  let left = longest;
  for (const { name, path } of sheetsOf(book, zip.text('xl/_rels/workbook.xml.rels'))) {
    if (left <= 0) break;
    const rows = rowsOf(zip.text(path), shared, dates, zero, left);
    parts.push(`# ${name}\n${rows}`);
    left -= rows.length + name.length;
  }
  return parts.join('\n\n').slice(0, longest);
}

function sheetsOf(book: string, relations: string): readonly { name: string; path: string }[] {
  const targets = new Map<string, string>();
  for (const token of tokensOf(relations)) {
    if (token.kind !== 'open' || token.name !== 'Relationship') continue;
    const target = attribute(token.attributes, 'Target').replace(/^\/xl\//, '');
    targets.set(attribute(token.attributes, 'Id'), `xl/${target}`);
  }
  const sheets: { name: string; path: string }[] = [];
  for (const token of tokensOf(book)) {
    if (token.kind !== 'open' || token.name !== 'sheet') continue;
    const path = targets.get(attribute(token.attributes, 'r:id'));
    if (path !== undefined) sheets.push({ name: attribute(token.attributes, 'name'), path });
  }
  return sheets;
}

function sharedStrings(xml: string): readonly string[] {
  const strings: string[] = [];
  let current = '';
  let isText = false;
  let sound = 0;
  for (const token of tokensOf(xml)) {
    if (token.kind === 'text') {
      if (isText && sound === 0) current += token.text;
    } else if (token.name === 't') isText = token.kind === 'open' && !token.isEmpty;
    else if (token.name === 'rPh') sound += token.kind === 'open' ? 1 : -1;
    else if (token.name === 'si' && (token.kind === 'close' || token.isEmpty)) {
      strings.push(current);
      current = '';
    }
  }
  return strings;
}

/** Which styles of cells show a date. */
function dateStyles(xml: string): readonly boolean[] {
  const own = new Map<number, string>();
  const styles: boolean[] = [];
  let isCells = false;
  for (const token of tokensOf(xml)) {
    if (token.kind === 'text') continue;
    if (token.name === 'cellXfs') isCells = token.kind === 'open';
    if (token.kind !== 'open') continue;
    if (token.name === 'numFmt')
      own.set(Number(attribute(token.attributes, 'numFmtId')), attribute(token.attributes, 'formatCode'));
    if (token.name !== 'xf' || !isCells) continue;
    const format = Number(attribute(token.attributes, 'numFmtId'));
    const code = (own.get(format) ?? '').replace(/"[^"]*"|\[[^\]]*\]|\\./g, '');
    styles.push((format >= 14 && format <= 22) || /[ymd]/i.test(code));
  }
  return styles;
}

function rowsOf(
  xml: string,
  shared: readonly string[],
  dates: readonly boolean[],
  zero: number,
  longest: number,
): string {
  const rows: string[] = [];
  let length = 0;
  let cells: string[] = [];
  let cell = { column: 0, type: '', style: 0, value: '' };
  let isValue = false;
  for (const token of tokensOf(xml)) {
    if (length > longest) break;
    if (token.kind === 'text') {
      if (isValue) cell.value += token.text;
      continue;
    }
    if (token.name === 'v' || token.name === 't') isValue = token.kind === 'open' && !token.isEmpty;
    if (token.name === 'c' && token.kind === 'open') {
      const { attributes } = token;
      const column = columnOf(attribute(attributes, 'r')) ?? cells.length;
      cell = { column, type: attribute(attributes, 't'), style: Number(attribute(attributes, 's')), value: '' };
    } else if (token.name === 'c' && cell.column < MOST_COLUMNS) {
      while (cells.length < cell.column) cells.push('');
      cells[cell.column] = shownCell(cell, shared, dates, zero);
    } else if (token.name === 'row' && token.kind === 'close') {
      const line = cells.join('\t').trimEnd();
      if (line !== '') rows.push(line);
      length += line.length + 1;
      cells = [];
    }
  }
  return rows.join('\n');
}

function shownCell(
  { type, style, value }: { type: string; style: number; value: string },
  shared: readonly string[],
  dates: readonly boolean[],
  zero: number,
): string {
  if (type === 's') return (shared[Number(value)] ?? '').replace(/\s+/g, ' ');
  if (type === 'b') return value === '1' ? 'TRUE' : 'FALSE';
  const number = Number(value);
  if (type === '' || type === 'n') {
    const isDate = value !== '' && dates[style] === true && number > 0 && number < 2_958_466;
    if (isDate)
      return new Date(zero + Math.round(number * DAY))
        .toISOString()
        .replace(/T00:00:00\.000Z$/, '')
        .slice(0, 16);
  }
  return value.replace(/\s+/g, ' ');
}

/** `C7` → 2 */
function columnOf(reference: string): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference)?.[0];
  if (letters === undefined) return undefined;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}
