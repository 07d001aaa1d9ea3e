import { writeNote } from '../../core/front-matter.ts';

/** One file of the log: a note for each day and node, whose open code block grows by a line for each ledger record. */
export type LogFile = { readonly name: string; readonly day: string; readonly node: string };

export const logFileName = (day: string, node: string): string => `${day}-${node}.md`;

/** What a log file’s name says; undefined where it is none of ours. */
export function parseLogName(name: string): LogFile | undefined {
  const [, day, node] = /^(\d{4}-\d{2}-\d{2})-([a-z0-9-]{1,32})\.md$/.exec(name) ?? [];
  return day === undefined || node === undefined ? undefined : { name, day, node };
}

/** A name that begins with a day, in whatever case and with whatever behind it, claims to be a log. */
export const claimsToBeLog = (name: string): boolean => /^\D{0,4}\d{4}-\d{2}-\d{2}/.test(name.normalize('NFKC'));

/** What stands before the first line, to the byte. */
export const logHead = (day: string, node: string): string =>
  `${writeNote({ type: 'log', format: 1, node, day }, `# ${day}, ${node}\n\n`)}\`\`\`json\n`;

const HOUR = 3_600_000;
/** The day of a moment in UTC, some hours later or earlier. */
const dayAfter = (at: string, hours: number): string =>
  new Date(Date.parse(at) + hours * HOUR).toISOString().slice(0, '2026-01-01'.length);

/**
 * Whether a line may stand in the file of a day, wherever on earth it was written: the first line of a file is of that
 * day, and the later ones are of no later day (a clock may jump back, and then the log goes on in its last file).
 */
export const fitsDay = (day: string, at: string, isFirst: boolean): boolean =>
  dayAfter(at, -12) <= day && (!isFirst || day <= dayAfter(at, 14));
