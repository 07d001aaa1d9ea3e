import type { Command } from 'commander';
import type { Environment } from '../../core/config.ts';
import { terminalLine } from '../../core/inert.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { cutTo } from '../../core/terminal-text.ts';
import { PROGRAMS } from '../../orchestrator/execute/servers.ts';
import { shapesOf } from '../completion/shape.ts';
import { SCRIPTS, type Shell } from '../completion/shells.ts';
import { readStatus, type Waiting } from './status.ts';

/** Prints the script that completes the commands of this tree. */
export function completion(program: Command, shell: Shell): number {
  process.stdout.write(SCRIPTS[shell](shapesOf(program)));
  return EXIT.ok;
}

const OPEN: readonly Waiting['kind'][] = ['approval', 'question', 'held', 'capped', 'retry', 'approved'];
/** What may stand behind a command, by what it is about. */
const FITTING: Readonly<Record<string, readonly Waiting['kind'][]>> = {
  approve: ['approval', 'held'],
  reject: ['approval', 'held', 'capped', 'retry'],
  answer: ['question'],
  ...{ why: OPEN, log: OPEN, explain: OPEN },
};
/** Commands that are about what is in work, as a whole. */
const TASKS: ReadonlySet<string> = new Set(['why', 'log', 'pause', 'resume']);
const CHANNELS: ReadonlySet<string> = new Set(['pause', 'resume']);
const LONGEST = 60;
/** How many of the things that were done last can be asked back by pressing a key. */
const MOST_DONE = 20;

/** Prints what may stand behind a command now, one a line, with what it is behind a tab. Says nothing where it cannot. */
export function completionIds(environment: Environment, command: string): number {
  const channels = CHANNELS.has(command)
    ? [...PROGRAMS.keys()].sort().map(name => ({ id: name, title: 'a channel' }))
    : [];
  const found = command === 'undo' ? doneLately(environment) : [...channels, ...open(environment, command)];
  for (const { id, title } of found) process.stdout.write(`${id}\t${cutTo(terminalLine(title), LONGEST)}\n`);
  return EXIT.ok;
}

type Named = { readonly id: string; readonly title: string };

function open(environment: Environment, command: string): readonly Named[] {
  const status = readStatus(environment);
  if (!status.ok) return [];
  const { waiting, lapsed, working } = status.value;
  const kinds = FITTING[command] ?? [];
  return [
    ...waiting.filter(({ kind }) => kinds.includes(kind)),
    ...(kinds.includes('approval') ? lapsed : []),
    ...(TASKS.has(command) ? working : []),
  ];
}

function doneLately(environment: Environment): readonly Named[] {
  const opened = openVault(environment);
  if (!opened.ok) return [];
  const titles = new Map<string, string>();
  const done: Named[] = [];
  for (const { body } of new JournalReader(opened.value.state.ledger, LedgerRecord).each()) {
    if (body.kind === 'PROPOSED') titles.set(body.envelope.id, body.envelope.title);
    if (body.kind === 'CONFIRMED' && body.undo !== undefined)
      done.push({ id: body.id, title: titles.get(body.id) ?? '' });
    if (body.kind === 'FILED') titles.delete(body.what);
  }
  return done.slice(-MOST_DONE).reverse();
}
