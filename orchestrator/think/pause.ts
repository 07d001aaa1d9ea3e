import type { Message } from '../../core/spool.ts';
import type { PlannerContext } from './context.ts';
import type { TaskJournal } from './task-journal.ts';

type Pausing = Extract<Message, { kind: 'pause_task' | 'unpause_task' }>;

/**
 * Takes a person’s word to leave a task alone, or to go on with it. What was thought already is kept, and what was
 * approved is still done: only stopping stops effects. Whether that changed anything.
 */
export function takePause(task: TaskJournal, message: Pausing, { log }: PlannerContext): boolean {
  const isPaused = task.paused !== undefined;
  if (task.closing !== undefined || isPaused === (message.kind === 'pause_task')) return false;
  const { by } = message;
  if (message.kind === 'pause_task') {
    task.record({ kind: 'PAUSED', why: message.why, by });
    log.event(`paused     ${task.taken.title}`);
  } else {
    task.record({ kind: 'UNPAUSED', by });
    log.event(`resumed    ${task.taken.title}`);
  }
  return true;
}
