import { type Passing, withPassing } from '../../core/approval-callout.ts';
import { renderApproval } from '../../core/approval-note.ts';
import { monthOf } from '../../core/names.ts';
import { sentence } from '../../core/outcome.ts';
import { ACTION_HOME, FOLDERS, isSettled, VERDICT_HOME } from '../../core/states.ts';
import type { FoundNote } from '../approve/approval-folders.ts';
import { questionNotes } from '../approve/ask.ts';
import { isForAnother } from '../approve/crossing.ts';
import type { Action, ClosedTask } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';
import { renderReceipt } from './receipt-note.ts';

/**
 * Files every settled approval (with its receipt) and every closed task, by the ledger. True where one was filed. That
 * they are is put on record together: where a crash comes before it, their notes stand there already, and nothing is lost.
 */
export async function fileAway(found: readonly FoundNote[], context: ExecutorContext): Promise<boolean> {
  const { ledger } = context;
  const record = async (filed: readonly string[]): Promise<boolean> => {
    if (filed.length > 0) await ledger.record(...filed.map(what => ({ kind: 'FILED' as const, what })));
    return filed.length > 0;
  };
  const actions = [...ledger.book.actions.values()].filter(
    action =>
      isSettled(action.state) &&
      !(action.state === 'expired' && hasQuestion(action, context)) &&
      fileApproval(action, found, context),
  );
  const moved = await record(actions.map(({ id }) => id));
  const tasks = [...ledger.book.closing.values()].filter(
    closed => ledger.book.actionsOf(closed.task).length === 0 && fileTask(closed, context),
  );
  return (await record(tasks.map(({ task }) => task))) || moved;
}

/**
 * Ends the moves that a crash cut in two: a settled approval whose note stands under its old name and in its home, as
 * one file. Without this it would count as a note with a second name, and be set aside. Returns what is left to look at.
 */
export function finishMoves(found: readonly FoundNote[], context: ExecutorContext): readonly FoundNote[] {
  const { vault, ledger } = context;
  return found.filter(one => {
    if (one.note.ok || one.stats.nlink < 2) return true;
    const home = [...ledger.book.actions.values()]
      .filter(({ state }) => isSettled(state))
      .map(action => `${homeOf(action, context)}/${action.envelope.note}.md`)
      .find(path => vault.stats(path)?.ino === one.stats.ino);
    return home === undefined || !vault.move(one.path, home).ok;
  });
}

const homeOf = (action: Action, context: ExecutorContext): string =>
  `${ACTION_HOME[action.state]}/${monthOf(new Date(action.settledAt ?? context.now()))}`;

const endOf = ({ state }: Action): Passing['ended'] =>
  state === 'confirmed' || state === 'failed' || state === 'rejected' || state === 'expired' || state === 'superseded'
    ? state
    : undefined;

const hasQuestion = (action: Action, context: ExecutorContext): boolean =>
  !action.asked || [...context.ledger.book.questions.values()].some(({ about }) => about === action.id);

/** The receipt first, then the note: whoever finds the note in `Done/` finds the proof beside it. */
function fileApproval(action: Action, found: readonly FoundNote[], context: ExecutorContext): boolean {
  // Its note is that of the node which does it, and is filed there.
  if (isForAnother(action.proposed, context)) return true;
  const { vault, log } = context;
  const { note } = action.envelope;
  const home = homeOf(action, context);
  if (action.state === 'confirmed' || action.state === 'failed') {
    const name = note.replace('-approval-', action.state === 'confirmed' ? '-receipt-' : '-failure-');
    const made = vault.create(`${home}/${name}.md`, renderReceipt(action));
    if (!made.ok) return trouble(action.id, sentence(made.failure), context);
  }
  const mine = found.filter(one => one.note.ok && one.note.value.id === action.id && vault.exists(one.path));
  const ended = endOf(action);
  for (const one of mine) {
    const read = vault.read(one.path);
    // Where somebody is at it, it is filed as it is.
    if (read.ok) vault.replace(one.path, read.value.sha256, withPassing(read.value.text, action.proposed, { ended }));
    const moved = vault.move(one.path, `${home}/${note}.md`);
    if (!moved.ok) return trouble(action.id, sentence(moved.failure), context);
  }
  if (mine.length === 0) {
    const made = vault.create(`${home}/${note}.md`, renderApproval(action.envelope, { ended }));
    if (!made.ok) return trouble(action.id, sentence(made.failure), context);
  }
  for (const question of questionNotes(action)) {
    const asked = vault.move(`${FOLDERS.questions}/${question}.md`, `${home}/${question}.md`);
    if (!asked.ok) return trouble(action.id, sentence(asked.failure), context);
  }
  log.clear(`file ${action.id}`);
  return true;
}

function fileTask(task: ClosedTask, context: ExecutorContext): boolean {
  const home = `${VERDICT_HOME[task.verdict]}/${monthOf(new Date(task.at))}`;
  for (const path of task.notes) {
    const moved = context.vault.move(path, `${home}/${path.split('/').at(-1) ?? path}`);
    if (!moved.ok) return trouble(task.task, sentence(moved.failure), context);
  }
  context.log.event(
    `${task.verdict === 'done' ? 'filed      ' : `${task.verdict.padEnd(10)} `}${task.title}  →  ${home}`,
  );
  context.log.clear(`file ${task.task}`);
  return true;
}

function trouble(id: string, why: string, context: ExecutorContext): false {
  context.log.trouble(`file ${id}`, why);
  return false;
}
