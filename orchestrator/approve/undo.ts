import { canonicalJson, sha256 } from '../../core/digest.ts';
import type { Arguments, Envelope, Origin } from '../../core/envelope.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { approvalName, noteStem } from '../../core/names.ts';
import { isSettled, verdictOf } from '../../core/states.ts';
import type { Proposal } from '../decide/prepare.ts';
import type { ExecutorContext } from '../execute/context.ts';
import { propose } from './propose.ts';

/** The task that takes an action back: its id follows from the action’s; `-r2` is the second time that it is wanted. */
const TASK = /^undo-([0-9a-f]{12})(-r[1-9]\d{0,3})?$/;
type Undo = { readonly action: string; readonly arguments: Arguments };

/** The id of the task that takes an action back, the `round`-th time that a person wants it, from 1. */
export const undoTask = (id: string, round: number): string =>
  `undo-${sha256(id).slice(0, 12)}${round === 1 ? '' : `-r${round}`}`;

/**
 * Proposes, because a person said so, what the server named as the way back when it did an action. The way back is read
 * from the ledger, never from the message; it is prepared, judged by policy and decided on like any other action.
 */
export async function proposeUndo(task: string, of: string, by: string, context: ExecutorContext): Promise<void> {
  const { ledger, state, log } = context;
  if (TASK.exec(task)?.[1] !== sha256(of).slice(0, 12)) {
    log.trouble(`undo ${task}`, `A message wants ${task}, which is no way back from ${of}. Nothing was asked.`);
    return;
  }
  if (ledger.book.isKnown(`${task}-a1`)) return;
  const done = doneOnRecord(state.ledger, of);
  if (done === undefined) {
    log.event(`ignored    ${of} has no way back on record`);
    return;
  }
  log.event(`undo       ${by} wants this taken back: ${done.envelope.title}`);
  await propose(proposalOf(task, done.envelope, done.undo), context, 'planner');
}

/** An action that was done, as it was approved, and the way back that was put on record with its receipt. */
function doneOnRecord(file: string, id: string): { envelope: Envelope; undo: Undo } | undefined {
  let envelope: Envelope | undefined;
  for (const { body } of new JournalReader(file, LedgerRecord).each()) {
    if (body.kind === 'PROPOSED' && body.envelope.id === id) envelope = body.envelope;
    if (body.kind === 'APPROVED' && body.id === id) envelope = body.envelope ?? envelope;
    if (body.kind !== 'CONFIRMED' || body.id !== id) continue;
    return envelope === undefined || body.undo === undefined ? undefined : { envelope, undo: body.undo };
  }
  return undefined;
}

function proposalOf(task: string, done: Envelope, undo: Undo): Proposal {
  const [server = '', tool = ''] = undo.action.split('.');
  return {
    ...{ id: `${task}-a1`, task, task_note: done.task_note, plan_note: done.plan_note },
    ...{ note: approvalName(noteStem(`undo ${done.title}`, task), 1), server, tool, arguments: undo.arguments },
    origins: Object.fromEntries(Object.entries(undo.arguments).map(([name, value]) => [name, originIn(done, value)])),
    ...{ brain: 'steward', exposure: done.exposure ?? { untrusted: ['unknown'], private: ['unknown'] } },
    source: 'person',
  };
}

/** A value that the action itself had is from where that was; what only the server told is of unknown origin. */
function originIn(done: Envelope, value: Arguments[string]): Origin {
  const wanted = canonicalJson(value);
  const name = Object.keys(done.arguments).find(one => canonicalJson(done.arguments[one] ?? null) === wanted);
  return (name === undefined ? undefined : done.origins[name]) ?? { kind: 'unknown' };
}

/** Closes what takes actions back once it is settled: no planner has such a task. True where one was closed. */
export async function closeUndone({ ledger }: ExecutorContext): Promise<boolean> {
  const { book } = ledger;
  let closed = false;
  for (const task of book.openTasks().filter(id => TASK.test(id))) {
    const states = book.statesOf(task);
    if (book.isTaskClosed(task) || !states.every(isSettled) || book.hasOpenQuestion(task)) continue;
    if (book.actionsOf(task).some(({ state, asked }) => state === 'expired' && !asked)) continue;
    const verdict = verdictOf(states, 'done');
    const why = verdict === 'done' ? 'It was taken back.' : 'It stays as it was done.';
    const title = book.actionsOf(task)[0]?.envelope.title ?? 'Taking something back';
    await ledger.record({ kind: 'CLOSED', task, title, verdict, why, notes: [] });
    closed = true;
  }
  return closed;
}
