import type { Person, TaskView } from '../../../core/brain.ts';
import type { Json } from '../../../core/digest.ts';
import { clip, localTime, splitExtension } from '../../../core/names.ts';
import { mailWish } from './match.ts';

/** The values that a rule’s templates may use, as `{name}`. */
export function valuesFor(task: TaskView, said: string, people: readonly Person[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>([
    ['title', task.title],
    ['text', task.text.trim()],
    ['today', localTime(new Date(task.received)).slice(0, 10)],
  ]);
  const wish = mailWish(said, people);
  if (wish !== undefined) {
    values.set('person', wish.person).set('email', wish.email).set('subject', wish.subject);
    const first = wish.person.split(/[\s@]/)[0] ?? wish.person;
    values.set('first_name', first.charAt(0).toUpperCase() + first.slice(1));
  }
  const { file } = task;
  if (file === undefined) return values;
  const [stem, extension] = splitExtension(file.name);
  const date = dateIn(stem) ?? dateIn(file.text) ?? localTime(new Date(file.modified)).slice(0, 10);
  const bare = stem.replace(new RegExp(`^${date}[ _-]*`), '');
  values.set('path', file.path).set('name', file.name).set('stem', stem).set('extension', extension.slice(1));
  values.set('date', date).set('year', date.slice(0, 4)).set('month', date.slice(0, 7));
  // Dated, but not twice, and within the 255 bytes that a file name may have.
  values.set('dated_name', clip(`${date} ${bare === '' ? stem : bare}${extension}`));
  return values;
}

/** Fills the templates of a value. Throws on a name that is not known, naming the known ones. */
export function fill(template: Json, values: ReadonlyMap<string, string>): Json {
  if (typeof template === 'string') {
    return template.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`{${name}} is not known here. Known: ${[...values.keys()].join(', ')}.`);
      return value;
    });
  }
  if (Array.isArray(template)) return template.map(part => fill(part, values)).filter(part => part !== '');
  if (typeof template === 'object' && template !== null) {
    return Object.fromEntries(Object.entries(template).map(([key, part]) => [key, fill(part, values)]));
  }
  return template;
}

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
