import { codeSpan, proseLine } from '../../core/inert.ts';
import { localTime } from '../../core/names.ts';
import type { Brains } from './brains.ts';
import { dollars } from './budget.ts';
import type { PlannerContext } from './context.ts';
import type { Total } from './spending.ts';
import type { TaskJournal } from './task-journal.ts';

type Worker = {
  readonly brain: string;
  readonly model: string;
  readonly rules: readonly number[];
  readonly took: Total | undefined;
};

/** Who thought about a task, with which model, by which rule, and what that took. Nobody is left out. */
export function workedBy(task: TaskJournal, { brains, spending }: PlannerContext, about: string): readonly string[] {
  const workers = workersOf(task, spending.book.thinkers.get(task.id) ?? new Map());
  const [only] = workers;
  if (only === undefined) return [about];
  if (workers.length === 1) return [`${about} Written by ${nameOf(only, brains)}.${onlyTook(only.took)}`];
  return [
    `${about} Worked on by:`,
    '',
    ...workers.map(one => `- ${nameOf(one, brains)}${one.took === undefined ? '' : `: ${amountOf(one.took)}`}`),
  ];
}

function workersOf({ thinkers }: TaskJournal, totals: ReadonlyMap<string, Total>): readonly Worker[] {
  const known = thinkers.map(({ brain, model, rules }): Worker => {
    return { brain, model, rules, took: totals.get(`${brain} ${model}`) };
  });
  const others = [...totals].flatMap(([key, took]): Worker[] => {
    const [brain = '', ...rest] = key.split(' ');
    const model = rest.join(' ');
    if (took.turns <= 0 || known.some(one => one.brain === brain && one.model === model)) return [];
    return [{ brain, model, rules: [], took }];
  });
  return [...known, ...others];
}

function nameOf({ brain, model, rules, took }: Worker, brains: Brains): string {
  const label = brains.labelOf(brain);
  const by = rules.length === 0 ? '' : `, by rule ${rules.join(' and ')} of the routing`;
  if (model === brain) return `${label}${by}`;
  // A call that got no answer named no model; what it may have cost counts.
  const what = model === '' && took !== undefined ? 'calls without an answer' : proseLine(model);
  return `${label} (${what})${by}`;
}

const onlyTook = (took: Total | undefined): string => (took === undefined ? '' : ` It took ${amountOf(took)}.`);

const COUNT = new Intl.NumberFormat('en');

function amountOf({ turns, tokens, money, unpriced }: Total): string {
  const price = unpriced > 0 ? `${dollars(money)} at most, for a model without a known price` : dollars(money);
  return `${turns} ${turns === 1 ? 'turn' : 'turns'} · ${COUNT.format(tokens)} tokens · ${price}`;
}

/** What a person must know of how it is thought about: that it stays here, and that another brain had to go on. */
export function routingOf(task: TaskJournal, { brains }: PlannerContext): readonly string[] {
  const { fellBack, isPrivate } = task;
  return [
    ...(isPrivate ? ['> [!note] Private: no brain that would carry it off this machine is shown it.'] : []),
    ...(fellBack === undefined
      ? []
      : [
          `> [!note] ${brains.labelOf(fellBack.from)} failed: ${codeSpan(fellBack.why, 300)}`,
          `> ${capital(brains.labelOf(fellBack.to))} went on, as the routing says; it is tried again from ${localTime(new Date(fellBack.until)).slice(0, 16).replace('T', ' ')} on.`,
        ]),
  ];
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
