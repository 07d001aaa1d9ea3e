import type { BrainAnswer, BrainFailure, Turn } from '../../core/brain.ts';
import type { PlannerContext } from './context.ts';
import type { Route } from './route.ts';
import type { TaskJournal } from './task-journal.ts';

/** Milliseconds before a brain that failed is asked again, unless it says when. */
const BRAIN_PAUSE = 60_000;
export const LONGEST_PAUSE = 3_600_000;

/** Puts an answer on record, with whatever follows from it. `revisions` is how often its task had been rewritten then. */
export function settle(
  task: TaskJournal,
  revisions: number,
  answer: BrainAnswer,
  route: Route,
  context: PlannerContext,
): void {
  // Words that were changed while it was thought about them are thought about anew.
  if (task.revisions !== revisions || task.closing !== undefined) return;
  if (!answer.ok) {
    failed(task, answer.failure, route, context);
    return;
  }
  context.log.clear(`brain ${task.id}`);
  const rule = route.rule === undefined ? {} : { rule: route.rule };
  task.record({ kind: 'TURN', turn: bounded(answer.turn, task), brain: route.brain, ...rule });
}

/**
 * What follows from a brain’s failure: the rule’s fallback goes on where it names one, otherwise the task waits. A
 * refusal is an answer: no other brain is asked in its place.
 */
export function failed(
  task: TaskJournal,
  failure: BrainFailure,
  route: Pick<Route, 'brain' | 'fallback' | 'rule'> | undefined,
  { brains, log, now }: PlannerContext,
): void {
  const pause = Math.min((failure.retryAfterSeconds ?? BRAIN_PAUSE / 1000) * 1000, LONGEST_PAUSE);
  const next = new Date(now().getTime() + pause).toISOString();
  const { message, mend = '' } = failure;
  const label = route === undefined ? 'Steward' : brains.labelOf(route.brain);
  const told = `${label} cannot think about “${task.taken.title}”: ${message}`;
  // What asks to be tried again at once mends itself.
  if (route?.fallback !== undefined && failure.kind !== 'denied' && pause > 0) {
    const { brain: from, fallback: to, rule } = route;
    task.record({ kind: 'FELL_BACK', from, to, why: message, until: next });
    log.trouble(`brain ${task.id}`, `${told} ${brains.labelOf(to)} goes on, as rule ${rule} of the routing says.`);
    return;
  }
  if (failure.kind !== 'retryable') {
    task.record({ kind: 'CLOSING', verdict: 'failed', why: message });
    return;
  }
  const why = `${message} ${mend}`.trim();
  if (task.down?.why === why) task.stillDown(next);
  else task.record({ kind: 'BRAIN_DOWN', why, next });
  log.trouble(`brain ${task.id}`, `${told} ${mend}`.trim());
}

/** Calls that are made of one turn, and characters that one call may hold. */
const MOST_CALLS = 20;
const LONGEST_CALL = 256 * 1024;

/** A turn within what can be shown and kept, with ids that no other call of the task has. */
function bounded(turn: Turn, task: TaskJournal): Turn {
  const known = new Set(task.exchanges.flatMap(one => one.turn.calls.map(({ id }) => id)));
  // After a rewrite thinking starts again: its calls must not be taken for the earlier ones.
  const mark = task.revisions === 0 ? '' : `v${task.revisions}-`;
  const calls = turn.calls.slice(0, MOST_CALLS).map((call, at) => {
    const id = known.has(`${mark}${call.id}`) ? `${mark}${call.id}-${task.turns}-${at}` : `${mark}${call.id}`;
    known.add(id);
    const json = JSON.stringify(call.input);
    const input =
      json.length > LONGEST_CALL ? { not_understood: `${json.slice(0, 2000).toWellFormed()} …` } : call.input;
    return { ...call, id, input };
  });
  const left = turn.calls.length - calls.length;
  const say = left === 0 ? turn.say : `${turn.say}\n[${left} further calls were not made: ${MOST_CALLS} a turn]`.trim();
  return { ...turn, say: say.slice(0, LONGEST_CALL).toWellFormed(), calls };
}
