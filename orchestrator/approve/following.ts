import type { Envelope } from '../../core/envelope.ts';
import { approvalName, noteStem } from '../../core/names.ts';
import { isSettled, verdictOf } from '../../core/states.ts';
import { clauseOf } from '../../core/system-error.ts';
import type { Proposal } from '../decide/prepare.ts';
import type { Follow } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';
import { propose } from './propose.ts';

const TASK = /^after-[0-9a-f]{12}$/;

/**
 * Proposes what the server that did an action said has to follow, such as the copy of a sent mail: a task of its own,
 * so that what was done stays done whatever becomes of it. True where something was proposed.
 */
export async function proposeFollowing(context: ExecutorContext): Promise<boolean> {
  const { ledger, log } = context;
  let proposed = false;
  for (const [task, { done, follow }] of [...ledger.book.following]) {
    try {
      proposed = (await propose(proposalOf(task, done, follow), context)) || proposed;
      log.clear(`after ${task}`);
    } catch (error) {
      log.trouble(`after ${task}`, `What follows from “${done.title}” cannot be prepared: ${clauseOf(error)}`);
    }
  }
  return proposed;
}

/** Only a tool of the same server is meant; nothing of it is a brain’s word. */
function proposalOf(task: string, done: Envelope, follow: Follow): Proposal {
  const [, tool = ''] = follow.action.split('.');
  return {
    ...{ id: `${task}-a1`, task, task_note: done.task_note, plan_note: done.plan_note },
    ...{ note: approvalName(noteStem(`after ${done.title}`, task), 1), server: done.server, tool },
    arguments: follow.arguments,
    origins: Object.fromEntries(Object.keys(follow.arguments).map(name => [name, { kind: 'unknown' } as const])),
    ...{ brain: 'steward', exposure: { untrusted: [], private: [] }, source: 'steward' },
  };
}

/** Closes what followed once it is settled: no planner has such a task. True where one was closed. */
export async function closeFollowed({ ledger }: ExecutorContext): Promise<boolean> {
  const { book } = ledger;
  let closed = false;
  for (const task of book.openTasks().filter(id => TASK.test(id))) {
    const states = book.statesOf(task);
    if (book.isTaskClosed(task) || !states.every(isSettled) || book.hasOpenQuestion(task)) continue;
    const verdict = verdictOf(states, 'done');
    const action = book.actionsOf(task)[0];
    const title = action?.envelope.title ?? 'What follows';
    const why = verdict === 'done' ? 'It was put away.' : `What it belongs to was done. ${action?.reason ?? ''}`.trim();
    await ledger.record({ kind: 'CLOSED', task, title, verdict, why, notes: [] });
    closed = true;
  }
  return closed;
}
