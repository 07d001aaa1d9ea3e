import type { TaskFile } from '../../core/brain.ts';
import type { PlannerContext } from './context.ts';
import { fileText } from './file-text.ts';
import type { TaskJournal } from './task-journal.ts';

/** Attachments whose text is looked at by itself: of more, a brain sees the names. */
const MOST_READ = 5;

/** What was read of each task’s attachments, as long as it is open. */
const known = new WeakMap<TaskJournal, Promise<readonly TaskFile[]>>();

/** The files that came along with a message, each with the beginning of its text as far as it can be read. */
export function attachmentsOf(task: TaskJournal, context: PlannerContext): Promise<readonly TaskFile[]> {
  const before = known.get(task);
  if (before !== undefined) return before;
  const read = readAll(task, context);
  known.set(task, read);
  return read;
}

async function readAll(task: TaskJournal, { vault, signal }: PlannerContext): Promise<readonly TaskFile[]> {
  const found: TaskFile[] = [];
  for (const file of task.taken.files ?? []) {
    const text = found.length < MOST_READ ? await fileText(vault, file.path, signal) : '';
    found.push({ ...file, text });
  }
  return found;
}
