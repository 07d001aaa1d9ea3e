import type { ToolResult } from '../../core/brain.ts';
import { isSettled } from '../../core/states.ts';
import type { ActionView } from './ledger-view.ts';
import type { TaskJournal } from './task-journal.ts';
import type { Asked, Proposed } from './task-record.ts';

export const isAnswered = (task: TaskJournal, asked: Asked): boolean =>
  task.answers.has(asked.question) || !task.openCalls.some(call => call.id === asked.call);

/** The action that a proposal stands for now: itself, or the one that replaced it after it had lapsed. */
function current(proposed: Proposed, actions: ReadonlyMap<string, ActionView>): ActionView | undefined {
  let action = actions.get(proposed.action);
  while (action?.next !== undefined && actions.has(action.next)) action = actions.get(action.next);
  return action;
}

/** One view per proposal of the task, in the order in which they were made. */
export function outcomesOf(task: TaskJournal, actions: readonly ActionView[]): readonly (ActionView | undefined)[] {
  const byId = new Map(actions.map(action => [action.id, action]));
  return task.proposed.map(proposed => current(proposed, byId));
}

/** The result of a proposal for the brain, once nothing more can happen to it. `node`: this one. */
export function resultOf(
  task: TaskJournal,
  call: string,
  actions: readonly ActionView[],
  node: string,
): ToolResult | undefined {
  const byId = new Map(actions.map(action => [action.id, action]));
  const proposed = task.proposed.findLast(one => one.call === call);
  const action = proposed === undefined ? undefined : current(proposed, byId);
  if (action === undefined) return undefined;
  if (action.state === 'refused') return { call, ok: false, text: `refused: ${action.text}` };
  if (!isSettled(action.state) || (action.state === 'superseded' && action.next !== undefined)) return undefined;
  // Another node decides on it and does it: what becomes of it is known there.
  if (action.state === 'superseded' && action.node !== undefined && action.node !== node) return undefined;
  if (action.state === 'expired' && !action.released) return undefined;
  if (action.state === 'confirmed' && action.fetched !== undefined) return { call, ok: true, ...action.fetched };
  return { call, ok: action.state === 'confirmed', text: `${action.state}: ${action.text}` };
}
