import type { Message, Spool, Spooled } from '../../core/spool.ts';
import { isSettled, verdictOf } from '../../core/states.ts';
import { clauseOf } from '../../core/system-error.ts';
import { allowKey, revokeKey } from '../approve/allowed-keys.ts';
import { answerQuestion } from '../approve/ask.ts';
import { approveByCommand, reject } from '../approve/decisions.ts';
import { handOver, takeBack } from '../approve/hand-over.ts';
import { propose } from '../approve/propose.ts';
import { proposeUndo } from '../approve/undo.ts';
import type { Brake } from './brake.ts';
import type { ExecutorContext } from './context.ts';
import { pause, unpause } from './pauses.ts';
import type { Reads } from './reads.ts';

/** Takes what the planner and the command line have put down. True where something was moved on. */
export async function takeMessages(
  spool: Spool,
  brake: Brake,
  reads: Reads,
  context: ExecutorContext,
): Promise<boolean> {
  const { log } = context;
  let moved = false;
  const waiting = spool.waiting((name, why) =>
    log.trouble(`spool ${name}`, `A message cannot be read: ${name}: ${why}`),
  );
  const { ledger } = context;
  for (const [index, spooled] of waiting.entries()) {
    // Nothing can go on record: everything waits but a resume, which would count later though it was said before.
    if (ledger.distrusted !== undefined && spooled.message.kind !== 'resume') continue;
    try {
      if (!(await take(spooled, brake, reads, context))) continue;
      for (const { name } of withdrawn(spooled, waiting.slice(0, index))) spool.remove(name);
      spool.remove(spooled.name);
      log.clear(`spool ${spooled.name}`);
      moved = true;
    } catch (error) {
      log.trouble(`spool ${spooled.name}`, `${clauseOf(error)} It is tried again.`);
    }
  }
  return moved;
}

/** True once the message is on record and can go; false while it has to wait. */
async function take(spooled: Spooled, brake: Brake, reads: Reads, context: ExecutorContext): Promise<boolean> {
  const { message } = spooled;
  const { ledger, person, log } = context;
  switch (message.kind) {
    case 'propose':
      if (ledger.book.isTaskClosed(message.task)) return true;
      await propose(message, context, 'planner');
      return true;
    case 'read':
      return reads.take(spooled, message);
    case 'withdraw':
      return withdraw(message, context);
    case 'close':
      return close(message, context);
    case 'hand_over':
      return handOver(message, context);
    case 'handed_back':
      return takeBack(message, context);
    case 'decide': {
      const action = ledger.book.actions.get(message.id);
      if (action === undefined) log.event(`ignored    ${message.id} is not waiting for a decision`);
      else if (message.decision === 'approved') await approveByCommand(action, message.by, context, message.signature);
      else await reject(action, message.reason, message.way, context, message.signature);
      return true;
    }
    case 'answer': {
      const question = ledger.book.questions.get(message.question);
      if (question !== undefined) await answerQuestion(question, message.text, context);
      return true;
    }
    case 'undo':
      await proposeUndo(message.task, message.of, message.by, context);
      return true;
    case 'allow_key':
      await allowKey(message.key, message.by, context);
      return true;
    case 'revoke_key':
      await revokeKey(message.key, message.by, context);
      return true;
    case 'stop':
      await brake.stop(message.why, message.by);
      return true;
    case 'pause':
      await pause(message.channel, message.why, message.by, context);
      return true;
    case 'unpause':
      await unpause(message.channel, message.by, context);
      return true;
    case 'read_result':
    case 'pause_task':
    case 'unpause_task':
      log.trouble(`message ${message.kind}`, `A message “${message.kind}” is not for the executor.`);
      return true;
    case 'resume':
      await brake.resume(message.by || person);
      return true;
  }
}

/** Earlier proposals that could not be prepared so far: they are taken back with what was proposed. */
const withdrawn = ({ message }: Spooled, earlier: readonly Spooled[]): readonly Spooled[] =>
  message.kind === 'withdraw'
    ? earlier.filter(one => one.message.kind === 'propose' && one.message.task === message.task)
    : [];

/** Takes back what a task has proposed and nobody decided, or let go, yet. */
async function withdraw(
  message: Extract<Message, { kind: 'withdraw' }>,
  { ledger }: ExecutorContext,
): Promise<boolean> {
  for (const action of ledger.book.actionsOf(message.task)) {
    if (['proposed', 'wanted', 'held', 'expired'].includes(action.state)) {
      await ledger.record({ kind: 'SUPERSEDED', id: action.id, why: message.why });
    }
  }
  return true;
}

/**
 * Closes a task once every one of its actions is settled. The verdict is the ledger’s: what the planner believes can
 * only make it worse.
 */
async function close(message: Extract<Message, { kind: 'close' }>, { ledger }: ExecutorContext): Promise<boolean> {
  const { task, title, why, notes } = message;
  if (ledger.book.isTaskClosed(task)) return true;
  if (ledger.book.actionsOf(task).some(({ state }) => !isSettled(state)) || ledger.book.hasOpenQuestion(task))
    return false;
  const verdict = verdictOf(ledger.book.statesOf(task), message.verdict);
  await ledger.record({ kind: 'CLOSED', task, title, verdict, why, notes });
  return true;
}
