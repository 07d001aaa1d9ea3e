import { guarded } from '../../core/guarded.ts';
import { type Swept, sooner } from '../../core/loop.ts';
import { markAnswered } from '../../core/mark-answered.ts';
import { planName } from '../../core/names.ts';
import { sentence } from '../../core/outcome.ts';
import { parseQuestion, renderQuestion } from '../../core/question-note.ts';
import { FOLDERS } from '../../core/states.ts';
import { originOf } from '../claim/shared.ts';
import type { PlannerContext } from './context.ts';
import { isAnswered } from './outcomes.ts';
import { noteName } from './plan-note.ts';
import type { TaskJournal } from './task-journal.ts';
import type { Asked } from './task-record.ts';

export const questionPath = (asked: Asked): string => `${FOLDERS.questions}/${asked.note}.md`;

/** Writes the notes of the questions that wait for an answer, where they are missing. */
export function writeQuestion(task: TaskJournal, context: PlannerContext): void {
  const { vault, log, now } = context;
  for (const asked of task.asked) {
    if (isAnswered(task, asked) || vault.exists(questionPath(asked))) continue;
    const { question, title, context: about, choices } = asked;
    const text = renderQuestion({
      id: question,
      task: task.id,
      task_note: noteName(task),
      plan_note: planName(task.taken.stem),
      ...{ title, context: about, choices },
      created: now(),
    });
    const made = vault.create(questionPath(asked), text);
    if (!made.ok) log.trouble(asked.question, sentence(made.failure));
    else log.event(`question   ${asked.title}  →  ${questionPath(asked)}`);
  }
}

/** Takes the answers that have settled: what a person ticked soon, what they write in words once they pause. */
export function lookAtAnswers(task: TaskJournal, context: PlannerContext): Swept {
  const { vault, settle, config, log } = context;
  let moved = false;
  let settlesIn: number | undefined;
  for (const asked of task.asked) {
    const path = questionPath(asked);
    const stats = isAnswered(task, asked) ? undefined : vault.stats(path);
    if (stats === undefined) continue;
    const read = vault.read(path);
    const parsed = read.ok ? parseQuestion(read.value.text, asked.choices) : read;
    if (!parsed.ok) {
      log.trouble(path, `${path}: ${sentence(parsed.failure)}`);
      continue;
    }
    const { answer, inWords, id } = parsed.value;
    if (answer === undefined || id !== asked.question) continue;
    const wait = settle.wait(path, stats, (inWords ? config.settle.note : config.settle.tick) * 1000);
    if (wait > 0) {
      settlesIn = sooner(settlesIn, wait);
      continue;
    }
    const isBrought = read.ok && originOf(read.value, context).kind !== 'person';
    takeAnswer(task, asked, answer, context, isBrought);
    moved = true;
  }
  return { moved, settlesIn };
}

/** Puts an answer on record, however it was given, and shows on the question’s note that it was taken. */
export function takeAnswer(
  task: TaskJournal,
  asked: Asked,
  said: string,
  { vault, log }: PlannerContext,
  isBrought = false,
): void {
  // Whole, before it is cut: half a secret is not known for one.
  const answer = guarded(said, 'an answer');
  const elsewhere = isBrought ? { elsewhere: true as const } : {};
  task.record({ kind: 'ANSWERED', question: asked.question, answer: answer.slice(0, 4000), ...elsewhere });
  markAnswered(vault, questionPath(asked));
  log.event(`answered   ${asked.title} ${answer.slice(0, 60)}`);
}
