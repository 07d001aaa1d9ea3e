import type { ToolCall, ToolResult } from '../../core/brain.ts';
import { sha256 } from '../../core/digest.ts';
import { readOffers } from '../../core/offers.ts';
import { isPlainRead } from '../../core/reach.ts';
import type { Message } from '../../core/spool.ts';
import type { PlannerContext } from './context.ts';
import type { TaskJournal } from './task-journal.ts';
import { readName } from './tools.ts';

/**
 * Asks the executor to read something, once for each call: the message’s name follows from task and call. The answer
 * comes as a message. Undefined where no such reading tool is offered.
 */
export function read(task: TaskJournal, call: ToolCall, { state, executor }: PlannerContext): 'waiting' | undefined {
  const offer = readOffers(state.offers)?.offers.find(
    ({ server, tool, reach }) => isPlainRead(reach) && readName(server, tool) === call.tool,
  );
  if (offer === undefined) return undefined;
  executor.putAgain(`read-${task.id}-${sha256(call.id).slice(0, 16)}`, {
    kind: 'read',
    call: call.id,
    task: task.id,
    server: offer.server,
    tool: offer.tool,
    arguments: call.input,
  });
  return 'waiting';
}

/** Puts what was read on record, as data with its origin. False where the call has its result, or was given up. */
export function takeReading(task: TaskJournal, message: Extract<Message, { kind: 'read_result' }>): boolean {
  const call = task.openCalls.find(({ id }) => id === message.call);
  const [, server, tool] = /^read_([a-z0-9]+)_(.+)$/.exec(call?.tool ?? '') ?? [];
  if (call === undefined || server === undefined || tool === undefined) return false;
  const result: ToolResult = {
    call: call.id,
    ok: message.ok,
    text: message.text,
    origin: { kind: 'incoming', source: `${server}.${tool}` },
  };
  task.record({ kind: 'RESULT', result });
  return true;
}
