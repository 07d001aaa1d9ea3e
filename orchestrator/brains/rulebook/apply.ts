import type { Request, ToolCall } from '../../../core/brain.ts';
import type { Json } from '../../../core/digest.ts';
import { fill, valuesFor } from './fill.ts';
import { linesBeside } from './match.ts';
import { spared } from './place.ts';
import type { Reading, Values } from './reading.ts';
import type { Rule } from './rule.ts';

export type Call = Pick<ToolCall, 'tool'> & { readonly input: unknown };

/** Actions that one rule may propose for one task: a turn has twenty calls, and the plan is one. */
const MOST_ACTIONS = 19;

/** What a rule proposes for a task: the plan, and the actions in their order. Throws where it cannot, naming why. */
export function apply(rule: Rule, reading: Reading | undefined, request: Request, said: string): readonly Call[] {
  const values = new Map([...valuesFor(request.task, said, request.people), ...(reading?.values ?? [])]);
  const lists: Reading['lists'] = { ...reading?.lists, file: request.task.file === undefined ? [] : [new Map()] };
  const offered = new Set(request.tools.map(({ name }) => name));
  const text = (template: string): string => String(fill(template, values));
  const actions = rule.then.actions.flatMap(action => {
    const names = action.do.map(name => `propose_${name.replace('.', '_')}`);
    const tool = names.find(name => offered.has(name));
    if (tool === undefined) throw new Error(`no action ${action.do.join(' or ')} is configured`);
    return elements(action.each, lists).map(element => {
      const known = new Map([...values, ...element]);
      return { tool, input: placed(tool, fill(action.with, known), request), say: String(fill(action.say, known)) };
    });
  });
  if (actions.length === 0) throw new Error('its lists are empty, so that there is nothing to do');
  if (actions.length > MOST_ACTIONS)
    throw new Error(`it would propose ${actions.length} actions, and ${MOST_ACTIONS} is the most`);
  const steps = [
    ...rule.then.steps.map(step => ({ text: clipped(text(step)), done: true })),
    ...actions.map(({ say }, index) => ({ text: clipped(say), action: index + 1 })),
  ];
  const beside = rule.when.asks_to_mail === true ? linesBeside(said) : [];
  const left =
    beside.length === 0
      ? ''
      : ` Not acted on, so write a note of its own for it: “${beside.join(' / ').slice(0, 300)}”.`;
  const summary = `${text(rule.then.summary).trim()} (rule: ${rule.skill}, in ${rule.path})${left}`.trim();
  return [plan(summary, steps), ...actions.map(({ tool, input }) => ({ tool, input }))];
}

function elements(each: string | undefined, lists: Reading['lists']): readonly Values[] {
  if (each === undefined) return [new Map()];
  const list = lists[each];
  if (list === undefined) throw new Error(`there is no list “${each}” here. Known: ${Object.keys(lists).join(', ')}.`);
  return list;
}

/** An action that makes something new is given a place that nobody else has; one that adds to a note means that note. */
const placed = (tool: string, input: Json, request: Request): Json =>
  tool === 'propose_files_append' ? input : spared(input, request);

/** Within what a plan’s step may have. */
const clipped = (text: string): string => (text.length > 400 ? `${text.slice(0, 400).toWellFormed()}…` : text);

export const plan = (
  summary: string,
  steps: readonly { readonly text: string; readonly done?: boolean; readonly action?: number }[],
): Call => ({
  tool: 'plan_update',
  input: { summary: summary.slice(0, 2000).toWellFormed(), steps: steps.map(step => ({ done: false, ...step })) },
});
