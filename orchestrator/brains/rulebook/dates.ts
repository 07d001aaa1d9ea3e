const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The first date in a text as `YYYY-MM-DD`: ISO, `20261103`, `03.11.2026`, `3 November 2026` or `November 3, 2026`. */
export function dateIn(text: string): string | undefined {
  const found = [
    ...read(text, /(?<!\d)((?:19|20)\d\d)[-_./](\d{1,2})[-_./](\d{1,2})(?!\d)/g, ([y, m, d]) => [y, m, d]),
    ...read(text, /(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)/g, ([y, m, d]) => [y, m, d]),
    ...read(text, /(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?((?:19|20)\d\d)(?!\d)/g, ([d, m, y]) => [y, m, d]),
    ...read(
      text,
      /(?<!\d)(\d{1,2})(?:st|nd|rd|th)?\.?\s+([A-Za-z]{3,9})\.?,?\s+((?:19|20)\d\d)(?!\d)/g,
      ([d, m, y]) => [y, monthNumber(m), d],
    ),
    ...read(text, /\b([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)(?!\d)/g, ([m, d, y]) => [
      y,
      monthNumber(m),
      d,
    ]),
  ];
  return found.sort((a, b) => a.at - b.at)[0]?.date;
}

type Parts = (string | undefined)[];

function read(text: string, pattern: RegExp, order: (groups: Parts) => Parts): { at: number; date: string }[] {
  return [...text.slice(0, 20_000).matchAll(pattern)].flatMap(match => {
    const [year, month, day] = order(match.slice(1)).map(Number);
    if (year === undefined || month === undefined || day === undefined) return [];
    const date = new Date(Date.UTC(year, month - 1, day));
    const isReal = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
    return isReal ? [{ at: match.index, date: date.toISOString().slice(0, 10) }] : [];
  });
}

const monthNumber = (name: string | undefined): string =>
  String(MONTHS.indexOf((name ?? '').slice(0, 3).toLowerCase()) + 1);
