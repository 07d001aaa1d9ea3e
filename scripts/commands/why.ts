import type { Environment } from '../../core/config.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { localTime } from '../../core/names.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { tellStory } from '../../orchestrator/report/story.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';

/** Tells what came in, what was planned, who decided what, and what happened, with the proof. */
export function why(environment: Environment, id: string): number {
  const opened = openVault(environment);
  if (!opened.ok) {
    process.stderr.write(`${sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  const { state } = opened.value;
  const records = new JournalReader(state.ledger, LedgerRecord).next();
  const tasks = TaskJournal.ids(state);
  const bare = id.replace(/-(a|q)\d+.*$/, '');
  const fitting = tasks.filter(
    task => task === bare || task.startsWith(bare) || task.replace(/^[a-z]+-/, '').startsWith(bare),
  );
  const exact = fitting.filter(task => task === bare);
  const found = exact.length === 1 ? exact : fitting;
  const task = found.length === 1 && found[0] !== undefined ? TaskJournal.read(state, found[0]) : undefined;
  if (task === undefined) {
    const what =
      found.length > 1 ? `“${id}” fits more than one task: ${found.join(', ')}.` : `Nothing is known under “${id}”.`;
    process.stderr.write(`${what}\n`);
    return EXIT.usage;
  }
  for (const { at, text } of tellStory(task, records))
    process.stdout.write(`${localTime(new Date(at)).replace('T', ' ')}  ${text}\n`);
  return EXIT.ok;
}
