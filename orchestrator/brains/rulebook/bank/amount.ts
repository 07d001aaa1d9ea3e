/** Amounts of money as banks write them, exact: no floating point comes near them. */

/** Ten-thousandths of a unit of the currency. */
const SCALE = 4;
/** Digits before the decimal mark that an amount of a person may have. */
const MOST_DIGITS = 12;

export type Mark = '.' | ',';

/** What stands around the digits of an amount. */
type Bare = { readonly digits: string; readonly negative: boolean };

const CODES = /^(?:\p{Sc}|[A-Z]{2,3}(?=[\s\d(+-]))\s*|\s*(?:\p{Sc}|(?<![A-Z])[A-Z]{3})$/gu;

/** `(12.00)`, `12,00-`, `−12.00 €`, `12.00 DR` → digits and a sign; undefined where it is no amount. */
function bareOf(cell: string): Bare | undefined {
  let text = cell
    .trim()
    .replace(/[\u2212\u2013\u2012\uFE63\uFF0D]/g, '-')
    .replace(CODES, '')
    .trim();
  let signs = 0;
  const side = /\s*\b(DR|CR|S|H|D|C)\.?$/i.exec(text);
  if (side !== null) {
    if (/^(DR|S|D)$/i.test(side[1] ?? '')) signs += 1;
    text = text.slice(0, side.index).trim();
  }
  const inside = /^\((.*)\)$/.exec(text)?.[1];
  if (inside !== undefined) {
    signs += 1;
    text = inside.trim();
  }
  const [, before = '', rest = '', after = ''] = /^([+-]?)(.*?)([+-]?)$/s.exec(text) ?? [];
  signs += [before, after].filter(sign => sign === '-').length;
  // Two signs in one amount contradict each other as often as they say the same.
  if (signs > 1 || (before !== '' && after !== '')) return undefined;
  const digits = rest.replace(CODES, '').replace(/[\s'’]/gu, '');
  return /^[\d.,]*\d$/.test(digits) ? { digits, negative: signs === 1 } : undefined;
}

/** Which mark a single amount shows to be the decimal one; undefined where it shows nothing. */
function markShown(digits: string): Mark | undefined {
  const marks = digits.replace(/\d/g, '');
  const last = marks.at(-1);
  if (last !== '.' && last !== ',') return undefined;
  const other = last === '.' ? ',' : '.';
  if (marks.includes(other)) return last;
  if (marks.length > 1) return other;
  return digits.length - digits.lastIndexOf(last) - 1 === 3 ? undefined : last;
}

/** The decimal mark of a whole column; undefined where its cells show none, or contradict one another. */
export function decimalMark(cells: readonly string[]): Mark | undefined {
  const shown = new Set(
    cells.flatMap(cell => {
      const bare = bareOf(cell);
      return bare === undefined ? [] : (markShown(bare.digits) ?? []);
    }),
  );
  const [only] = shown;
  return shown.size === 1 ? only : undefined;
}

/** An amount in ten-thousandths, by the decimal mark of its column; undefined where it cannot be told. */
export function amountIn(cell: string, column: Mark | undefined): bigint | undefined {
  const bare = bareOf(cell);
  if (bare === undefined) return undefined;
  const { digits, negative } = bare;
  const mark = column ?? markShown(digits);
  if (mark === undefined && /[.,]/.test(digits)) return undefined;
  const parts = mark === undefined ? [digits] : digits.split(mark);
  const [whole = '', fraction = ''] = parts;
  if (parts.length > 2 || fraction.length > SCALE || /[.,]/.test(fraction)) return undefined;
  if (whole !== '' && !/^(?:\d+|\d{1,3}(?:[.,]\d{3})+)$/.test(whole)) return undefined;
  const plain = whole.replace(/[.,]/g, '');
  if (plain.length > MOST_DIGITS) return undefined;
  const units = BigInt(`${plain === '' ? '0' : plain}${fraction.padEnd(SCALE, '0')}`);
  return negative ? -units : units;
}

/** `-1234.50`: a point, two decimals at least, and no zero below zero. */
export function amountText(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(SCALE + 1, '0');
  const fraction = digits.slice(-SCALE).replace(/0{1,2}$/, '');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -SCALE)}.${fraction}`;
}
