import { readProperties, setProperty, writeNote } from '../../core/front-matter.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';

/**
 * A list is a note with the property `type: list`: lines or rows of a table that are added one after another. A line that
 * ends in a mark (`^0f3a9c…`, a block’s id in Obsidian) is known again by it, whatever a person made of the rest; any
 * other line is known by its words.
 */

export type Addition = {
  readonly head: string;
  readonly lines: readonly string[];
  /** The column of the table whose amounts are added up in the property `total`. */
  readonly total: string | undefined;
};

export type Added = { readonly text: string; readonly added: number; readonly known: number };

const MARK = /\^([0-9a-z][0-9a-z-]{5,40})[\s|]*$/;
/** The decimals that a total is counted in. */
const SCALE = 4;

const keyOf = (line: string): string => MARK.exec(line)?.[1] ?? line.trim();

/** The lines of a text that can be added, without white space at their ends and without empty ones. */
export const linesOf = (text: string): readonly string[] =>
  text
    .split(/\r\n|\n|\r/)
    .map(line => line.trimEnd())
    .filter(line => line !== '');

/** The note with what is new in it; where there is none yet, a new one. Fails where the note is no list. */
export function withAdded(before: string | undefined, { head, lines, total }: Addition): Result<Added> {
  const begun = before ?? writeNote({ type: 'list' }, `${head.trimEnd()}\n`);
  const split = readProperties(begun);
  if (!split.ok) return split;
  if (split.value.properties.type !== 'list')
    return fail(
      'denied',
      'The note is none that Steward adds to.',
      'Give it the property `type: list`, or name another.',
    );
  const known = new Set(begun.split('\n').map(keyOf));
  const fresh: string[] = [];
  for (const line of lines) {
    if (known.has(keyOf(line))) continue;
    known.add(keyOf(line));
    fresh.push(line);
  }
  const text = fresh.length === 0 ? begun : insert(begun, fresh);
  const counted = total === undefined || fresh.length === 0 ? ok(text) : withTotal(text, total);
  return counted.ok ? ok({ text: counted.value, added: fresh.length, known: lines.length - fresh.length }) : counted;
}

/** Behind the last line of the same kind (a row, a bullet), so that what a person wrote below stays below. */
function insert(text: string, fresh: readonly string[]): string {
  const lines = text.split('\n');
  const kind = fresh[0]?.charAt(0) ?? '';
  const last = '|-*'.includes(kind) ? lines.findLastIndex(line => line.startsWith(kind) && line.trim() !== '---') : -1;
  if (last !== -1) return [...lines.slice(0, last + 1), ...fresh, ...lines.slice(last + 1)].join('\n');
  const end = lines.findLastIndex(line => line.trim() !== '') + 1;
  const room = (lines[end - 1] ?? '').startsWith(kind) || end === 0 ? [] : [''];
  return [...lines.slice(0, end), ...room, ...fresh, ''].join('\n');
}

/** The same note with `entries` and `total` counted anew from its table, as a person left it. */
function withTotal(text: string, column: string): Result<string> {
  const rows = text
    .split('\n')
    .filter(line => line.trimStart().startsWith('|'))
    .map(cellsOf);
  const at = rows[0]?.findIndex(cell => cell.toLowerCase() === column.toLowerCase()) ?? -1;
  if (at === -1) return fail('invalid', `The note has no table with a column “${column}”.`);
  let entries = 0;
  let sum = 0n;
  for (const cells of rows.slice(2)) {
    const [, sign, whole = '', fraction = ''] = /^(-?)(\d{1,15})(?:\.(\d{1,4}))?$/.exec(cells[at] ?? '') ?? [];
    if (sign === undefined) continue;
    entries += 1;
    const units = BigInt(`${whole}${fraction.padEnd(SCALE, '0')}`);
    sum += sign === '-' ? -units : units;
  }
  const counted = setProperty(text, 'entries', entries);
  return counted.ok ? setProperty(counted.value, 'total', Number(sum) / 10 ** SCALE) : counted;
}

/** The cells of a row; a bar behind a backslash is part of its cell. */
const cellsOf = (row: string): readonly string[] =>
  row
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map(cell => cell.trim());
