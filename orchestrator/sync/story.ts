import { terminalLine } from '../../core/inert.ts';
import { FOLDERS } from '../../core/states.ts';
import type { NodeName } from '../../core/sync-settings.ts';

/** One path of a commit: whether something stood there before, and stands there now. */
export type Told = { readonly path: string; readonly was: string | undefined; readonly is: string | undefined };

/** Lines of a commit’s message at most, and characters of its first one. */
const MOST = 40;
const LONGEST = 100;

/** What a commit says: one line for a person who reads the history, and below it each thing that happened. */
export function storyOf(told: readonly Told[], node: NodeName): string {
  // A name may hold line ends and what turns text around.
  const lines = linesOf(told, node).map(line => terminalLine(line.replaceAll(/\s+/g, ' ')));
  const [first = 'nothing changed'] = lines;
  if (lines.length === 1) return cut(first);
  const listed = lines.length > MOST ? [...lines.slice(0, MOST), `and ${lines.length - MOST} more`] : lines;
  return `${cut(headOf(lines, first))}\n\n${listed.map(line => `- ${line}`).join('\n')}`;
}

/** The most telling line, and how much else there is. */
function headOf(lines: readonly string[], first: string): string {
  const tasks = lines.filter(line => line.startsWith('task '));
  const [task] = tasks;
  if (task === undefined) return `${first}, and ${lines.length - 1} more`;
  if (tasks.length > 3) return `${tasks.length} tasks: ${wordsOf(tasks)}`;
  return tasks.length === lines.length
    ? tasks.join('; ')
    : `${tasks.join('; ')}, and ${lines.length - tasks.length} more`;
}

/** `claimed by cloud, done` */
function wordsOf(tasks: readonly string[]): string {
  const words = new Map<string, number>();
  for (const line of tasks) {
    const word = line.slice(line.indexOf(': ') + 2);
    words.set(word, (words.get(word) ?? 0) + 1);
  }
  return [...words]
    .sort((a, b) => b[1] - a[1])
    .map(([word, count]) => `${count} ${word}`)
    .slice(0, 3)
    .join(', ');
}

const cut = (line: string): string => (line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`);

const topOf = (path: string): string => path.split('/')[0] ?? '';
const nameOf = (path: string): string => path.split('/').at(-1) ?? '';

/** What it means that a note came into a folder. */
function arrival(to: string, from: string | undefined, node: NodeName): string | undefined {
  const place = topOf(to);
  const before = from === undefined ? undefined : topOf(from);
  switch (place) {
    case FOLDERS.needsAction:
      return before === undefined ? 'new' : 'to be done again';
    case FOLDERS.inProgress:
      return `claimed by ${to.split('/')[1] ?? node}`;
    case FOLDERS.plans:
      return 'planned';
    case FOLDERS.pending:
      return 'asks for approval';
    case FOLDERS.approved:
      return 'approved';
    case FOLDERS.outbox:
      return 'held in the outbox';
    case FOLDERS.rejected:
      return 'rejected';
    case FOLDERS.questions:
      return 'asks a question';
    case FOLDERS.done:
      return 'done';
    case FOLDERS.failed:
      return 'failed';
    case FOLDERS.quarantine:
      return 'set aside';
    default:
      return undefined;
  }
}

/** `invoice-d201c442-approval-1.md` → `invoice-d201c442`: what every note of a task begins with. */
const stemOf = (name: string): string =>
  name.replace(/\.[^.]*$/, '').replace(/-(plan|receipt|approval-\d+|receipt-\d+|question-\d+)$/, '');

function linesOf(told: readonly Told[], node: NodeName): string[] {
  const gone = new Map(told.filter(({ is }) => is === undefined).map(one => [nameOf(one.path), one]));
  const tasks = new Map<string, string[]>();
  const fresh: string[] = [];
  const edited: string[] = [];
  const removed: string[] = [];
  const moved: string[] = [];
  const paired = new Set<string>();
  for (const { path, was, is } of told) {
    if (is === undefined) continue;
    const from = was === undefined ? gone.get(nameOf(path))?.path : undefined;
    if (from !== undefined) paired.add(from);
    const isTask = was === undefined && nameOf(path) !== 'README.md' && path.includes('/');
    const event = isTask ? arrival(path, from, node) : undefined;
    if (event !== undefined) {
      const stem = stemOf(nameOf(path));
      tasks.set(stem, [...new Set([...(tasks.get(stem) ?? []), event])]);
    } else (was !== undefined ? edited : from !== undefined ? moved : fresh).push(path);
  }
  for (const { path, is } of told) if (is === undefined && !paired.has(path)) removed.push(path);
  const lines = [...tasks].map(([stem, events]) => `task ${stem}: ${events.join(', ')}`);
  const note = (paths: readonly string[], one: string, more: string): void => {
    const [first] = paths;
    if (first === undefined) return;
    lines.push(paths.length === 1 ? `${first} ${one}` : `${paths.length} notes ${more}`);
  };
  note(fresh, 'added', 'added');
  note(edited, 'edited', 'edited');
  note(moved, 'moved', 'moved');
  note(removed, 'removed', 'removed');
  return lines;
}
