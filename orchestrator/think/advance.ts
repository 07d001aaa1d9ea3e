import type { ToolCall, ToolResult } from '../../core/brain.ts';
import { codeSpan, noteLink, proseLine, quoted } from '../../core/inert.ts';
import { type Swept, sooner } from '../../core/loop.ts';
import { questionName } from '../../core/names.ts';
import { FILES, isSettled, verdictOf } from '../../core/states.ts';
import type { PlannerContext } from './context.ts';
import { look } from './look.ts';
import { resultOf } from './outcomes.ts';
import { noteName } from './plan-note.ts';
import { propose } from './propose.ts';
import { lookAtAnswers, writeQuestion } from './questions.ts';
import { read } from './read.ts';
import { LONGEST_PAUSE } from './settle-turn.ts';
import type { TaskJournal } from './task-journal.ts';
import type { Closing } from './task-record.ts';
import { AskPerson, Finish, PlanUpdate } from './tools.ts';
import { think } from './turn.ts';

const STILL: Swept = { moved: false, settlesIn: undefined };
/** Milliseconds until it is seen again whether something that is looked up is there. */
const LOOKING = 100;
const MOVED: Swept = { moved: true, settlesIn: undefined };

/** Moves a task on by one step: perform a call, take a result or an answer, or ask the brain for the next turn. */
export async function advance(task: TaskJournal, context: PlannerContext): Promise<Swept> {
  // Looked at before each step: the claim may have ended since the last.
  if (task.closing !== undefined || context.claims.mayThink(task.taken.note) !== 'yes') return STILL;
  const answered = lookAtAnswers(task, context);
  if (answered.moved) return MOVED;
  let settlesIn = answered.settlesIn;
  const actions = context.ledger.actionsOf(task.id);
  for (const call of task.openCalls) {
    const known = answerFor(task, call) ?? resultOf(task, call.id, actions, context.config.node);
    if (known === undefined && task.paused !== undefined) continue;
    const result = known ?? (await begin(task, call, context));
    if (result === 'soon') settlesIn = sooner(settlesIn, LOOKING);
    if (typeof result === 'string') continue;
    // In this order: of what is written together a power cut may leave the beginning, and a task whose finish was taken,
    // and that is not closing, would be thought about again, and end otherwise than it was told.
    const closing = call.tool === 'finish' && result.ok ? [closingOf(task, call, context)] : [];
    // Whoever asks again gets the same: only what was looked up, or done, is on disk before the next step.
    const isDerived = known !== undefined || call.tool === 'plan_update' || call.tool === 'finish';
    if (isDerived) task.recordDerived(...closing, { kind: 'RESULT', result });
    else task.record({ kind: 'RESULT', result });
    return MOVED;
  }
  if (task.openCalls.length > 0 || task.paused !== undefined) return { moved: false, settlesIn };
  if (task.down !== undefined) {
    const wait = Date.parse(task.down.next) - context.now().getTime();
    // A pause longer than any we set was set by a clock that jumped since.
    if (wait > 0 && wait <= LONGEST_PAUSE) return { moved: false, settlesIn };
  }
  if (context.ledger.stopped !== undefined || context.vault.exists(FILES.stop)) return STILL;
  const thought = await think(task, context);
  settlesIn = sooner(settlesIn, thought.settlesIn);
  return { moved: thought.moved, settlesIn };
}

function answerFor(task: TaskJournal, call: ToolCall): ToolResult | undefined {
  const asked = task.asked.findLast(one => one.call === call.id);
  const answer = asked === undefined ? undefined : task.answers.get(asked.question);
  return answer === undefined ? undefined : { call: call.id, ok: true, text: answer };
}

/** Performs a call for the first time, or again after a crash: everything it does is done once. */
async function begin(
  task: TaskJournal,
  call: ToolCall,
  context: PlannerContext,
): Promise<ToolResult | 'waiting' | 'soon'> {
  const refuse = (text: string): ToolResult => ({ call: call.id, ok: false, text });
  switch (call.tool) {
    case 'plan_update': {
      const plan = PlanUpdate.safeParse(call.input);
      return plan.success
        ? { call: call.id, ok: true, text: 'written' }
        : refuse(plan.error.issues[0]?.message ?? 'invalid');
    }
    case 'ask_person': {
      const ask = AskPerson.safeParse(call.input);
      if (!ask.success) return refuse(ask.error.issues[0]?.message ?? 'invalid');
      if (!task.asked.some(asked => asked.call === call.id)) {
        const ordinal = task.asked.length + 1;
        task.record({
          kind: 'ASKED',
          call: call.id,
          question: `${task.id}-q${ordinal}`,
          note: questionName(task.taken.stem, ordinal),
          title: proseLine(ask.data.question),
          context: await contextFor(task, ask.data.context, context),
          choices: ask.data.choices.map(proseLine),
        });
      }
      writeQuestion(task, context);
      return 'waiting';
    }
    case 'finish': {
      const end = Finish.safeParse(call.input);
      if (!end.success) return refuse(end.error.issues[0]?.message ?? 'invalid');
      // What was proposed in the same breath may not be on record yet: nothing is known of it.
      if (task.openCalls.some(({ id }) => id !== call.id))
        return refuse('Other calls of this turn have no result yet.');
      const open = context.ledger.actionsOf(task.id).filter(({ state }) => state !== 'refused' && !isSettled(state));
      return open.length === 0
        ? { call: call.id, ok: true, text: 'closing' }
        : refuse('Some of your proposals are still open.');
    }
    default:
      return (
        (await look(task, call, context)) ??
        read(task, call, context) ??
        (await propose(task, call, context)) ??
        refuse(`There is no tool “${call.tool}”.`)
      );
  }
}

/** What the person sees above a question: the brain’s words, and the text that this is about. */
async function contextFor(task: TaskJournal, words: string, context: PlannerContext): Promise<string> {
  const about = task.taken.file === undefined ? noteLink(noteName(task)) : codeSpan(task.taken.file.path, 300);
  const read = task.taken.own ? context.vault.read(task.taken.note) : undefined;
  const text = read?.ok ? ['', quoted(read.value.text.trim().slice(0, 1500))] : [];
  return [...(words === '' ? [] : [proseLine(words), '']), `About ${about}:`, ...text].join('\n').replace(/:$/, '.');
}

function closingOf(task: TaskJournal, call: ToolCall, context: PlannerContext): Closing {
  const end = Finish.parse(call.input);
  const intended = { done: 'done', dropped: 'rejected', failed: 'failed' } as const;
  // What was refused never became an action; whether the task fails by it is the brain’s to say.
  const actions = context.ledger.actionsOf(task.id).flatMap(({ state }) => (state === 'refused' ? [] : [state]));
  return { kind: 'CLOSING', verdict: verdictOf(actions, intended[end.outcome]), why: end.evidence };
}
