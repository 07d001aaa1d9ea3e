import { styleText } from 'node:util';
import type { Environment } from '../../core/config.ts';
import type { Recorded } from '../../core/journal.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import { localTime } from '../../core/names.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { ok, type Result, sentence } from '../../core/outcome.ts';
import { cutTo, widthOf } from '../../core/terminal-text.ts';
import { watchFolders } from '../../core/watch.ts';
import { LedgerTail } from '../log/follow.ts';
import { LedgerWords } from '../log/ledger-words.ts';
import { findTask } from './find-task.ts';
import { readSince } from './review.ts';

export type Logging = { readonly follow?: boolean; readonly since?: string };
/** Milliseconds after which the file is looked at whatever the system told. */
const EVERY = 1000;
const DAY = '24h';

/** Tells what happened, from the ledger, in plain words: one line each; and goes on telling where that is wanted. */
export async function log(environment: Environment, id: string | undefined, options: Logging): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return complain(sentence(opened.failure), EXIT.usage);
  const { state } = opened.value;
  const task: Result<string | undefined> = id === undefined ? ok(undefined) : findTask(state, id);
  if (!task.ok) return complain(sentence(task.failure), EXIT.usage);
  // Of one task, everything.
  const given = options.since ?? (id === undefined ? DAY : undefined);
  const from = given === undefined ? ok(new Date(0)) : readSince(given, new Date());
  if (!from.ok) return complain(sentence(from.failure), EXIT.usage);
  const words = new LedgerWords();
  const tail = new LedgerTail(state.ledger);
  const since = from.value.toISOString();
  const look = (): void => {
    for (const record of tail.look()) tell(record, record.isNew && record.at >= since);
  };
  const tell = (record: Recorded<LedgerRecord>, isWanted: boolean): void => {
    const told = words.tell(record.body);
    if (told === undefined || !isWanted || (task.value !== undefined && told.task !== task.value)) return;
    process.stdout.write(`${lineOf(record.at, told, environment.colour)}\n`);
  };
  look();
  // What is only now being written is no damage: a second look tells.
  if (options.follow !== true) {
    look();
    look();
    return tail.problem === undefined ? EXIT.ok : complain(tail.problem, EXIT.failure);
  }
  return follow(state.root, () => {
    look();
    return tail.problem;
  });
}

/** Looks whenever the file changed, and once a second; until the person has enough. */
async function follow(folder: string, look: () => string | undefined): Promise<number> {
  let said: string | undefined;
  return new Promise<number>((resolve, reject) => {
    const again = (): void => {
      try {
        const problem = look();
        if (problem !== undefined && problem !== said) complain(problem, EXIT.failure);
        said = problem;
      } catch (error) {
        reject(error);
      }
    };
    const timer = setInterval(again, EVERY);
    const closing = watchFolders([folder], { deep: false, look: again, failed: () => undefined });
    const end = (): void => {
      clearInterval(timer);
      void closing.then(close => close()).finally(() => resolve(EXIT.ok));
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
    // Whoever read the lines is gone.
    process.stdout.once('error', end);
  });
}

const GOOD: ReadonlySet<string> = new Set(['done', 'approved', 'allowed', 'answered', 'resumed']);
const BAD: ReadonlySet<string> = new Set(['failed', 'refused', 'STOPPED', 'set aside', 'unknown', 'lapsed']);
const WORD = 9;

function lineOf(at: string, told: { word: string; id: string; text: string }, colour: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const time = localTime(new Date(at)).replace('T', ' ');
  const word = told.word.padEnd(WORD);
  const style = GOOD.has(told.word) ? 'green' : BAD.has(told.word) ? 'red' : 'yellow';
  const head = `${paint('dim', time)}  ${paint(style, word)}  ${told.id === '' ? '' : `${told.id}  `}`;
  if (!process.stdout.isTTY) return `${head}${told.text}`;
  const taken = widthOf(`${time}  ${word}  ${told.id === '' ? '' : `${told.id}  `}`);
  return `${head}${cutTo(told.text, Math.max(20, (process.stdout.columns || 80) - taken))}`;
}

function complain(why: string, code: number): number {
  process.stderr.write(`${why}\n`);
  return code;
}
