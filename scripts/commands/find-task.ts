import { z } from 'zod';
import { JournalReader } from '../../core/journal.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';

const MOST_LISTED = 8;

/** What a record may say about which task it is of, and by which names its notes go. */
const Naming = z.looseObject({
  kind: z.string(),
  task: z.string().optional(),
  notes: z.array(z.string()).optional(),
  envelope: z
    .looseObject({ task: z.string(), task_note: z.string(), plan_note: z.string(), note: z.string() })
    .optional(),
  asked: z.looseObject({ task: z.string(), note: z.string() }).optional(),
});

/** The name of a note, of whatever was given: a path, with or without its ending, or the second of two of that name. */
const nameOf = (path: string): string =>
  path
    .trim()
    .replace(/^.*\//, '')
    .replace(/\.md$/, '')
    .replace(/ \(\d+\)$/, '')
    .normalize('NFC')
    .toLowerCase();

/**
 * The task that an id or the name of a note leads to: of the task itself, an action, a question, a plan, an approval, a
 * receipt; open or closed long ago; shortened while it is unique.
 */
export function findTask(state: StateFolder, given: string): Result<string> {
  const wanted = nameOf(given);
  if (wanted === '') return fail('invalid', 'Which task?', 'Its id stands in `steward status`, or give a note’s name.');
  const ids = new Set(TaskJournal.ids(state));
  const first = pick(given, candidates(wanted, ids));
  if (first !== undefined) return first;
  const names = namesOnRecord(state);
  for (const id of names.keys()) ids.add(id);
  const second = pick(given, candidates(wanted, ids));
  if (second !== undefined) return second;
  const has = (test: (name: string) => boolean): string[] =>
    [...names].flatMap(([id, known]) => ([...known].some(test) ? [id] : []));
  const exact = has(name => name === wanted);
  return (
    pick(given, exact.length > 0 ? exact : has(name => name.startsWith(wanted))) ??
    fail('invalid', `Nothing is known under “${given}”.`, 'Ids and names stand in `steward status` and in the notes.')
  );
}

/** Ids that fit: the very one; the one whose mark stands in the name of a note; those that begin so. */
function candidates(wanted: string, ids: ReadonlySet<string>): readonly string[] {
  const bare = wanted.replace(/-(a|q)\d+.*$/, '');
  for (const one of [wanted, bare]) if (ids.has(one)) return [one];
  const mark = /-([0-9a-f]{12}(?:-r\d+)?)(?:-|$)/.exec(wanted)?.[1];
  const marked = mark === undefined ? [] : [...ids].filter(id => id.endsWith(`-${mark}`));
  if (marked.length > 0) return marked;
  return [...ids].filter(id => id.startsWith(bare) || id.replace(/^[a-z0-9]+-/, '').startsWith(bare));
}

function pick(given: string, found: readonly string[]): Result<string> | undefined {
  const [only] = found;
  if (only === undefined) return undefined;
  if (found.length === 1) return ok(only);
  const more = found.length > MOST_LISTED ? ` and ${found.length - MOST_LISTED} more` : '';
  return fail('invalid', `“${given}” fits more than one task: ${found.slice(0, MOST_LISTED).join(', ')}${more}.`);
}

/** The names of every task’s notes, as far as the ledger and the open tasks tell. */
function namesOnRecord(state: StateFolder): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  const add = (task: string, ...given: readonly string[]): void => {
    const known = names.get(task) ?? new Set<string>();
    for (const name of given) known.add(nameOf(name));
    names.set(task, known);
  };
  for (const { body } of new JournalReader(state.ledger, Naming).each()) {
    const { envelope, asked, task, notes = [] } = body;
    if (envelope !== undefined) {
      const receipts = ['receipt', 'failure'].map(word => envelope.note.replace('-approval-', `-${word}-`));
      add(envelope.task, envelope.task_note, envelope.plan_note, envelope.note, ...receipts);
    }
    if (asked !== undefined) add(asked.task, asked.note);
    if (task !== undefined) add(task, ...notes);
  }
  for (const { id, taken, asked } of TaskJournal.readOpen(state))
    add(id, taken.note, taken.stem, `${taken.stem}-plan`, ...asked.map(({ note }) => note));
  return names;
}
