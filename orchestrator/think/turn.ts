import type { BrainAnswer, Request, Turn, Usage } from '../../core/brain.ts';
import { joined } from '../../core/exposure.ts';
import type { Swept } from '../../core/loop.ts';
import { readOffers } from '../../core/offers.ts';
import { messageOf } from '../../core/outcome.ts';
import { type Bound, boundCrossed, isNearlyUsed, type Taken } from './budget.ts';
import type { PlannerContext } from './context.ts';
import { exposedByAsking } from './exposure.ts';
import { costOf, tokensOf } from './prices.ts';
import { repeatsOf } from './progress.ts';
import { requestFor } from './request.ts';
import type { TaskJournal } from './task-journal.ts';
import { offeredTools } from './tools.ts';

/** Milliseconds before a brain that failed is asked again, unless it says when. */
const BRAIN_PAUSE = 60_000;
export const LONGEST_PAUSE = 3_600_000;
/** Milliseconds until it is looked again whether a thought has ended; its end looks by itself. */
const THINKING = 200;

const BUSY: Swept = { moved: false, settlesIn: THINKING };
const MOVED: Swept = { moved: true, settlesIn: undefined };

/**
 * Asks the brain for one turn. A model thinks in the background, so that nothing else waits for it; what it may take
 * is reserved, on disk, before it is asked, and its answer is on record the moment it is there.
 */
export async function think(task: TaskJournal, context: PlannerContext): Promise<Swept> {
  const { brain, state, signal, thoughts } = context;
  if (thoughts.isBusy(task.id)) return BUSY;
  const offers = readOffers(state.offers);
  if (offers === undefined) return { moved: false, settlesIn: 100 };
  const request = await requestFor(task, offeredTools(offers.offers), context);
  const estimate = brain.estimate?.(request);
  const call = estimate === undefined ? { tokens: 0, money: 0 } : reservationFor(estimate, context);
  const bound = boundCrossed(standingOf(task, context), call, context.config.budget);
  if (bound !== undefined) return halt(task, bound, context);
  if (estimate !== undefined && thoughts.isFull) return BUSY;
  const shown = joined(task.exposure, exposedByAsking(brain, request.people.length));
  if (shown.private.length > task.exposure.private.length) task.record({ kind: 'SHOWN', exposure: shown });
  if (estimate === undefined) {
    settle(task, task.revisions, await brain.next(request, signal), context);
    return MOVED;
  }
  thoughts.begin(task.id, ask(task, request, call, context));
  return BUSY;
}

async function ask(
  task: TaskJournal,
  request: Request,
  call: Omit<Taken, 'turns'>,
  context: PlannerContext,
): Promise<void> {
  const { brain, spending, config, signal, log } = context;
  const id = `${task.id}-${spending.book.calls + 1}`;
  const { revisions } = task;
  spending.record({ kind: 'RESERVED', id, task: task.id, brain: brain.name, tokens: call.tokens, money: call.money });
  const answer = await brain.next(request, signal).catch((error: unknown): BrainAnswer => {
    return { ok: false, failure: { kind: 'retryable', message: messageOf(error) } };
  });
  const usage = answer.ok ? answer.turn.usage : (answer.failure.usage ?? NO_USAGE);
  const { money, priced } = costOf(usage, brain.name, config.prices);
  spending.record({ kind: 'SPENT', id, usage, tokens: tokensOf(usage), money, priced });
  if (isNearlyUsed(spending.book.ofDay(context.now()), config.budget)) {
    log.trouble('budget', `Thinking has taken ${Math.round(config.budget.warn_at * 100)} % of what it may take today.`);
  } else log.clear('budget');
  settle(task, revisions, answer, context);
}

const NO_USAGE: Usage = { model: '', input_tokens: 0, output_tokens: 0 };

/** What a call may take at most, as far as can be said before it. */
function reservationFor(
  { model, tokens, output }: { model: string; tokens: number; output: number },
  { brain, config }: PlannerContext,
): Omit<Taken, 'turns'> {
  const usage = { model, input_tokens: tokens, output_tokens: output };
  return { tokens: tokens + output, money: costOf(usage, brain.name, config.prices).money };
}

function standingOf(task: TaskJournal, { spending, now }: PlannerContext): Parameters<typeof boundCrossed>[0] {
  const taken = spending.book.ofTask(task.id);
  const repeats = repeatsOf(task.exchanges);
  return {
    task: { ...taken, turns: task.turns, minutes: taken.seconds / 60, repeats },
    day: spending.book.ofDay(now()),
    roleDay: spending.book.ofRole(undefined, now()),
    role: undefined,
  };
}

/** A task that has reached its bound ends, and says which; where it is the day’s, the task waits. */
function halt(task: TaskJournal, { of, why }: Bound, { now, log }: PlannerContext): Swept {
  if (of === 'task') {
    const mend = 'To let it go on, raise `budget.task` in config.yaml and move its note back into Needs_Action.';
    task.record({ kind: 'CLOSING', verdict: 'failed', why: `${why} ${mend}` });
    return MOVED;
  }
  const next = new Date(now().getTime() + LONGEST_PAUSE).toISOString();
  const waits = `${why} It goes on when the budget allows: see budget.day in config.yaml.`;
  task.record({ kind: 'BRAIN_DOWN', why: waits, next });
  log.trouble('budget day', waits);
  return MOVED;
}

/** Puts an answer on record, with whatever follows from it. */
function settle(task: TaskJournal, revisions: number, answer: BrainAnswer, context: PlannerContext): void {
  const { brain, log, now } = context;
  // Words that were changed while it was thought about them are thought about anew.
  if (task.revisions !== revisions || task.closing !== undefined) return;
  if (answer.ok) {
    log.clear(`brain ${task.id}`);
    task.record({ kind: 'TURN', turn: bounded(answer.turn, task) });
    return;
  }
  const { failure } = answer;
  if (failure.kind !== 'retryable') {
    task.record({ kind: 'CLOSING', verdict: 'failed', why: failure.message });
    return;
  }
  const pause = Math.min((failure.retryAfterSeconds ?? BRAIN_PAUSE / 1000) * 1000, LONGEST_PAUSE);
  const next = new Date(now().getTime() + pause).toISOString();
  task.record({ kind: 'BRAIN_DOWN', why: failure.message, next });
  const mend = failure.mend === undefined ? '' : ` ${failure.mend}`;
  log.trouble(`brain ${task.id}`, `${brain.label} cannot think about “${task.taken.title}”: ${failure.message}${mend}`);
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
