import { ACTION_HOME, ACTION_MOVES, type Move, TASK_MOVES } from '../../core/states.ts';

/** The state tables as docs/vault-format.md shows them, made from core/states.ts. */
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function moves(table: readonly Move<string, string>[]): string {
  return [
    row(['from', 'event', 'to', 'who', 'on which node']),
    row(['---', '---', '---', '---', '---']),
    ...table.map(({ from, event, to, by, node }) => row([from, `\`${event}\``, to, by.join(', '), node])),
  ].join('\n');
}

function homes(): string {
  const rows = Object.entries(ACTION_HOME).map(([state, home]) => row([state, `\`${home}/\``]));
  return [row(['state of the action', 'where its approval note stands']), row(['---', '---']), ...rows].join('\n');
}

/** Name of the marker in the document → the table that stands below it. */
export const STATE_TABLES: Readonly<Record<string, string>> = {
  'action moves': moves(ACTION_MOVES),
  'action homes': homes(),
  'task moves': moves(TASK_MOVES),
};
