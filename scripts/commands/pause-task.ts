import { userInfo } from 'node:os';
import { terminalLine } from '../../core/inert.ts';
import { EXIT, type OpenVault } from '../../core/open-vault.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { type Message, Spool } from '../../core/spool.ts';
import { isLocked } from '../../core/state-folder.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import { findTask } from './find-task.ts';

/** Has one task left alone, whatever it is in the middle of, until it is resumed. */
export function pauseTask(opened: OpenVault, given: string, why: string): number {
  return tell(opened, given, (task, by) => ({
    kind: 'pause_task',
    task,
    why: why === '' ? `${by} said so.` : why,
    by,
  }));
}

/** Has a paused task go on from where it was. */
export function resumeTask(opened: OpenVault, given: string): number {
  return tell(opened, given, (task, by) => ({ kind: 'unpause_task', task, by }));
}

function tell(
  { state }: OpenVault,
  given: string,
  messageFor: (task: string, by: string) => Extract<Message, { kind: 'pause_task' | 'unpause_task' }>,
): number {
  const found = openTask({ state }, given);
  if (!found.ok) {
    process.stderr.write(`${sentence(found.failure)}\n`);
    return EXIT.usage;
  }
  const { id, taken, paused } = found.value;
  const message = messageFor(id, userInfo().username);
  const names = [`person-pause_task-${id}`, `person-unpause_task-${id}`];
  new Spool(state.plannerSpool, state.tmp).putInsteadOf(names, `person-${message.kind}-${id}`, message);
  const title = terminalLine(taken.title);
  if (message.kind === 'pause_task')
    process.stdout.write(`Paused: nothing is thought about or begun for “${title}” until  steward resume ${id}\n`);
  else process.stdout.write(paused === undefined ? `“${title}” was not paused.\n` : `Resumed “${title}”.\n`);
  if (!isLocked(state, 'planner'))
    process.stderr.write('Steward does not run; this is acted on at the next  steward start\n');
  return EXIT.ok;
}

function openTask({ state }: Pick<OpenVault, 'state'>, given: string): Result<TaskJournal> {
  const found = findTask(state, given);
  if (!found.ok) return found;
  const task = TaskJournal.isClosed(state, found.value) ? undefined : TaskJournal.read(state, found.value);
  return task === undefined || task.closing !== undefined
    ? fail('invalid', `The task ${found.value} has ended.`, '`steward why` tells how.')
    : ok(task);
}
