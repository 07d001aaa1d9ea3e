import { readProperties, setProperty, writeNote } from '../../core/front-matter.ts';
import { guarded } from '../../core/guarded.ts';
import { codeSpan, noteLink, noteProperty, proseLine } from '../../core/inert.ts';
import { localTime, planName } from '../../core/names.ts';
import { ok, sentence } from '../../core/outcome.ts';
import { ownedRegion, replaceRegion } from '../../core/owned-region.ts';
import { FOLDERS } from '../../core/states.ts';
import type { PlannerContext } from './context.ts';
import type { ActionView } from './ledger-view.ts';
import { isAnswered, outcomesOf } from './outcomes.ts';
import { nowText, pausedText } from './standing.ts';
import type { TaskJournal } from './task-journal.ts';
import { PlanUpdate } from './tools.ts';
import { routingOf, workedBy } from './worked-by.ts';

type Rejection = { readonly at: string; readonly title: string; readonly reason: string };

/** What the person said no to before is told where it may matter again. */
const remembered = ({ at, title, reason }: Rejection): string =>
  `> [!note] On ${localTime(new Date(at)).slice(0, 10)} you said no to ${codeSpan(title)}${reason === '' ? '' : `: ${codeSpan(reason, 300)}`}`;

/** How a task stands, as the plan’s `status` property says it. */
function statusOf(task: TaskJournal, actions: readonly ActionView[]): string {
  if (task.closing !== undefined) return task.closing.verdict;
  if (task.paused !== undefined) return 'paused';
  if (task.down !== undefined) return 'retrying';
  if (task.asked.some(asked => !isAnswered(task, asked))) return 'asking';
  return actions.some(({ state }) => state === 'proposed' || state === 'wanted') ? 'waiting' : 'working';
}

/** The plan as a person reads it: what Steward means to do, how far it is, and who thought of it. */
function planText(
  task: TaskJournal,
  actions: readonly ActionView[],
  rejected: Rejection | undefined,
  context: PlannerContext,
): string {
  const plan = latestPlan(task);
  const outcomes = outcomesOf(task, actions);
  const steps = plan.steps.map(step => {
    const outcome = step.action === undefined ? undefined : outcomes[step.action - 1];
    if (outcome === undefined) return `- [${step.done ? 'x' : ' '}] ${proseLine(step.text)}`;
    const note = outcome.note === '' ? '' : ` · [[${outcome.note}]]`;
    return `- [${outcome.state === 'confirmed' ? 'x' : ' '}] ${proseLine(step.text)}${note} · ${outcomeText(outcome, context.config.node)}`;
  });
  const now = nowText(
    task,
    plan.steps.map((step, at) => ({ text: step.text, isDone: (steps[at] ?? '').startsWith('- [x]') })),
    actions,
  );
  const questions = task.asked.map(asked =>
    isAnswered(task, asked)
      ? `- [x] Asked: [[${asked.note}]] · ${codeSpan(task.answers.get(asked.question) ?? 'no longer needed')}`
      : `- [ ] Waiting for your answer: [[${asked.note}]]`,
  );
  return [
    `# Plan: ${codeSpan(task.taken.title, 100)}`,
    '',
    ...(plan.summary === '' ? [] : [proseLine(plan.summary), '']),
    ...(rejected === undefined ? [] : [remembered(rejected), '']),
    ...(now === '' ? [] : [now, '']),
    ...steps,
    ...questions,
    ...apart(pausedText(task)),
    ...(task.down === undefined || task.paused !== undefined
      ? []
      : ['', `> [!warning] Thinking is interrupted`, `> ${codeSpan(task.down.why, 300)} It goes on by itself.`]),
    ...apart(routingOf(task, context)),
    ...(task.closing === undefined ? [] : ['', ...ending(task.closing)]),
    '',
    ...citedIn(task),
    ...workedBy(task, context, `For ${noteLink(noteName(task))}.`),
  ].join('\n');
}

/** Lines with an empty one in front, where there are any. */
const apart = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', ...lines]);

function ending(closing: NonNullable<TaskJournal['closing']>): string[] {
  const heads = { done: '[!success] Done', rejected: '[!quote] Ended, as you decided', failed: '[!failure] Failed' };
  const mend =
    closing.verdict === 'failed'
      ? ['> To try again, mend the cause and move the task’s note back into `Needs_Action`.']
      : [];
  return [`> ${heads[closing.verdict]}`, `> ${proseLine(clipped(closing.why))}`, ...mend];
}

/** Long words of a brain or a server end in the middle of a screen, not of a page. */
const clipped = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)} …` : text);

function outcomeText({ state, text, due, node }: ActionView, here: string): string {
  const why = text === '' ? '' : `: ${codeSpan(text, 200)}`;
  switch (state) {
    case 'proposed':
      return 'waits for you: decide there';
    case 'wanted':
      return 'wanted from elsewhere, waits for your word on this computer';
    case 'held':
      return `is done at ${localTime(new Date(due ?? '')).slice(11, 16)} unless you say no there`;
    case 'capped':
      return `approved, but waits${why}`;
    case 'confirmed':
      return 'done';
    case 'rejected':
      return `you said no${why}`;
    case 'refused':
      return `not possible${why}`;
    case 'failed':
      return `failed${why}`;
    case 'retrying':
      return `not yet${why}`;
    case 'unknown':
      return `unknown whether it happened${why}`;
    case 'superseded':
      return (node ?? here) === here ? 'no longer needed' : 'waits for you: decide there';
    case 'expired':
      return 'lapsed without a decision';
    default:
      return 'in work';
  }
}

/** What was remembered for it: the person can read, correct and delete it there. */
function citedIn({ recalled = [] }: TaskJournal): string[] {
  const links = recalled.map(({ path }) => noteLink(path.replace(/\.md$/, '')));
  return links.length === 0 ? [] : [`Remembered: ${links.join(' · ')}`, ''];
}

export const noteName = (task: TaskJournal): string => (task.taken.note.split('/').at(-1) ?? '').replace(/\.md$/, '');

function latestPlan(task: TaskJournal): PlanUpdate {
  for (const { turn } of task.exchanges.toReversed()) {
    for (const call of turn.calls.toReversed()) {
      const plan = call.tool === 'plan_update' ? PlanUpdate.safeParse(call.input) : undefined;
      if (plan?.success) return plan.data;
    }
  }
  return { summary: '', steps: [] };
}

export const planPath = (task: TaskJournal): string => `${FOLDERS.plans}/${planName(task.taken.stem)}.md`;

/** Brings the plan note up to date; a person’s own text in it stays. Written only when something changed. */
export function writePlan(task: TaskJournal, context: PlannerContext): void {
  const { vault, ledger, log, now } = context;
  const actions = ledger.actionsOf(task.id);
  const before = ledger.rejections.get(task.taken.file?.sha256 ?? '');
  const remembers = before !== undefined && before.at < task.since ? before : undefined;
  // Before it is hashed: what stands in the note must be what Steward knows that it wrote.
  const content = guarded(planText(task, actions, remembers, context), planPath(task));
  const status = statusOf(task, actions);
  const path = planPath(task);
  const shown = `${status}\n${content}`;
  if (task.shown === shown && vault.exists(path)) return;
  const read = vault.read(path);
  if (!read.ok && read.failure.kind !== 'retryable') {
    log.trouble(path, sentence(read.failure));
    return;
  }
  if (!read.ok) {
    const properties = {
      status,
      task: noteProperty(noteName(task)),
      brain: task.thinkers[0]?.brain ?? context.brains.standard.name,
      created: localTime(new Date(task.since)),
      type: 'plan',
      format: 1,
      id: `${task.id}-plan`,
    };
    const made = vault.create(path, writeNote(properties, `${ownedRegion(content)}\n`));
    if (made.ok) task.shown = shown;
    else log.trouble(path, sentence(made.failure));
    return;
  }
  const replaced = replaceRegion(read.value.text, content, now());
  const known = readProperties(replaced);
  const isSame = known.ok && known.value.properties.status === status;
  const changed = isSame ? replaced : setProperty(replaced, 'status', status);
  const text = typeof changed === 'string' ? changed : changed.ok ? changed.value : replaced;
  const written = text === read.value.text ? ok('replaced') : vault.replace(path, read.value.sha256, text);
  if (!written.ok) log.trouble(path, sentence(written.failure));
  else if (written.value === 'replaced') task.shown = shown;
}
