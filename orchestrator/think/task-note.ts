import { FOLDERS } from '../../core/states.ts';
import type { PlannerContext } from './context.ts';
import type { TaskJournal } from './task-journal.ts';

/** Where the note of an open task stands: a person’s own where they wrote it, a watcher’s in this node’s folder. */
export function taskNotePath({ taken }: TaskJournal, { config }: PlannerContext): string {
  if (taken.own) return taken.note;
  return `${FOLDERS.inProgress}/${config.node}/${taken.note.split('/').at(-1) ?? taken.note}`;
}
