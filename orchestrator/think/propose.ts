import type { ToolCall, ToolResult } from '../../core/brain.ts';
import { approvalName, planName } from '../../core/names.ts';
import { readOffers } from '../../core/offers.ts';
import { isPlainRead } from '../../core/reach.ts';
import type { PlannerContext } from './context.ts';
import { originsOf } from './origins.ts';
import { noteName } from './plan-note.ts';
import type { TaskJournal } from './task-journal.ts';
import { proposeName } from './tools.ts';

/**
 * Hands a proposal to the executor, once: its id follows from the task and its number, so that the same call after a
 * crash is the same proposal. Undefined where no such action is offered.
 */
export async function propose(
  task: TaskJournal,
  call: ToolCall,
  context: PlannerContext,
): Promise<ToolResult | 'waiting' | undefined> {
  const offer = readOffers(context.state.offers)?.offers.find(
    ({ server, tool, reach }) => !isPlainRead(reach) && proposeName(server, tool) === call.tool,
  );
  if (offer === undefined) return undefined;
  const known = task.proposed.find(one => one.call === call.id);
  const ordinal = known === undefined ? freeOrdinal(task, context) : task.proposed.indexOf(known) + 1;
  const { stem } = task.taken;
  const proposed = known ?? {
    kind: 'PROPOSED' as const,
    call: call.id,
    action: `${task.id}-a${ordinal}`,
    note: approvalName(stem, ordinal),
  };
  if (known === undefined) task.record(proposed);
  if (context.ledger.actions.has(proposed.action)) return 'waiting';
  context.executor.putAgain(`propose-${proposed.action}`, {
    kind: 'propose',
    id: proposed.action,
    task: task.id,
    task_note: noteName(task),
    plan_note: planName(stem),
    note: proposed.note,
    server: offer.server,
    tool: offer.tool,
    arguments: call.input,
    origins: await originsOf(task, call, context),
    brain: task.callerOf(call.id) ?? context.brains.standard.name,
    exposure: task.exposure,
    source: task.taken.source,
    ...(task.taken.role === undefined ? {} : { role: task.taken.role }),
  });
  return 'waiting';
}

/** The next number of a proposal. One that stands under it already was prepared by another node, and is no outcome of ours. */
function freeOrdinal(task: TaskJournal, { ledger }: PlannerContext): number {
  let ordinal = task.proposed.length + 1;
  while (ledger.actions.has(`${task.id}-a${ordinal}`)) ordinal += 1;
  return ordinal;
}
