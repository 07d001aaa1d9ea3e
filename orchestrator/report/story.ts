import { actionName } from '../../core/envelope.ts';
import type { Recorded } from '../../core/journal.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import type { TaskJournal } from '../think/task-journal.ts';
import { PlanUpdate } from '../think/tools.ts';

export type Told = { readonly at: string; readonly text: string };

/** The story of a task in plain words, from its journal and the ledger. */
export function tellStory(task: TaskJournal, records: readonly Recorded<LedgerRecord>[]): readonly Told[] {
  const { taken, since, id } = task;
  const from = taken.own
    ? 'You wrote it into Needs_Action.'
    : `It came by way of ${taken.source}${taken.file === undefined ? '' : `: ${taken.file.path}`}.`;
  const told: Told[] = [{ at: since, text: `Task ${id}: ${taken.title}. ${from}` }];
  for (const { turn } of task.exchanges) {
    for (const call of turn.calls) {
      const plan = call.tool === 'plan_update' ? PlanUpdate.safeParse(call.input) : undefined;
      if (plan?.success) told.push({ at: since, text: `Planned by ${turn.usage.model}: ${plan.data.summary}` });
    }
  }
  for (const asked of task.asked) {
    told.push({
      at: since,
      text: `Asked: ${asked.title} Answer: ${task.answers.get(asked.question) ?? 'none so far'}`,
    });
  }
  const titles = new Map<string, string>();
  for (const { at, body } of records) {
    const text = tell(body, id, titles);
    if (text !== undefined) told.push({ at, text });
  }
  return told;
}

function tell(body: LedgerRecord, task: string, titles: Map<string, string>): string | undefined {
  switch (body.kind) {
    case 'PROPOSED': {
      const { envelope } = body;
      if (envelope.task !== task) return undefined;
      titles.set(envelope.id, envelope.title);
      return `Proposed ${envelope.id} (${actionName(envelope)}, by ${envelope.brain}): ${envelope.title}`;
    }
    case 'REFUSED':
      return body.task === task ? `Not possible: ${body.action}: ${body.why}` : undefined;
    case 'CLOSED':
      return body.task === task ? `Ended as ${body.verdict}: ${body.why}` : undefined;
    case 'ASKED':
      return titles.has(body.about) ? `Asked you: ${body.asked.title}` : undefined;
    case 'ANSWERED':
      return titles.has(body.about) ? `You answered: ${body.answer}` : undefined;
    default:
      return 'id' in body && titles.has(body.id) ? tellAction(body) : undefined;
  }
}

function tellAction(body: Extract<LedgerRecord, { id: string }>): string {
  const { id } = body;
  switch (body.kind) {
    case 'APPROVED':
      return `${body.by} approved ${id} (${body.way}${body.changed.length === 0 ? '' : `, changed ${body.changed.join(', ')}`})`;
    case 'REJECTED':
      return `${body.by} said no to ${id} (${body.way})${body.reason === '' ? '' : `: ${body.reason}`}`;
    case 'INTENT':
      return `Began ${id} (try ${body.attempt})`;
    case 'CONFIRMED':
      return `Done ${id}. Proof: ${JSON.stringify(body.receipt)}`;
    case 'NOT_SENT':
      return `Failed ${id}: ${body.proof}`;
    case 'NOT_SENT_RETRY':
      return `Not done ${id}, next try ${body.next}: ${body.proof}`;
    case 'UNKNOWN':
      return `Unknown whether ${id} happened: ${body.why}`;
    case 'SUPERSEDED':
      return `${id} is no longer needed: ${body.why}`;
    case 'EXPIRED':
      return `${id} lapsed without a decision`;
    case 'HELD':
      return `${id} is held until ${body.until}`;
    case 'WANTED':
    case 'CAPPED':
    case 'REFUSED':
      return `${id} waits: ${body.why}`;
  }
}
