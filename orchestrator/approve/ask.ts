import { guarded } from '../../core/guarded.ts';
import { codeSpan } from '../../core/inert.ts';
import { type Swept, sooner } from '../../core/loop.ts';
import { markAnswered } from '../../core/mark-answered.ts';
import { sentence } from '../../core/outcome.ts';
import { parseQuestion, renderQuestion } from '../../core/question-note.ts';
import { FOLDERS } from '../../core/states.ts';
import { clauseOf } from '../../core/system-error.ts';
import type { Action, OpenQuestion } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';
import { renew } from './propose.ts';

/** What the executor asks about an action, and the answers it understands. */
const CHOICES = {
  lapsed: ['Ask me again', 'Let it go'],
  unknown: ['It happened', 'It did not happen: try again', 'It did not happen: leave it'],
} as const;

/**
 * What marks a question in its id and its note’s name. Each try that ends unknown has a question of its own: the answer
 * to an earlier one must not be taken for an answer to this one.
 */
const markOf = (about: keyof typeof CHOICES, attempt: number): string =>
  about === 'unknown' && attempt > 1 ? `unknown-${attempt}` : about;

/** The names of all notes that may ask about an action. */
export const questionNotes = ({ envelope, attempts }: Action): readonly string[] => [
  `${envelope.note}-${markOf('lapsed', 0)}`,
  ...Array.from({ length: attempts }, (_, index) => `${envelope.note}-${markOf('unknown', index + 1)}`),
];

/** Asks the person one thing about an action: lapsed without a decision, or of unknown outcome. Once per state. */
export async function ask(action: Action, about: keyof typeof CHOICES, context: ExecutorContext): Promise<void> {
  const { task, task_note, plan_note, note } = action.envelope;
  const mark = markOf(about, action.attempts);
  const asked = {
    id: `${action.id}-${mark}`,
    note: `${note}-${mark}`,
    ...{ task, task_note, plan_note },
    title: about === 'lapsed' ? 'Is this still wanted?' : 'Did this happen?',
    context: about === 'lapsed' ? lapsedText(action) : unknownText(action),
    choices: [...CHOICES[about]],
  };
  await context.ledger.record({ kind: 'ASKED', about: action.id, asked });
  context.log.event(`question   ${asked.title} ${action.envelope.title}  →  ${FOLDERS.questions}/${asked.note}.md`);
}

/** Writes the notes of open questions where they are missing, and takes the answers that have settled. */
export async function lookAtQuestions(context: ExecutorContext): Promise<Swept> {
  let moved = false;
  let settlesIn: number | undefined;
  for (const question of [...context.ledger.book.questions.values()]) {
    const taken = await lookAt(question, context).catch((error: unknown) => {
      // One answer that cannot be acted on now holds up no other.
      context.log.trouble(`answer ${question.id}`, `“${question.title}”: ${clauseOf(error)} It is tried again.`);
      return false;
    });
    if (typeof taken === 'number') settlesIn = sooner(settlesIn, taken);
    else moved ||= taken;
  }
  return { moved, settlesIn };
}

async function lookAt(question: OpenQuestion, context: ExecutorContext): Promise<boolean | number> {
  const { vault, settle, config, log, syncers, brought } = context;
  if (isMoot(question, context)) return answerQuestion(question, 'No longer needed.', context);
  const path = `${FOLDERS.questions}/${question.note}.md`;
  const stats = vault.stats(path);
  if (stats === undefined) {
    const made = vault.create(path, renderQuestion({ ...question, created: context.now() }));
    if (!made.ok) log.trouble(path, sentence(made.failure));
    return false;
  }
  const read = vault.read(path);
  if (!read.ok) return false;
  const parsed = parseQuestion(read.value.text, question.choices);
  if (!parsed.ok) {
    log.trouble(path, `${path}: ${sentence(parsed.failure)}`);
    return false;
  }
  const { answer, inWords } = parsed.value;
  if (answer === undefined || parsed.value.id !== question.id) return false;
  const wait = settle.wait(path, stats, (inWords ? config.settle.note : config.settle.tick) * 1000);
  if (wait > 0) return wait;
  const isBrought = brought?.isAnywhere(read.value.sha256) === true;
  if (isBrought || syncers().length > 0) {
    const from = isBrought ? 'came from another device' : 'may come from elsewhere';
    log.trouble(path, `An answer about an effect ${from}; give it here: steward answer ${question.id} "…"`);
    // Without it: whoever changes the note here next would seem to have given that answer.
    if (isBrought) vault.replace(path, read.value.sha256, renderQuestion({ ...question, created: context.now() }));
    return false;
  }
  return answerQuestion(question, answer, context);
}

/** Whether a question is settled without its answer: its action was replaced, withdrawn or ended in another way. */
function isMoot({ about }: OpenQuestion, { ledger }: ExecutorContext): boolean {
  const state = ledger.book.actions.get(about)?.state;
  return state !== 'expired' && state !== 'unknown';
}

/** Acts on an answer. One that is none of the choices is said to be, and the question stays. */
export async function answerQuestion(question: OpenQuestion, said: string, context: ExecutorContext): Promise<boolean> {
  // Whole, before it is cut: half a secret is not known for one.
  const answer = guarded(said, 'an answer');
  const { ledger, log, now, person } = context;
  const { about, id } = question;
  const action = ledger.book.actions.get(about);
  const answered = { kind: 'ANSWERED', question: id, about, answer: answer.slice(0, 500) } as const;
  if (action === undefined || isMoot(question, context)) {
    await ledger.record(answered);
    return true;
  }
  const proof = `${person} says that it did not happen.`;
  switch (question.choices.find(choice => answer.toLowerCase().startsWith(choice.toLowerCase()))) {
    case 'Ask me again':
      return renew(action.proposed, context);
    case 'Let it go':
      await ledger.record(answered);
      break;
    case 'It happened':
      await ledger.record(answered, { kind: 'CONFIRMED', id: about, receipt: { said_by: person }, how: 'person' });
      break;
    case 'It did not happen: try again':
      await ledger.record(answered, { kind: 'NOT_SENT_RETRY', id: about, proof, next: now().toISOString() });
      break;
    case 'It did not happen: leave it':
      await ledger.record(answered, { kind: 'NOT_SENT', id: about, proof });
      break;
    default:
      log.trouble(
        `answer ${id}`,
        `The answer to “${question.title}” was not understood; please tick one of its boxes.`,
      );
      return false;
  }
  markAnswered(context.vault, `${FOLDERS.questions}/${question.note}.md`);
  log.event(`answered   ${question.title} ${answer.slice(0, 60)}`);
  return true;
}

function lapsedText({ envelope }: Action): string {
  return `${codeSpan(envelope.title, 200)} was not decided in time, so it was not done. The approval has lapsed.`;
}

function unknownText({ envelope, reason }: Action): string {
  return [
    `${codeSpan(envelope.title, 200)} was begun, and no answer came back. Steward cannot tell whether it happened:`,
    '',
    codeSpan(reason, 300),
    '',
    'It is not tried again until you say so. Please look (for mail: in the Sent folder), then choose.',
  ].join('\n');
}
