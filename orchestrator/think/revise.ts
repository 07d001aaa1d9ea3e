import type { Swept } from '../../core/loop.ts';
import { originOf } from '../claim/shared.ts';
import type { PlannerContext } from './context.ts';
import type { TaskJournal } from './task-journal.ts';

const STILL: Swept = { moved: false, settlesIn: undefined };

/**
 * Looks whether a person rewrote or removed their own note while it is being worked on. Rewritten: what was proposed and
 * not yet decided is withdrawn, and thinking starts again from the new text. Removed: the task is dropped.
 */
export function ownChange(task: TaskJournal, context: PlannerContext): Swept {
  const { vault, settle, config, log, executor } = context;
  if (!task.taken.own) return STILL;
  const path = task.taken.note;
  const stats = vault.stats(path);
  if (stats === undefined) return removed(task, context);
  task.missingSince = undefined;
  const wait = settle.wait(path, stats, config.settle.note * 1000);
  const read = vault.read(path);
  if (!read.ok || read.value.sha256 === task.noteHash) return STILL;
  if (wait > 0) return { moved: false, settlesIn: wait };
  executor.put(`withdraw-${task.id}-${task.revisions + 1}`, {
    kind: 'withdraw',
    task: task.id,
    why: 'You rewrote the task.',
  });
  const isBrought = originOf(read.value, context).kind !== 'person';
  task.record({ kind: 'REVISED', sha256: read.value.sha256, ...(isBrought ? { elsewhere: true } : {}) });
  log.event(`rewritten  ${task.taken.title}`);
  return { moved: true, settlesIn: undefined };
}

function removed(task: TaskJournal, context: PlannerContext): Swept {
  const quiet = context.config.settle.note * 1000;
  task.missingSince ??= performance.now();
  const wait = quiet - (performance.now() - task.missingSince);
  if (wait > 0) return { moved: false, settlesIn: wait };
  if (task.closing !== undefined) return STILL;
  context.executor.put(`withdraw-${task.id}-gone`, { kind: 'withdraw', task: task.id, why: 'You removed the task.' });
  task.record({ kind: 'CLOSING', verdict: 'rejected', why: 'You removed the note of this task.' });
  context.log.event(`dropped    ${task.taken.title} (its note was removed)`);
  return { moved: true, settlesIn: undefined };
}
