import type { Environment } from '../../core/config.ts';
import { dayOf } from '../../core/names.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { dollars } from '../../orchestrator/think/budget.ts';
import { SpendJournal, type Total } from '../../orchestrator/think/spending.ts';

/** Days that are listed. */
const DAYS = 14;
/** Tasks that are listed, the dearest first. */
const TASKS = 10;

/** Tells what thinking took: today against its bounds, by day and model, and the tasks that took most. */
export function cost(environment: Environment, asJson: boolean): number {
  const opened = openVault(environment);
  if (!opened.ok) {
    process.stderr.write(`${sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  const { state, config } = opened.value;
  const book = SpendJournal.read(state.spending);
  const today = book.ofDay(new Date());
  if (asJson) {
    const told = {
      today,
      days: Object.fromEntries(book.days),
      models: Object.fromEntries(book.models),
      roles: Object.fromEntries(book.roles),
      tasks: Object.fromEntries(book.tasks),
    };
    process.stdout.write(`${JSON.stringify(told)}\n`);
    return EXIT.ok;
  }
  if (book.calls === 0) {
    process.stdout.write('No model was asked so far: the rulebook costs nothing.\n');
    return EXIT.ok;
  }
  const { money, tokens } = config.budget.day;
  const lines = [
    `today      ${told(today)}, of ${dollars(money)} and ${tokens.toLocaleString('en')} tokens`,
    ...[...book.days]
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .slice(0, DAYS)
      .map(([day, total]) => `${day} ${told(total)}`),
    ...[...book.models]
      .filter(([key]) => key.startsWith(dayOf(new Date())))
      .map(([key, total]) => `  today by ${key.slice(11)}: ${told(total)}`),
    ...[...book.roles]
      .filter(([key]) => key.startsWith(dayOf(new Date())))
      .map(([key, total]) => `  today for ${key.slice(11)}: ${told(total)}`),
    ...[...book.tasks]
      .sort(([, a], [, b]) => b.money - a.money || b.tokens - a.tokens)
      .slice(0, TASKS)
      .map(([task, total]) => `  ${task}: ${told(total)}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.ok;
}

function told({ turns, tokens, money, unpriced }: Total): string {
  const price = unpriced > 0 ? `${dollars(money)} at most (${unpriced} turns without a known price)` : dollars(money);
  return `${price} · ${tokens.toLocaleString('en')} tokens · ${turns} ${turns === 1 ? 'turn' : 'turns'}`;
}
