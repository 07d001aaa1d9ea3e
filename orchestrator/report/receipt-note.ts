import { actionName } from '../../core/envelope.ts';
import { writeNote } from '../../core/front-matter.ts';
import { codeSpan, fence, noteProperty, proseLine, visibleJson } from '../../core/inert.ts';
import { localTime } from '../../core/names.ts';
import type { Action } from '../execute/book.ts';

/** The note that proves an effect, or says why there was none and what to do. */
export function renderReceipt(action: Action): string {
  const { envelope, settled } = action;
  const happened = settled?.kind === 'CONFIRMED';
  const properties = {
    result: happened ? 'done' : 'failed',
    action: actionName(envelope),
    created: localTime(new Date(action.settledAt ?? envelope.created)),
    task: noteProperty(envelope.task_note),
    plan: `[[${envelope.plan_note}]]`,
    approval: `[[${envelope.note}]]`,
    type: 'receipt',
    format: 1,
    id: `${action.id}-receipt`,
  };
  const changed = JSON.stringify(envelope.arguments) !== JSON.stringify(action.proposed.arguments);
  const lines = [
    `# ${happened ? 'Done' : 'Not done'}: ${codeSpan(envelope.title, 200)}`,
    '',
    ...(happened ? proof(settled) : failure(action)),
    '',
    `Approved by ${codeSpan(action.approvedBy || 'nobody')}${changed ? ', with values changed by hand' : ''}. ${happened ? 'These values were used' : 'These were its values'}:`,
    '',
    fence(visibleJson(envelope.arguments, 1), 'json'),
    '',
    `Digest of what was approved: \`${action.digest}\``,
    '',
  ];
  return writeNote(properties, lines.join('\n'));
}

const rowsOf = (values: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(values).map(
    ([name, value]) =>
      `**${proseLine(name)}** ${codeSpan(typeof value === 'string' ? value : JSON.stringify(value), 400)}`,
  );

type Confirmed = Extract<NonNullable<Action['settled']>, { kind: 'CONFIRMED' }>;

function proof(settled: Confirmed): string[] {
  const rows = rowsOf(settled.receipt).map(row => `> ${row}`);
  const how = {
    answered: 'Confirmed by what did it.',
    reconciled: 'Found at the far end afterwards.',
    person: 'You said so.',
  };
  const undo =
    settled.undo === undefined
      ? []
      : [
          '',
          `To take it back: \`steward undo ${settled.id}\`. It asks you before it does ${codeSpan(settled.undo.action)}:`,
          '',
          ...rowsOf(settled.undo.arguments).map(row => `- ${row}`),
        ];
  return ['> [!success] Proof', `> ${how[settled.how]}`, ...rows, ...undo];
}

function failure(action: Action): string[] {
  return ['> [!failure] Why', `> ${codeSpan(action.reason, 400)}`, '', whatToDo(action)];
}

/** What is safe and what to do, by whose fault it was. */
function whatToDo({ fault, tries, envelope }: Action): string {
  const again = 'move the task’s note back into `Needs_Action`';
  switch (fault) {
    case 'data': {
      const items = envelope.attachments.map(({ path }) => codeSpan(path, 200)).join(', ');
      const [item, what] = items === '' ? ['', 'right what is named above'] : [`: ${items}`, 'it right'];
      return `Nothing happened. This one thing was set aside, and everything else goes on${item}. Put ${what}, then ${again}.`;
    }
    case 'transient':
    case 'system':
      return `Nothing happened. It was tried ${tries} times and is not tried again by itself. Once what is named above works again, ${again}.`;
    default:
      return `Nothing happened, and it is not tried again by itself. Mend the cause, then ${again}.`;
  }
}
