import type { Exposure } from '../../core/exposure.ts';
import type { TaskJournal } from './task-journal.ts';

/** What a task has been shown: everything that did not come from the person’s own hand is text that a stranger may have written. */
export function exposureOf({ taken }: TaskJournal): Exposure {
  return { untrusted: taken.own ? [] : [taken.source], private: [] };
}
