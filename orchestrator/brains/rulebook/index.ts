import type { BrainAnswer, BrainModule, Request, ToolCall, ToolResult } from '../../../core/brain.ts';
import { Arguments } from '../../../core/envelope.ts';
import { messageOf, ok } from '../../../core/outcome.ts';
import { fill, valuesFor } from './fill.ts';
import { fits, linesBeside } from './match.ts';
import { isOccupied, placeBeside, spared } from './place.ts';
import { type Rule, rulesOf } from './rule.ts';

const MYSELF = 'I did it myself';
const DROP = 'Drop it';
const DOCUMENTS = 'File it under Documents';

/**
 * The brain that needs no key and no network: the rules in `Skills/`, in the order of their priority. It proposes what
 * the first rule that fits says; where none fits it asks one clear question, and reads the answer by the same rules.
 */
function next(request: Request): BrainAnswer {
  const { exchanges } = request;
  const last = exchanges.at(-1);
  if (last === undefined) return consider(request, request.task.text, '');
  const answered = resultOf(last, 'ask_person');
  if (answered?.ok === true) return hear(request, answered.text);
  return conclude(request, last);
}

type LastExchange = NonNullable<Request['exchanges'][number]>;

function resultOf({ turn, results }: LastExchange, tool: string): ToolResult | undefined {
  const call = turn.calls.find(one => one.tool === tool);
  return results.find(result => result.call === call?.id);
}

/** Proposes by the first rule that fits, or asks. */
function consider(request: Request, said: string, heard: string): BrainAnswer {
  const { rules, broken } = rulesOf(request.skills);
  const rule = rules.find(one => fits(one, request.task, said));
  if (rule === undefined) return ask(request, heard, broken);
  try {
    return answer(request, apply(rule, request, said));
  } catch (error) {
    return ask(request, heard, [...broken, `${rule.path}: ${messageOf(error)}`]);
  }
}

/** What the person answered: an end, or words that the rules are tried on. */
function hear(request: Request, said: string): BrainAnswer {
  const low = said.toLowerCase();
  if (low.startsWith(MYSELF.toLowerCase()) || /^(done|erledigt)\b/.test(low)) {
    return answer(request, [finish('done', `You said: ${said}`)]);
  }
  if (low.startsWith(DROP.toLowerCase()) || /^(drop|never ?mind|forget it|ignore)\b/.test(low)) {
    return answer(request, [finish('dropped', `You said: ${said}`)]);
  }
  const { file } = request.task;
  if (low.startsWith(DOCUMENTS.toLowerCase()) && file !== undefined) {
    const to = fill('Documents/{year}/{dated_name}', valuesFor(request.task, '', []));
    return answer(request, [
      plan('You said where it belongs.', [{ text: `Move ${file.name} to Documents`, action: 1 }]),
      { tool: 'propose_files_move', input: { from: file.path, to } },
    ]);
  }
  const before = request.task.source === 'person' ? request.task.text : '';
  const alone = consider(request, said, said);
  return alone.ok && alone.turn.calls.some(({ tool }) => tool.startsWith('propose_'))
    ? alone
    : consider(request, `${before}\n${said}`, said);
}

type Call = Pick<ToolCall, 'tool'> & { readonly input: unknown };

function apply(rule: Rule, request: Request, said: string): Call[] {
  const values = valuesFor(request.task, said, request.people);
  const offered = new Set(request.tools.map(({ name }) => name));
  const text = (template: string): string => String(fill(template, values));
  const actions = rule.then.actions.map(action => {
    const names = action.do.map(name => `propose_${name.replace('.', '_')}`);
    const tool = names.find(name => offered.has(name));
    if (tool === undefined) throw new Error(`no action ${action.do.join(' or ')} is configured`);
    return { tool, input: spared(fill(action.with, values), request), say: text(action.say) };
  });
  const steps = [
    ...rule.then.steps.map(step => ({ text: text(step), done: true })),
    ...actions.map(({ say }, index) => ({ text: say, action: index + 1 })),
  ];
  const beside = rule.when.asks_to_mail === true ? linesBeside(said) : [];
  const left =
    beside.length === 0
      ? ''
      : ` Not acted on, so write a note of its own for it: “${beside.join(' / ').slice(0, 300)}”.`;
  const summary = `${text(rule.then.summary)} (rule: ${rule.skill})${left}`.trim();
  return [plan(summary, steps), ...actions.map(({ tool, input }) => ({ tool, input }))];
}

function ask(request: Request, heard: string, broken: readonly string[]): BrainAnswer {
  const { task } = request;
  const what = task.file === undefined ? 'What shall I do about this?' : 'What shall I do with this file?';
  const why = heard === '' ? 'No rule in Skills fits this.' : `No rule in Skills fits “${heard.slice(0, 200)}” either.`;
  const faults = broken.length === 0 ? '' : ` A rule that cannot be used: ${broken.join(' · ').slice(0, 500)}`;
  const hint = task.file === undefined ? ' For example: “Send Anna the numbers”.' : '';
  const choices = task.file === undefined ? [MYSELF, DROP] : [DOCUMENTS, MYSELF, DROP];
  const calls = [
    plan(why, []),
    { tool: 'ask_person', input: { question: what, context: `${why}${hint}${faults}`, choices } },
  ];
  return answer(request, calls);
}

/** Where something stands at the target by now: the same proposal for the next free name. */
function elsewhere(request: Request, call: ToolCall): readonly Call[] | undefined {
  const { to } = call.input;
  const next = typeof to === 'string' ? placeBeside(to, request) : undefined;
  if (next === undefined) return undefined;
  const ordinal =
    request.exchanges.flatMap(({ turn }) => turn.calls).filter(({ tool }) => tool.startsWith('propose_')).length + 1;
  return [
    plan('Something stands there already, and nothing is overwritten.', [
      { text: `Put it beside, as ${next}`, action: ordinal },
    ]),
    { tool: call.tool, input: { ...call.input, to: next } },
  ];
}

/** Every proposal has its outcome: say so. */
function conclude(request: Request, { turn: { calls }, results }: LastExchange): BrainAnswer {
  const proposals = calls
    .filter(({ tool }) => tool.startsWith('propose_'))
    .map(({ id }) => results.find(({ call }) => call === id));
  const bad = proposals.filter(result => result?.ok !== true).map(result => result?.text ?? 'no outcome');
  const worst = bad.find(text => /^(failed|refused)/.test(text));
  const occupied = calls.find(({ id }) => results.some(({ call, text }) => call === id && isOccupied(text)));
  const again = occupied === undefined || bad.length > 1 ? undefined : elsewhere(request, occupied);
  if (again !== undefined) return answer(request, again);
  if (worst !== undefined) return answer(request, [finish('failed', worst)]);
  if (bad.length === proposals.length && bad.length > 0) {
    return answer(request, [finish('dropped', `You said no. ${bad.join(' ')}`.trim())]);
  }
  return answer(request, [
    finish('done', `${proposals.length - bad.length} of ${proposals.length} done, with receipt.`),
  ]);
}

const plan = (summary: string, steps: readonly { text: string; done?: boolean; action?: number }[]): Call => ({
  tool: 'plan_update',
  input: { summary, steps: steps.map(step => ({ done: false, ...step })) },
});
const finish = (outcome: 'done' | 'dropped' | 'failed', evidence: string): Call => ({
  tool: 'finish',
  input: { outcome, evidence },
});

function answer({ exchanges }: Request, calls: readonly Call[]): BrainAnswer {
  const round = exchanges.length;
  const numbered = calls.map(({ tool, input }, index) => ({
    id: `r${round}-${index + 1}`,
    tool,
    input: Arguments.parse(input),
  }));
  return {
    ok: true,
    turn: { say: '', calls: numbered, usage: { input_tokens: 0, output_tokens: 0, model: 'rulebook' } },
  };
}

const rulebook: BrainModule = {
  name: 'rulebook',
  create: () =>
    ok({
      name: 'rulebook',
      label: 'the rulebook (your rules in Skills, no key, no network)',
      staysHere: true,
      next: request => Promise.resolve(next(request)),
    }),
};
export default rulebook;
