import type { Brain, BrainAnswer, Exchange, Request, Usage } from '../../core/brain.ts';
import { joined } from '../../core/exposure.ts';
import type { Swept } from '../../core/loop.ts';
import { readOffers } from '../../core/offers.ts';
import { messageOf } from '../../core/outcome.ts';
import { type Bound, boundCrossed, isNearlyUsed, type Taken } from './budget.ts';
import { type Chosen, choose } from './choose.ts';
import type { PlannerContext } from './context.ts';
import { exposedByAsking, isModel } from './exposure.ts';
import { forModel } from './for-model.ts';
import { costOf, tokensOf } from './prices.ts';
import { repeatsOf } from './progress.ts';
import { recall } from './recall.ts';
import { requestFor } from './request.ts';
import { failed, LONGEST_PAUSE, settle } from './settle-turn.ts';
import type { TaskJournal } from './task-journal.ts';
import { offeredTools } from './tools.ts';

/** Milliseconds until it is looked again whether a thought has ended; its end looks by itself. */
const THINKING = 200;

const BUSY: Swept = { moved: false, settlesIn: THINKING };
const MOVED: Swept = { moved: true, settlesIn: undefined };

/**
 * Asks a brain for one turn: the one that the routing names. A model thinks in the background, so that nothing else waits
 * for it; what it may take is reserved, on disk, before it is asked, and its answer is on record the moment it is there.
 */
export async function think(task: TaskJournal, context: PlannerContext): Promise<Swept> {
  const { state, signal, thoughts } = context;
  if (thoughts.isBusy(task.id)) return BUSY;
  const offers = readOffers(state.offers);
  if (offers === undefined) return { moved: false, settlesIn: 100 };
  const whole = await requestFor(task, offeredTools(offers.offers), context);
  const choice = choose(task, whole, context);
  if (!choice.ok) {
    failed(task, choice.failure, choice.route, context);
    return MOVED;
  }
  const { chosen } = choice;
  const { model } = chosen;
  if (isModel(model) && !(await recall(task, context))) return BUSY;
  const shownAs = shownTo(chosen, whole, task);
  const request = isModel(model) ? forModel(shownAs, task, context) : shownAs;
  const estimate = model.estimate?.(request);
  const call = estimate === undefined ? { tokens: 0, money: 0 } : reservationFor(estimate, model, context);
  const bound = boundCrossed(standingOf(task, context), call, context.config.budget);
  if (bound !== undefined) return halt(task, bound, context);
  if (estimate !== undefined && thoughts.isFull) return BUSY;
  const shown = joined(task.exposure, exposedByAsking(model, request.people.length));
  if (shown.private.length > task.exposure.private.length) task.record({ kind: 'SHOWN', exposure: shown });
  if (estimate === undefined) {
    settle(task, task.revisions, await model.next(request, signal), chosen, context);
    return MOVED;
  }
  thoughts.begin(task.id, ask(task, request, chosen, call, context));
  return BUSY;
}

/** The request as one brain gets it: what only another may have back is left out, and so is what others keep here. */
function shownTo({ brain, choice, model }: Chosen, request: Request, task: TaskJournal): Request {
  const exchanges = task.exchanges.map((exchange): Exchange => {
    const { turn, results, brain: by } = exchange;
    if (turn.raw === undefined || by === brain || by === undefined) return exchange;
    const { raw: _, ...rest } = turn;
    return { turn: rest, results };
  });
  return { ...request, exchanges, choice, underway: model.staysHere === true ? request.underway : [] };
}

async function ask(
  task: TaskJournal,
  request: Request,
  chosen: Chosen,
  call: Omit<Taken, 'turns'>,
  context: PlannerContext,
): Promise<void> {
  const { spending, config, signal, log } = context;
  const { model } = chosen;
  const id = `${task.id}-${spending.book.calls + 1}`;
  const { revisions } = task;
  const { role } = task.taken;
  const of = { task: task.id, brain: model.name, ...(role === undefined ? {} : { role }) };
  spending.record({ kind: 'RESERVED', id, ...of, tokens: call.tokens, money: call.money });
  const answer = await model.next(request, signal).catch((error: unknown): BrainAnswer => {
    return { ok: false, failure: { kind: 'retryable', message: messageOf(error) } };
  });
  // The answer first: it is paid for, and what is not settled yet counts whole.
  settle(task, revisions, answer, chosen, context);
  const usage = answer.ok ? answer.turn.usage : (answer.failure.usage ?? NO_USAGE);
  const { money, priced } = costOf(usage, model, config.prices);
  spending.record({ kind: 'SPENT', id, usage, tokens: tokensOf(usage), money, priced });
  if (isNearlyUsed(spending.book.ofDay(context.now()), config.budget)) {
    log.trouble('budget', `Thinking has taken ${Math.round(config.budget.warn_at * 100)} % of what it may take today.`);
  } else log.clear('budget');
}

const NO_USAGE: Usage = { model: '', input_tokens: 0, output_tokens: 0 };

/** What a call may take at most, as far as can be said before it. */
function reservationFor(
  { model, tokens, output }: { model: string; tokens: number; output: number },
  brain: Brain,
  { config }: PlannerContext,
): Omit<Taken, 'turns'> {
  const usage = { model, input_tokens: tokens, output_tokens: output };
  return { tokens: tokens + output, money: costOf(usage, brain, config.prices).money };
}

function standingOf(task: TaskJournal, { spending, now }: PlannerContext): Parameters<typeof boundCrossed>[0] {
  const taken = spending.book.ofTask(task.id);
  const { role } = task.taken;
  return {
    task: { ...taken, turns: task.turns, minutes: taken.seconds / 60, repeats: repeatsOf(task.exchanges) },
    day: spending.book.ofDay(now()),
    roleDay: spending.book.ofRole(role, now()),
    role,
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
  if (task.down?.why === waits) task.stillDown(next);
  else task.record({ kind: 'BRAIN_DOWN', why: waits, next });
  log.trouble('budget day', waits);
  return MOVED;
}
