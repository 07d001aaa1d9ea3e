import type { Budget } from '../../core/limits.ts';

/** What thinking took so far. Tokens and dollars count what is reserved for a call under way, too. */
export type Taken = { readonly turns: number; readonly tokens: number; readonly money: number };
export const NOTHING: Taken = { turns: 0, tokens: 0, money: 0 };

export type Standing = {
  readonly task: Taken & { readonly minutes: number; readonly repeats: number };
  readonly day: Taken;
  readonly roleDay: Taken;
  readonly role: string | undefined;
};

/** A bound that a call would cross: `task` ends the task, `day` lets it wait for tomorrow. */
export type Bound = { readonly of: 'task' | 'day'; readonly why: string };

/**
 * Whether a call that may take this much fits every bound. Asked before the call, so that what is overspent is at most
 * one call that took more than was thought. Pure.
 */
export function boundCrossed(standing: Standing, call: Omit<Taken, 'turns'>, budget: Budget): Bound | undefined {
  const { task, day, roleDay, role } = standing;
  const of = (bound: 'task' | 'day', is: boolean, why: string): Bound | undefined =>
    is ? { of: bound, why } : undefined;
  const roles = role === undefined ? undefined : budget.roles[role];
  return (
    of('task', task.turns + 1 > budget.task.turns, `It has taken ${task.turns} turns, which is the bound.`) ??
    of('task', task.repeats >= budget.task.repeats, `${task.repeats} turns in a row changed nothing.`) ??
    of('task', task.minutes >= budget.task.minutes, `It has been worked on for ${budget.task.minutes} minutes.`) ??
    of(
      'task',
      task.tokens + call.tokens > budget.task.tokens,
      `It would take more than ${budget.task.tokens} tokens.`,
    ) ??
    of('task', task.money + call.money > budget.task.money, `It would cost more than ${dollars(budget.task.money)}.`) ??
    of('day', day.tokens + call.tokens > budget.day.tokens, `Today’s ${budget.day.tokens} tokens are used up.`) ??
    of('day', day.money + call.money > budget.day.money, `Today’s ${dollars(budget.day.money)} are used up.`) ??
    (roles === undefined
      ? undefined
      : (of('day', roleDay.tokens + call.tokens > roles.tokens, `The role ${role} has used its tokens of today.`) ??
        of('day', roleDay.money + call.money > roles.money, `The role ${role} has used its money of today.`)))
  );
}

/** Whether a day’s budget is so far used that the person is told, before it is used up. */
export const isNearlyUsed = (day: Taken, { day: limits, warn_at }: Budget): boolean =>
  day.tokens >= limits.tokens * warn_at || day.money >= limits.money * warn_at;

export const dollars = (money: number): string => `$${money < 0.01 && money > 0 ? money.toFixed(4) : money.toFixed(2)}`;
