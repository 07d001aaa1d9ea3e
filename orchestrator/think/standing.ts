import { codeSpan, proseLine } from '../../core/inert.ts';
import type { ActionView } from './ledger-view.ts';
import { isAnswered } from './outcomes.ts';
import type { TaskJournal } from './task-journal.ts';

type Step = { readonly text: string; readonly isDone: boolean };

/** Where a task stands, on a line from which a person, or another node, can go on: the step, and what it waits for. */
export function nowText(task: TaskJournal, steps: readonly Step[], actions: readonly ActionView[]): string {
  if (task.closing !== undefined) return '';
  const at = steps.findIndex(({ isDone }) => !isDone);
  const step = steps[at];
  const where = step === undefined ? '' : `step ${at + 1} of ${steps.length}: ${proseLine(step.text)}`;
  const parts = [where, waitsFor(task, actions)].filter(part => part !== '');
  return parts.length === 0 ? '' : `**Now:** ${parts.join(' · ')}`;
}

function waitsFor(task: TaskJournal, actions: readonly ActionView[]): string {
  if (task.paused !== undefined) return 'paused';
  const questions = task.asked.filter(asked => !isAnswered(task, asked)).map(({ note }) => `[[${note}]]`);
  if (questions.length > 0) return `waits for your answer to ${questions.join(' and ')}`;
  const open = actions
    .filter(({ state }) => state === 'proposed' || state === 'wanted')
    .map(({ note }) => `[[${note}]]`);
  if (open.length > 0) return `waits for your decision on ${open.join(' and ')}`;
  return task.down === undefined ? '' : 'waits until it can be thought about again';
}

/** Who paused a task, why, and how it goes on. */
export function pausedText({ id, paused, closing }: TaskJournal): readonly string[] {
  if (paused === undefined || closing !== undefined) return [];
  return [
    `> [!warning] Paused: ${codeSpan(paused.why, 300)}`,
    `> Nothing is thought about or begun for it; what you approved is still done. To go on: \`steward resume ${id}\``,
  ];
}
