import { z } from 'zod';
import type { BrainAnswer, BrainModule, Request, ToolCall, ToolResult } from '../../../core/brain.ts';
import { Arguments } from '../../../core/envelope.ts';
import { messageOf, ok } from '../../../core/outcome.ts';
import { apply, type Call, plan } from './apply.ts';
import { fill, valuesFor } from './fill.ts';
import { fitOf } from './match.ts';
import { isKnownAlready, isOccupied, placeBeside, targetOf } from './place.ts';
import { rulesOf } from './rule.ts';

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

/** Proposes by the first rule that fits, or asks. A rule that cannot be used is told, and skips itself alone. */
function consider(request: Request, said: string, heard: string): BrainAnswer {
  const { rules, broken } = rulesOf(request.skills);
  const faults = broken.map(one => `A rule that cannot be used: ${one}.`);
  for (const rule of rules) {
    const { misfits, reading, unread } = fitOf(rule, request.task, said);
    const { extension, words, folder } = rule.when;
    // Told where the rule was meant for this kind of thing, not where it looks at everything.
    if (unread === true && (extension ?? words ?? folder) !== undefined)
      faults.push(`${rule.skill}: ${misfits.join('; ')}.`);
    if (misfits.length > 0) continue;
    try {
      return answer(request, withFaults(apply(rule, reading, request, said), broken));
    } catch (error) {
      return ask(request, heard, [...faults, `${rule.path}: ${messageOf(error)}`]);
    }
  }
  return ask(request, heard, faults);
}

/** The same calls, with what is wrong in the rulebook told in the plan. */
function withFaults(calls: readonly Call[], broken: readonly string[]): readonly Call[] {
  if (broken.length === 0) return calls;
  const told = ` A rule that cannot be used: ${broken.join(' · ').slice(0, 500)}`;
  return calls.map(call => {
    if (call.tool !== 'plan_update') return call;
    const input = Arguments.parse(call.input);
    return { ...call, input: { ...input, summary: `${String(input.summary ?? '')}${told}` } };
  });
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

function ask(request: Request, heard: string, broken: readonly string[]): BrainAnswer {
  const { task } = request;
  const what = task.file === undefined ? 'What shall I do about this?' : 'What shall I do with this file?';
  const why = heard === '' ? 'No rule in Skills fits this.' : `No rule in Skills fits “${heard.slice(0, 200)}” either.`;
  const faults = broken.length === 0 ? '' : ` ${broken.join(' ').slice(0, 1200).toWellFormed()}`;
  const hint = task.file === undefined ? ' One that does, for example: “Send Anna the numbers”.' : '';
  const choices = task.file === undefined ? [MYSELF, DROP] : [DOCUMENTS, MYSELF, DROP];
  const calls = [
    plan(why, []),
    { tool: 'ask_person', input: { question: what, context: `${why}${hint}${faults}`, choices } },
  ];
  return answer(request, calls);
}

/** Where something stands at the target by now: the same proposals for the next free names. */
function elsewhere(request: Request, occupied: readonly ToolCall[]): readonly Call[] | undefined {
  const before = request.exchanges.flatMap(({ turn }) => turn.calls);
  const made = before.filter(({ tool }) => tool.startsWith('propose_')).length;
  const moved = occupied.flatMap(call => {
    const target = targetOf(call.input);
    const next = target === undefined ? undefined : placeBeside(target.place, request);
    return target === undefined || next === undefined
      ? []
      : [{ next, call: { tool: call.tool, input: { ...call.input, [target.key]: next } } }];
  });
  if (moved.length === 0 || moved.length < occupied.length) return undefined;
  const steps = planSteps(before.findLast(({ tool }) => tool === 'plan_update'));
  const beside = moved.map(({ next }, at) => ({ text: `Put it beside, as ${next}`, action: made + at + 1 }));
  return [
    plan('Something stands there already, and nothing is overwritten.', [...steps, ...beside].slice(-50)),
    ...moved.map(({ call }) => call),
  ];
}

const Steps = z.array(z.object({ text: z.string(), done: z.boolean().default(false), action: z.int().optional() }));

/** What a plan had to tell so far. */
function planSteps(call: ToolCall | undefined): { text: string; done: boolean; action?: number }[] {
  const steps = Steps.safeParse(call?.input.steps);
  return steps.success
    ? steps.data.map(({ text, done, action }) => (action === undefined ? { text, done } : { text, done, action }))
    : [];
}

/** Every proposal has its outcome: say so, for all that were made for this task. */
function conclude(request: Request, last: LastExchange): BrainAnswer {
  const outcomes = request.exchanges.flatMap(({ turn, results }) =>
    turn.calls
      .filter(({ tool }) => tool.startsWith('propose_'))
      .map(call => ({ call, result: results.find(one => one.call === call.id), isLast: turn === last.turn })),
  );
  // What was proposed again for another place is that proposal now.
  const counted = outcomes.filter(({ result, isLast }) => isLast || !isOccupied(result?.text ?? ''));
  const occupied = counted.filter(({ result }) => isOccupied(result?.text ?? '')).map(({ call }) => call);
  const again = elsewhere(request, occupied);
  if (again !== undefined) return answer(request, again);
  const done = counted.filter(({ result }) => result?.ok === true || isKnownAlready(result?.text ?? ''));
  const bad = counted.filter(one => !done.includes(one)).map(({ result }) => result?.text ?? 'no outcome');
  const told = bad.join(' ').slice(0, 1500).toWellFormed();
  const of = `${done.length} of ${counted.length}`;
  const worst = bad.find(text => /^(failed|refused)/.test(text));
  if (worst !== undefined)
    return answer(request, [finish('failed', done.length === 0 ? worst : `${of} done, with receipt. ${told}`)]);
  if (done.length === 0) return answer(request, [finish('dropped', `You said no. ${told}`.trim())]);
  if (bad.length > 0)
    return answer(request, [finish('done', `${of} done, with receipt. You said no to the rest: ${told}`)]);
  const old = done.filter(({ result }) => result?.ok !== true).length;
  const news = old === 0 ? '' : ` ${old} of them held nothing new.`;
  return answer(request, [finish('done', `${of} done, with receipt.${news}`)]);
}

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
